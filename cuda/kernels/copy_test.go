package kernels

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// copyOf is a copy in bfloat16 of n floats at p, off numbers past an aligned
// address and with nothing after it.
func (m *machine) copyOf(p driver.Ptr, n, off int) BF16Copy {
	m.t.Helper()
	at, err := m.ctx.Alloc(uint64(2 * (n + off)))
	m.must(err)
	r := BF16Copy{p, at + driver.Ptr(2*off), n}
	m.run(plan.BFloat16, func(l *List) { l.Round(r) })
	return r
}

// read is what the device holds of a copy.
func (m *machine) read(r BF16Copy) []uint16 {
	m.t.Helper()
	pinned, err := m.ctx.AllocHost(2 * r.N)
	m.must(err)
	m.must(m.ctx.CopyToHost(pinned, r.At, 0))
	m.must(m.ctx.Synchronize(0))
	x := make([]uint16, r.N)
	for i := range x {
		x[i] = binary.LittleEndian.Uint16(pinned[2*i:])
	}
	m.must(m.ctx.FreeHost(pinned))
	return x
}

// nearest is x in bfloat16 by definition: of the two that enclose it the nearer,
// of two as near the even one. What is half a step beyond the largest is infinite.
func nearest(x float32) uint16 {
	if x != x {
		return 0x7fff
	}
	below := uint16(math.Float32bits(x) >> 16)
	value := func(h uint16) float64 {
		if h&0x7fff == 0x7f80 { // where the next number would be, were there one
			return math.Copysign(0x1p128, float64(int16(h)))
		}
		return float64(math.Float32frombits(uint32(h) << 16))
	}
	down, up := math.Abs(float64(x)-value(below)), math.Abs(value(below+1)-float64(x))
	if math.IsInf(float64(x), 0) || down < up || down == up && below%2 == 0 {
		return below
	}
	return below + 1
}

// A copy is rounded to nearest even: ties, both sides of them, subnormal numbers,
// the last finite ones, infinities and NaN. Products that round for themselves, by
// the instruction, multiply the same numbers.
func TestRound(t *testing.T) {
	var x []float32
	for _, b := range []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0x18000, 0x17fff, 0x3f807fff, 0x3f808000,
		0x3f808001,
		0x3f818000, 0x3f817fff, 0x3fffffff, 0x7f7f7fff, 0x7f7f8000, 0x7f7fffff, 0x7f800000,
		0x7f800001, 0x7fffffff} {
		x = append(x, math.Float32frombits(b), math.Float32frombits(b|1<<31))
	}
	x = append(x, uniform(500, 1, -3, 3)...)
	d, n := newMachine(t, emu.Options{}), len(x)
	w := d.put(x, 1)
	copied := d.read(d.copyOf(w, n, 1))
	one, y := d.put([]float32{1}, 0), d.room(n, 0)
	d.run(plan.BFloat16, func(l *List) { l.Gemm(y, one, w, Epilogue{}, Matrix{Batch: 1, M: 1, N: n, K: 1}) })
	product := d.get(y, n)
	for i, got := range copied {
		if want := nearest(x[i]); got != want {
			t.Errorf("%g (%08x) is rounded to %04x, want %04x", x[i], math.Float32bits(x[i]), got, want)
		}
		if want := math.Float32frombits(uint32(got) << 16); product[i] != want && want == want {
			t.Errorf("%g is multiplied as %g, its copy is %g", x[i], product[i], want)
		}
	}
}

// After every step the copy is the weights rounded, the last one too, and a step
// that writes no weight writes no copy.
func TestAdamWCopy(t *testing.T) {
	const n = 1027
	for _, d := range inOrders(t) {
		c := plan.AdamWConst{Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .1, DecayLen: n / 2}
		p := d.putAll([][]float32{uniform(n, 1, -1, 1), uniform(n, 2, -.1, .1), uniform(n, 3, 0, .1),
			uniform(n, 4, -1, 1), uniform(n, 5, -1, 1), {.5}, {1e-2, 1.5, 2, 1e-3}})
		r := d.copyOf(p[0], n, 0)
		bare := d.putAll([][]float32{d.get(p[0], n), d.get(p[1], n), d.get(p[2], n), d.get(p[3], n)})
		for step := range 3 {
			if step == 2 {
				d.copyIn(p[5], raw([]float32{float32(math.NaN())}))
			}
			before := d.read(r)
			d.run(plan.BFloat16, func(l *List) {
				l.Copies = []BF16Copy{r}
				l.AdamW(p[0], p[1], p[2], p[3:4], p[4], p[5], p[6], n, c)
			})
			d.run(plan.BFloat16, func(l *List) {
				l.AdamW(bare[0], bare[1], bare[2], bare[3:], p[4], p[5], p[6], n, c)
			})
			w, got := d.get(p[0], n), d.read(r)
			for i := range w {
				if got[i] != nearest(w[i]) {
					t.Fatalf("step %d: copy[%d] = %04x, want %04x, %g rounded", step, i, got[i],
						nearest(w[i]), w[i])
				}
			}
			if changed := !slices.Equal(got, before); changed != (step < 2) {
				t.Errorf("step %d: the copy changed: %v", step, changed)
			}
			if !slices.Equal(w, d.get(bare[0], n)) {
				t.Errorf("step %d: the copy changes the weights", step)
			}
		}
	}
}

