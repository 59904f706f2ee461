package kernels

import (
	"time"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/plan"
)

// What a ceiling is measured by: the best of so many runs of about ceilingTime each, in which a fork
// and join is nothing, or of fewer, at least three, where those take longer than ceilingMost.
const (
	ceilingRuns = 12
	ceilingTime = 400 * time.Microsecond
	ceilingMost = 20 * time.Millisecond
)

// bestRate is the most that work does in a second, of amount in each call, over a few runs of n
// workers.
func (e *Engine) bestRate(n int, amount float64, work func(worker int)) float64 {
	job := func(times int) *Job {
		return NewJob(e.pool, n, func(_, item int) {
			for range times {
				work(item)
			}
		})
	}
	timed := func(j *Job) time.Duration {
		start := time.Now()
		j.Do()
		return max(time.Since(start), time.Nanosecond)
	}
	one := job(1)
	timed(one)
	times := max(1, int(ceilingTime/timed(one)))
	j, best, start := job(times), 0., time.Now()
	for run := 0; run < ceilingRuns && (run < 3 || time.Since(start) < ceilingMost); run++ {
		best = max(best, float64(n)*amount*float64(times)/timed(j).Seconds())
	}
	return best
}

// FLOPsCeiling is how many FLOP a second a worker does at best in float32: its micro-kernel on operands
// that stay in the first cache.
func (e *Engine) FLOPsCeiling() float64 {
	f := e.arch.pick(e.arch.nr)
	const k = 1 << 12
	x := unsafe.Pointer(&Aligned(maxRows * maxCols)[0])
	t := tile{kc: k, nseg: 1, a: x, b: x, c: x, m: f.rows(), n: e.arch.nr, ldc: 4 * e.arch.nr}
	return e.bestRate(1, float64(2*t.m*t.n*k), func(int) { f.kernels[t.m](&t) })
}

// HalfCeiling is FLOPsCeiling of products of bfloat16, by the micro-kernel of that form, on operands
// that stay in the first caches.
func (e *Engine) HalfCeiling(form bf16.Form) float64 {
	k := bf16.KernelOf(form)
	rows, panel := 4*k.Rows, bf16.StepBytes*k.Steps
	a, b, c := Aligned(16*k.Steps), Aligned(panel/4), Aligned(rows*bf16.PanelColumns)
	q := bf16.Block{Lines: 1, M: rows, N: bf16.PanelColumns, Segments: 1, Steps: k.Steps,
		A: unsafe.Pointer(&a[0]), B: unsafe.Pointer(&b[0]), PanelB: panel,
		C: unsafe.Pointer(&c[0]), RowC: 4 * bf16.PanelColumns}
	flops := float64(2 * rows * bf16.PanelColumns * bf16.StepK * k.Steps)
	return e.bestRate(1, flops, func(int) { k.Do(&q) })
}

// BytesCeiling is how many bytes a second so many workers together read and write at best of size
// bytes in all, over and over: the best of reading, writing, copying and adding in place.
func (e *Engine) BytesCeiling(v *Vec, workers, size int) float64 {
	n := max(vecBlock, size/4/workers/2&^(vecBlock-1)) // of each of two arrays of a worker
	x, y := Aligned(workers*n), Aligned(workers*n)
	for i := range x { // memory that was never written is one page of zeros
		x[i], y[i] = 1, 1
	}
	add, best := v.Pointwise(plan.Add), 0.
	part := func(a []float32, worker int) []float32 { return a[worker*n : (worker+1)*n] }
	for _, probe := range []struct {
		bytes int // for each element of an array
		run   func(x, y []float32)
	}{
		{8, func(x, y []float32) { v.Dot(x, y) }},
		{8, func(x, y []float32) { v.Sum(x); v.Sum(y) }},
		{8, func(x, y []float32) { clear(x); clear(y) }},
		{8, func(x, y []float32) { copy(y, x) }},
		{12, func(x, y []float32) {
			for i := 0; i < len(x); i += vecBlock {
				add(&y[i], &y[i], &x[i], vecBlock, 0)
			}
		}},
	} {
		best = max(best, e.bestRate(workers, float64(probe.bytes*n), func(worker int) {
			probe.run(part(x, worker), part(y, worker))
		}))
	}
	return best
}

// vecBlock is how many elements a pointwise block has at most.
const vecBlock = 1024
