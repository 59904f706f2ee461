package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

var precisions = []plan.Precision{plan.Float32, plan.TF32, plan.BFloat16}

// Products of whole numbers are exact, so every element of every tile, in every
// precision, transpose and slicing, must be right to the bit.
func TestGemm(t *testing.T) {
	ms := inOrders(t)
	for _, tt := range []struct {
		m   Matrix
		big bool
		off int // floats past alignment
	}{
		{Matrix{Batch: 1, M: 63, N: 65, K: 33}, false, 0}, // around the small tile
		{Matrix{Batch: 2, M: 5, N: 3, K: 7}, false, 0},
		{Matrix{Batch: 1, M: 64, N: 64, K: 32}, false, 0},
		{Matrix{Batch: 1, M: 64, N: 64, K: 32}, false, 1},
		{Matrix{Batch: 1, M: 2, N: 9, K: 1030}, false, 0}, // four slices
		{Matrix{Batch: 3, M: 4, N: 8, K: 516}, false, 0},  // slices of a batch
		{Matrix{Batch: 1, M: 128, N: 128, K: 40}, true, 0},
		{Matrix{Batch: 1, M: 132, N: 124, K: 20}, true, 0}, // around the big tile
	} {
		for tr := range 4 {
			m := tt.m
			m.TransA, m.TransB = tr&1 != 0, tr&2 != 0
			t.Run(fmt.Sprintf("%v/big=%v/off=%d", m, tt.big, tt.off), func(t *testing.T) {
				gemm(t, ms, m, tt.big,
					tt.off)
			})
		}
	}
}

// The tile is chosen by how many rows there are, and may not show in their bits.
func TestTilesAgree(t *testing.T) {
	m := Matrix{Batch: 1, M: 128, N: 128, K: 80, TransB: true}
	a, b := uniform(m.M*m.K, 1, -1, 1), uniform(m.N*m.K, 2, -1, 1)
	for _, prec := range precisions {
		d := inOrders(t)[0].in(t)
		var c [2]driver.Ptr
		pa, pb := d.put(a, 0), d.put(b, 0)
		for k := range c {
			c[k] = d.room(m.M*m.N, 0)
			d.run(prec, func(l *List) { l.gemm(c[k], pa, pb, Epilogue{}, m, k == 1) })
		}
		if !slices.Equal(d.get(c[0], m.M*m.N), d.get(c[1], m.M*m.N)) {
			t.Errorf("%v: a large tile gives other bits than a small one", prec)
		}
	}
}

func gemm(t *testing.T, ms []*machine, m Matrix, big bool, off int) {
	a, b, bias := whole(m.Batch*m.M*m.K, 1, 8), whole(m.Batch*m.K*m.N, 2, 8), whole(m.N, 3, 100)
	sa, sb := []int{m.Batch, m.M, m.K}, []int{m.Batch, m.K, m.N}
	if m.TransA {
		sa[1], sa[2] = m.K, m.M
	}
	if m.TransB {
		sb[1], sb[2] = m.N, m.K
	}
	want := define(t, plan.Op{Kind: plan.MatMul, TransA: m.TransA, TransB: m.TransB}, [][]float32{a, b}, sa,
		sb)
	added, total := whole(len(want), 4, 1000), make([]float64, len(want))
	for i := range want {
		want[i] += float64(bias[i%m.N])
		total[i] = want[i] + float64(added[i])
	}
	for _, prec := range precisions {
		for _, d := range ms {
			d = d.in(t)
			c, e := d.put(added, off), Epilogue{Bias: d.put(bias, off)}
			pa, pb := d.put(beside(prec, a), off), d.put(beside(prec, b), off)
			if big && !m.wide(pa, pb) {
				t.Fatal("the big tile wants aligned rows")
			}
			e.Sum, e.Addend = d.room(len(want), off), c // in place
			d.run(prec, func(l *List) { l.gemm(c, pa, pb, e, m, big) })
			near(t, prec.String()+" sum", d.get(e.Sum, len(want)), want, 0)
			near(t, prec.String(), d.get(c, len(want)), total, 0)
			if prec == plan.BFloat16 {
				r, c := d.copyOf(pb, len(b), off), d.room(len(want), off)
				d.run(prec, func(l *List) {
					l.Copies = []BF16Copy{r}
					l.gemm(c, pa, pb, Epilogue{Bias: e.Bias}, m, big)
				})
				near(t, "from a copy", d.get(c, len(want)), want, 0)
			}
		}
	}
}

