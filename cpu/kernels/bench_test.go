package kernels

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// shapes reads testdata/shapes.txt: the fields of each line of a kind.
func shapes(b *testing.B, kind string) (lines [][]string) {
	text, err := os.ReadFile("testdata/shapes.txt")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] == kind {
			lines = append(lines, f)
		}
	}
	return lines
}

// peaks keeps what peak has measured, by level.
var peaks sync.Map

// peak is how many FLOP/s one core does at a level at most: the micro-kernel on operands
// that stay in the cache, the best of ten runs.
func peak(l Level) float64 {
	if p, ok := peaks.Load(l); ok {
		return p.(float64)
	}
	a := archOf(l)
	buf := Aligned(maxRows * maxCols)
	f := a.pick(a.nr)
	t := tile{kc: 1 << 14, nseg: 1, m: f.rows(), n: a.nr, ldc: 4 * a.nr}
	t.a, t.b, t.c = at(buf, 0), at(buf, 0), at(buf, 0)
	best := 0.0
	for range 10 {
		start := time.Now()
		for range 10 {
			f.kernels[t.m](&t)
		}
		best = max(best, float64(10*2*t.m*t.n*t.kc)/time.Since(start).Seconds())
	}
	peaks.Store(l, best)
	return best
}

// sample is the least time that is measured.
const sample = 50 * time.Microsecond

// measure times f, which does flops operations on the workers of e, in samples of
// at least 50 µs. It reports the median and the best, GFLOP/s and the share of the
// peak of the median; for one worker by the processor time of its thread, which other
// programs disturb less than the clock.
func measure(b *testing.B, e *Engine, flops float64, f func()) {
	clock := func() int64 { return time.Now().UnixNano() }
	if e.Pool().Workers() == 1 && threadClock() > 0 {
		clock = threadClock
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	f()
	calls := int64(0)
	for start := clock(); calls == 0 || clock()-start < int64(sample); calls++ {
		f()
	}
	times := make([]float64, 0, 1<<16)
	left, start := calls, clock()
	for b.Loop() {
		f()
		if left--; left == 0 {
			now := clock()
			if len(times) < cap(times) {
				times = append(times, float64(now-start)/float64(calls))
			}
			left, start = calls, now
		}
	}
	if len(times) == 0 { // fewer calls than a sample
		return
	}
	slices.Sort(times)
	median := times[len(times)/2]
	b.ReportMetric(median, "median-ns")
	b.ReportMetric(times[0], "best-ns")
	b.ReportMetric(flops/median, "GFLOP/s")
	b.ReportMetric(100*flops*1e9/median/peak(e.Level())/float64(e.Pool().Workers()), "%peak")
}

// eachEngine runs f at every level, and in bfloat16 in the best form, with one worker and with one for each
// core.
func eachEngine(b *testing.B, f func(b *testing.B, e *Engine)) {
	for _, l := range Levels()[1:] {
		for workers := 1; workers <= runtime.NumCPU(); workers = max(workers+1, runtime.NumCPU()) {
			b.Run(fmt.Sprintf("%v-%d", l, workers), func(b *testing.B) { f(b, newEngine(b, l, workers)) })
		}
	}
	for workers := 1; workers <= runtime.NumCPU(); workers = max(workers+1, runtime.NumCPU()) {
		b.Run(fmt.Sprintf("bf16-%d", workers), func(b *testing.B) {
			f(b, newBFloatEngine(b, bf16.Auto, workers))
		})
	}
}

// BenchmarkGemm times the products of testdata/shapes.txt.
func BenchmarkGemm(b *testing.B) {
	for _, s := range shapes(b, "gemm") {
		b.Run(strings.Join(s[2:], "x"), func(b *testing.B) {
			var m, n, k, batch int
			if _, err := fmt.Sscan(s[2]+" "+s[3]+" "+s[4]+" "+s[6], &m, &n, &k, &batch); err != nil {
				b.Fatal(err)
			}
			g := product(s[5], m, n, k, 1)
			g.RowC, g.Batch, g.BatchA, g.BatchB, g.BatchC = n, batch, m*k, k*n, m*n
			g.A, g.B, g.C = random(1, batch*m*k), random(2, batch*k*n), Aligned(batch*m*n)
			eachEngine(b, func(b *testing.B, e *Engine) {
				measure(b, e, g.Flops(), func() { e.Gemm(&g) })
			})
		})
	}
}

// BenchmarkConv times the convolutions of testdata/shapes.txt, in each direction.
func BenchmarkConv(b *testing.B) {
	for _, line := range shapes(b, "conv") {
		s := Conv{Size: 3}
		if _, err := fmt.Sscan(strings.Join(line[2:], " "), &s.N, &s.H, &s.W, &s.C, &s.K); err != nil {
			b.Fatal(err)
		}
		b.Run(strings.Join(line[2:], "x"), func(b *testing.B) {
			x, f, y := s.operands(1)
			for _, op := range convOps {
				dst, p, q := op.pick(x, f, y)
				b.Run(op.name, func(b *testing.B) {
					eachEngine(b, func(b *testing.B, e *Engine) {
						measure(b, e, s.Flops(), func() { op.run(e, s, dst, p, q, nil, false) })
					})
				})
			}
		})
	}
}