// Products that read the copy give the bits of those that round the weights
// themselves, wherever the matrix begins in the weights: at a chunk of 8, at an
// even number, at an odd one, whose copy no kernel reads.
func TestCopiedGemm(t *testing.T) {
	ms := inOrders(t)
	for _, tt := range []struct {
		m    Matrix
		big  bool
		off  int // numbers of the weights before B
		want string
	}{
		{Matrix{Batch: 1, M: 63, N: 72, K: 40}, false, 0, "gemm_bf16_copy_%s_small"},
		{Matrix{Batch: 1, M: 63, N: 72, K: 40}, false, 2, "gemm_bf16_copy_%s_small"},
		{Matrix{Batch: 1, M: 63, N: 72, K: 40}, false, 4, "gemm_bf16_copy_%s_small"},
		{Matrix{Batch: 1, M: 63, N: 72, K: 40}, false, 3, "gemm_bf16_%s_small"},
		// half a chunk at the end
		{Matrix{Batch: 1, M: 63, N: 68, K: 36}, false, 0, "gemm_bf16_copy_%s_small"},
		{Matrix{Batch: 1, M: 63, N: 66, K: 34}, false, 0, "gemm_bf16_copy_%s_small"}, // two halves of a pair
		{Matrix{Batch: 1, M: 63, N: 65, K: 33}, false, 0, "gemm_bf16_%s_small"},
		{Matrix{Batch: 3, M: 4, N: 10, K: 518}, false, 8, "gemm_bf16_copy_%s_small"}, // a batch, two slices
		{Matrix{Batch: 2, M: 70, N: 64, K: 64}, false, 8, "gemm_bf16_copy_%s_small"},
		{Matrix{Batch: 1, M: 132, N: 136, K: 72}, true, 0, "gemm_bf16_copy_%s"}, // around the big tile
		{Matrix{Batch: 1, M: 132, N: 136, K: 72}, true, 16, "gemm_bf16_copy_%s"},
		{Matrix{Batch: 1, M: 132, N: 136, K: 72}, true, 4, "gemm_bf16_%s"}, // 8 bytes past a chunk of 8
		{Matrix{Batch: 1, M: 132, N: 132, K: 68}, true, 0, "gemm_bf16_%s"}, // rows are not chunks of 8
		{Matrix{Batch: 1, M: 128, N: 128, K: 32}, true, 0, "gemm_bf16_copy_%s"},
	} {
		for _, tr := range []string{"nn", "nt"} {
			m := tt.m
			m.TransB = tr == "nt"
			want := fmt.Sprintf(tt.want, tr)
			a, w := uniform(m.Batch*m.M*m.K, 1, -1, 1), uniform(tt.off+m.Batch*m.K*m.N, 2, -1, 1)
			for _, d := range ms {
				d = d.in(t)
				pa, pw, bias := d.put(a, 0), d.put(w, 0), d.put(uniform(m.N, 3, -1, 1), 0)
				r := d.copyOf(pw, len(w), 0)
				d.sameBits(r, want, m.Batch*m.M*m.N, func(l *List, c driver.Ptr) {
					l.gemm(c, pa, pw+driver.Ptr(4*tt.off), Epilogue{Bias: bias}, m, tt.big)
				})
			}
		}
	}
}