// One operand's rounding at a time: bfloat16 to nearest even, TF32 to nearest,
// ties away from zero; float32 not at all.
func TestOperandRounding(t *testing.T) {
	d := newMachine(t, emu.Options{})
	const b8, t11 = 0x1p-8, 0x1p-11 // halves of the last places
	for _, tt := range []struct {
		prec    plan.Precision
		x, want float32
	}{
		{plan.Float32, 1 + 0x1p-23, 1 + 0x1p-23},
		{plan.BFloat16, 1 + b8, 1}, {plan.BFloat16, 1 + 3*b8, 1 + 4*b8}, {plan.BFloat16, 1 + b8 + 0x1p-20,
			1 + 2*b8},
		{plan.BFloat16, -1 - 3*b8, -1 - 4*b8}, {plan.BFloat16, 1e-40,
			float32(math.Round(1e-40/0x1p-133) * 0x1p-133)},
		{plan.TF32, 1 + t11, 1 + 2*t11}, {plan.TF32, 1 + t11 - 0x1p-20, 1}, {plan.TF32, -1 - t11, -1 - 2*t11},
	} {
		for _, side := range []string{"A", "B"} {
			one, x, y := d.put([]float32{1}, 0), d.put([]float32{tt.x}, 0), d.room(1, 0)
			if side == "B" {
				one, x = x, one
			}
			d.run(tt.prec, func(l *List) {
				l.Gemm(y, x, one, Epilogue{},
					Matrix{Batch: 1, M: 1, N: 1, K: 1})
			})
			if got := d.get(y, 1)[0]; got != tt.want {
				t.Errorf("%v: %s of %v is multiplied as %v, want %v", tt.prec, side, tt.x, got, tt.want)
			}
		}
	}
}

// Infinities and NaN pass through products in every precision.
func TestProductsKeepNaN(t *testing.T) {
	d := newMachine(t, emu.Options{})
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, prec := range precisions {
		for _, tt := range []struct{ a, b float32 }{{inf, 2}, {nan, 2}, {2, nan}, {inf, 0},
			{math.Float32frombits(0x7fffffff), 1}} {
			a, b, y := d.put([]float32{tt.a}, 0), d.put([]float32{tt.b}, 0), d.room(1, 0)
			d.run(prec, func(l *List) { l.Gemm(y, a, b, Epilogue{}, Matrix{Batch: 1, M: 1, N: 1, K: 1}) })
			got, want := d.get(y, 1)[0], tt.a*tt.b
			if got != want && (got == got || want == want) {
				t.Errorf("%v: %v·%v = %v", prec, tt.a, tt.b, got)
			}
		}
	}
}

// Convolutions of whole numbers are exact too.
func TestConv(t *testing.T) {
	ms := inOrders(t)
	for _, c := range []Convolution{
		{1, 1, 1, 1, 1, 3}, {2, 5, 7, 3, 2, 3}, {1, 6, 11, 4, 8, 3}, {2, 3, 3, 5, 4, 1}, {1, 4, 5, 8, 4, 5},
		{1, 2, 3, 4, 3, 7}, {3, 9, 5, 8, 68, 3}, {1, 3, 3, 64, 4, 3}, {4, 13, 11, 4, 4, 3}, {1, 5, 4, 4, 132,
			3},
		{3, 13, 15, 4, 4, 3}, // the sum of a filter's gradient ends at an odd place, in a later slice
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) { conv(t, ms, c) })
	}
}

func conv(t *testing.T, ms []*machine, c Convolution) {
	sx, sy, sw := []int{c.N, c.H, c.W, c.C}, []int{c.N, c.H, c.W, c.O}, []int{c.K, c.K, c.C, c.O}
	x, g, w, bias := whole(plan.Size(sx), 1, 7), whole(plan.Size(sy), 2, 7), whole(plan.Size(sw), 3, 7),
		whole(c.O, 4, 50)
	y := define(t, plan.Op{Kind: plan.Conv}, [][]float32{x, w}, sx, sw)
	for i := range y {
		y[i] += float64(bias[i%c.O])
	}
	dx := define(t, plan.Op{Kind: plan.ConvData}, [][]float32{g, w}, sy, sw)
	dw := define(t, plan.Op{Kind: plan.ConvFilter, Width: c.K}, [][]float32{x, g}, sx, sy)
	for _, prec := range precisions {
		for k, d := range ms {
			for off := range 2 {
				if k > 0 && off > 0 {
					continue // one schedule is enough for the slow path
				}
				d := d.in(t)
				px, pg := d.put(beside(prec, x), off), d.put(beside(prec, g), off)
				pw, pb := d.put(beside(prec, w), off), d.put(bias, off)
				convs := []convCase{
					{"conv_", y, px, pw, pb, c.N * c.H * c.W, c.O, c.K * c.K * c.C},
					{"conv_data_", dx, pg, pw, 0, c.N * c.H * c.W, c.C, c.K * c.K * c.O},
					{"conv_filter_", dw, px, pg, 0, c.K * c.K * c.C, c.O, c.N * c.H * c.W},
				}
				for _, q := range convs {
					out := d.room(len(q.want), off)
					d.run(prec, func(l *List) {
						l.conv(q.name, out, q.a, q.b, Epilogue{Bias: q.bias}, c, q.M, q.N,
							q.K)
					})
					near(t, prec.String()+" "+q.name, d.get(out, len(q.want)), q.want, 0)
					if prec == plan.BFloat16 {
						r, out := d.copyOf(pw, len(w), off), d.room(len(q.want), off)
						d.run(prec, func(l *List) {
							l.Copies = []BF16Copy{r}
							l.conv(q.name, out, q.a, q.b, Epilogue{Bias: q.bias}, c, q.M, q.N, q.K)
						})
						near(t, q.name+" from a copy", d.get(out, len(q.want)), q.want, 0)
					}
					for columns, tile := range map[int]string{32: "_32", 64: "", 128: "_128"} {
						k := byName[q.name+suffix(prec)+tile]
						if k == nil {
							continue
						}
						out = d.room(len(q.want), off)
						d.run(prec, func(l *List) {
							l.convTiles(k, columns, out, q.a, q.b, Epilogue{Bias: q.bias},
								c, q.M, q.N, q.K)
						})
						near(t, k.Name, d.get(out, len(q.want)), q.want, 0)
					}
				}
			}
		}
	}
}

// convCase is one of the three convolutions: its kernel's name, its result, its
// operands and the product it is.
type convCase struct {
	name       string
	want       []float64
	a, b, bias driver.Ptr
	M, N, K    int
}

// Many columns in whole tiles of 128 take the wider tile, no more than 32 the
// narrow one.
func TestConvTiles(t *testing.T) {
	for _, tt := range []struct {
		prec plan.Precision
		c    Convolution
		want string
	}{
		{plan.BFloat16, Convolution{64, 32, 32, 128, 128, 3}, "conv_bf16_128"},
		{plan.TF32, Convolution{64, 32, 32, 128, 256, 3}, "conv_tf32_128"},
		{plan.BFloat16, Convolution{64, 32, 32, 128, 192, 3}, "conv_bf16"}, // half a tile would be empty
		{plan.BFloat16, Convolution{1, 8, 8, 128, 128, 3}, "conv_bf16"},    // one tile
		{plan.Float32, Convolution{64, 32, 32, 128, 128, 3}, "conv_f32"},
		{plan.Float32, Convolution{64, 32, 32, 128, 32, 3}, "conv_f32_32"},
		{plan.TF32, Convolution{64, 32, 32, 128, 33, 3}, "conv_tf32"},
		{plan.BFloat16, Convolution{64, 32, 32, 128, 32, 3}, "conv_bf16"}, // of a filter in float32
	} {
		l := &List{Precision: tt.prec, Workspace: 256}
		if l.Conv(256, 256, 256, Epilogue{}, tt.c); l.Launches[0].Kernel.Name != tt.want {
			t.Errorf("%v %+v takes %s, want %s", tt.prec, tt.c, l.Launches[0].Kernel.Name, tt.want)
		}
	}
}