// The same of convolutions, in every width of tile.
func TestCopiedConv(t *testing.T) {
	ms := inOrders(t)
	for _, c := range []Convolution{
		{2, 5, 7, 3, 2, 3}, {1, 6, 11, 4, 8, 3}, {2, 3, 3, 5, 4, 1}, {1, 4, 5, 8, 6, 5}, {1, 2, 3, 4, 3, 7},
		{3, 9, 5, 8, 72, 3}, {1, 3, 3, 64, 4, 3}, {1, 5, 4, 136, 132, 3}, {1, 4, 4, 32, 136, 3},
	} {
		for off := range 5 {
			of := "bf16_copy"
			if c.O%2 != 0 || off%2 != 0 {
				of = "bf16"
			}
			x, g := uniform(c.N*c.H*c.W*c.C, 1, -1, 1), uniform(c.N*c.H*c.W*c.O, 2, -1, 1)
			w := uniform(off+c.K*c.K*c.C*c.O, 3, -1, 1)
			d := ms[off%len(ms)].in(t)
			px, pg, pw := d.put(x, 0), d.put(g, 0), d.put(w, 0)
			r, at := d.copyOf(pw, len(w), 0), pw+driver.Ptr(4*off)
			narrow := func(columns int) string {
				if columns <= 32 && of == "bf16_copy" {
					return of + "_32"
				}
				return of
			}
			d.sameBits(r, "conv_"+narrow(c.O), len(g),
				func(l *List, y driver.Ptr) { l.Conv(y, px, at, Epilogue{}, c) })
			d.sameBits(r, "conv_data_"+narrow(c.C), len(x),
				func(l *List, y driver.Ptr) { l.ConvData(y, pg, at, Epilogue{}, c) })
			d.sameBits(r, "conv_"+of+"_128", len(g), func(l *List, y driver.Ptr) {
				b, of := l.operands(at, true, c.O, 2)
				l.convTiles(find("conv_"+of+"_128"), 128, y, px, b, Epilogue{}, c, c.N*c.H*c.W, c.O,
					c.K*c.K*c.C)
			})
			d.sameBits(r, "conv_data_"+of+"_128", len(x), func(l *List, y driver.Ptr) {
				b, of := l.operands(at, true, c.O, 2)
				l.convTiles(find("conv_data_"+of+"_128"), 128, y, pg, b, Epilogue{}, c, c.N*c.H*c.W, c.C,
					c.K*c.K*c.O)
			})
		}
	}
}

// sameBits runs what make adds with the copy and without and holds the n floats
// of the results to be the same, and the kernel to be want.
func (m *machine) sameBits(r BF16Copy, want string, n int, make func(l *List, y driver.Ptr)) {
	m.t.Helper()
	with, without := m.room(n, 0), m.room(n, 0)
	m.run(plan.BFloat16, func(l *List) {
		l.Copies = []BF16Copy{r}
		make(l, with)
		if got := l.Launches[0].Kernel.Name; got != want {
			m.t.Errorf("a copy is read by %s, want %s", got, want)
		}
	})
	m.run(plan.BFloat16, func(l *List) {
		make(l, without)
		if got := l.Launches[0].Kernel.Name; got != strings.TrimSuffix(strings.Replace(want, "_copy", "", 1),
			"_32") {
			m.t.Errorf("%s where there is no copy, and %s where there is", got, want)
		}
	})
	x, y := m.get(with, n), m.get(without, n)
	for i := range x {
		if math.Float32bits(x[i]) != math.Float32bits(y[i]) {
			m.t.Fatalf("%s: element %d is %g, want %g: other bits than without a copy", want, i, x[i], y[i])
		}
	}
}

// What is no right operand is read as float32, and other precisions have no copy.
func TestNotCopied(t *testing.T) {
	l := &List{Precision: plan.BFloat16, Workspace: 256, Copies: []BF16Copy{{Of: 1024, At: 4096, N: 64}}}
	l.Gemm(256, 1024, 1<<20, Epilogue{}, Matrix{Batch: 1, M: 8, N: 8, K: 8})             // the left operand
	l.Gemm(256, 256, 1024, Epilogue{}, Matrix{Batch: 1, M: 8, N: 8, K: 8, TransA: true}) // of a gradient
	l.Gemm(256, 256, 1024+4*64, Epilogue{}, Matrix{Batch: 1, M: 8, N: 8, K: 8})          // the next value
	l.Gemm(256, 256, 1024-4*64, Epilogue{}, Matrix{Batch: 1, M: 8, N: 8, K: 8})          // the one before
	// its operands are activations
	l.ConvFilter(256, 256, 1024, Convolution{N: 1, H: 2, W: 2, C: 8, O: 8, K: 1})
	l.Precision = plan.TF32
	l.Gemm(256, 256, 1024, Epilogue{}, Matrix{Batch: 1, M: 8, N: 8, K: 8})
	for _, ln := range l.Launches {
		if strings.Contains(ln.Kernel.Name, "copy") || slices.Contains(ln.Args, 4096) {
			t.Errorf("%s%v reads the copy", ln.Kernel.Name, ln.Args)
		}
	}
}
