package kernels

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// putHalf copies x to the device, rounded to bfloat16.
func (m *machine) putHalf(x []float32) driver.Ptr {
	m.t.Helper()
	h := make([]uint16, len(x))
	for i, v := range x {
		h[i] = plan.RoundBFloat16(v)
	}
	p, err := m.ctx.Alloc(uint64(2 * len(h)))
	m.must(err)
	m.copyIn(p, unsafe.Slice((*byte)(unsafe.Pointer(&h[0])), 2*len(h)))
	return p
}

// hopperSizes are around the tiles, the stages and the ring, and have slices, with the
// columns of a tile and how many blocks take turns.
var hopperSizes = []struct {
	m               Matrix
	columns, blocks int
}{
	{Matrix{Batch: 1, M: 8, N: 8, K: 8}, 256, 0},
	{Matrix{Batch: 1, M: 128, N: 256, K: 64}, 256, 0},
	{Matrix{Batch: 1, M: 136, N: 264, K: 72}, 256, 1},  // four tiles, all turns of one block
	{Matrix{Batch: 1, M: 120, N: 248, K: 328}, 256, 0}, // the ring's second round
	{Matrix{Batch: 3, M: 16, N: 40, K: 136}, 128, 2},   // a batch, in turns of two blocks
	{Matrix{Batch: 1, M: 136, N: 136, K: 456}, 128, 1}, // the ring's second round, in turns
	{Matrix{Batch: 2, M: 24, N: 72, K: 776}, 256, 2},   // slices of a batch, the last one short
	{Matrix{Batch: 1, M: 1200, N: 16, K: 16}, 128, 3},  // more rows of tiles than a band has
}

// Products of whole numbers are exact, so every element of every tile must be right to the
// bit, of every transpose, slicing and number of blocks.
func TestGemmHopper(t *testing.T) {
	ms := inOrders(t)
	for i, tt := range hopperSizes {
		for tr := range 4 {
			m := tt.m
			m.TransA, m.TransB = tr&1 != 0, tr&2 != 0
			t.Run(fmt.Sprintf("%v/%d columns/%d blocks", m, tt.columns, tt.blocks), func(t *testing.T) {
				gemmHopper(t, ms[i%len(ms)].in(t), m, tt.columns, tt.blocks)
			})
		}
	}
}

func gemmHopper(t *testing.T, d *machine, m Matrix, columns, blocks int) {
	a, b, bias := whole(m.Batch*m.M*m.K, 1, 8), whole(m.Batch*m.K*m.N, 2, 8), whole(m.N, 3, 100)
	sa, sb := []int{m.Batch, m.M, m.K}, []int{m.Batch, m.K, m.N}
	if m.TransA {
		sa[1], sa[2] = m.K, m.M
	}
	if m.TransB {
		sb[1], sb[2] = m.N, m.K
	}
	op := plan.Op{Kind: plan.MatMul, TransA: m.TransA, TransB: m.TransB}
	want := define(t, op, [][]float32{a, b}, sa, sb)
	added, total := whole(len(want), 4, 1000), make([]float64, len(want))
	for i := range want {
		want[i] += float64(bias[i%m.N])
		total[i] = want[i] + float64(added[i])
	}
	pa, pb := d.putHalf(a), d.putHalf(b)
	c, e := d.put(added, 0), Epilogue{Bias: d.put(bias, 0)}
	e.Sum, e.Addend = d.room(len(want), 0), c // in place
	d.run(plan.BFloat16, func(l *List) {
		l.MostBlocks = blocks
		l.gemmHopper(c, pa, pb, e, m, columns)
	})
	near(t, "sum", d.get(e.Sum, len(want)), want, 0)
	near(t, "product", d.get(c, len(want)), total, 0)
}

// The same of convolutions and both gradients: about tiles and stages, in slices, in turns.
func TestConvHopper(t *testing.T) {
	ms := inOrders(t)
	for i, tt := range []struct {
		c               Convolution
		columns, blocks int
	}{
		{Convolution{1, 3, 5, 8, 16, 3}, 128, 0},
		{Convolution{2, 3, 3, 16, 40, 1}, 256, 0},
		{Convolution{1, 12, 13, 8, 264, 3}, 256, 1},
		{Convolution{3, 7, 9, 64, 136, 3}, 128, 2},
		{Convolution{1, 4, 5, 8, 8, 5}, 128, 0},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			convHopper(t, ms[i%len(ms)].in(t), tt.c, tt.columns, tt.blocks)
		})
	}
}

func convHopper(t *testing.T, d *machine, c Convolution, columns, blocks int) {
	sx, sy, sw := []int{c.N, c.H, c.W, c.C}, []int{c.N, c.H, c.W, c.O}, []int{c.K, c.K, c.C, c.O}
	x, g, w := whole(plan.Size(sx), 1, 7), whole(plan.Size(sy), 2, 7), whole(plan.Size(sw), 3, 7)
	px, pg, pw := d.putHalf(x), d.putHalf(g), d.putHalf(w)
	for _, q := range []convCase{
		{"conv_", define(t, plan.Op{Kind: plan.Conv}, [][]float32{x, w}, sx, sw), px, pw, 0,
			c.N * c.H * c.W, c.O, c.K * c.K * c.C},
		{"conv_data_", define(t, plan.Op{Kind: plan.ConvData}, [][]float32{g, w}, sy, sw), pg, pw, 0,
			c.N * c.H * c.W, c.C, c.K * c.K * c.O},
		{"conv_filter_", define(t, plan.Op{Kind: plan.ConvFilter, Width: c.K}, [][]float32{x, g}, sx, sy), px,
			pg, 0, c.K * c.K * c.C, c.O, c.N * c.H * c.W},
	} {
		added := whole(len(q.want), 4, 1000)
		for i := range q.want {
			q.want[i] += float64(added[i])
		}
		y := d.room(len(q.want), 0)
		e := Epilogue{Addend: d.put(added, 0)}
		d.run(plan.BFloat16, func(l *List) {
			l.MostBlocks = blocks
			l.convHopper(q.name, y, q.a, q.b, e, c, q.M, q.N, q.K, columns)
		})
		near(t, q.name, d.get(y, len(q.want)), q.want, 0)
	}
}

// The portable kernel and this one sum in the same order on the emulator, so that they
// agree to the bit, and so do tiles of 128 and 256 columns: which is taken may not show.
func TestHopperAgrees(t *testing.T) {
	m := Matrix{Batch: 1, M: 136, N: 256, K: 200, TransB: true}
	a, b := uniform(m.M*m.K, 1, -1, 1), uniform(m.N*m.K, 2, -1, 1)
	d := newMachine(t, emu.Options{})
	var got [3][]float32
	for k, columns := range []int{128, 256, 0} {
		c := d.room(m.M*m.N, 0)
		d.run(plan.BFloat16, func(l *List) {
			l.RowsIndependent = true
			if columns == 0 {
				l.gemm(c, d.put(a, 0), d.put(b, 0), Epilogue{}, m, true)
			} else {
				l.gemmHopper(c, d.putHalf(a), d.putHalf(b), Epilogue{}, m, columns)
			}
		})
		got[k] = d.get(c, m.M*m.N)
	}
	if !slices.Equal(got[0], got[1]) || !slices.Equal(got[0], got[2]) {
		t.Error("tiles of 128 and 256 columns and the portable kernel give different bits")
	}
}

// The width of tiles follows from how many multiprocessors have work.
func TestHopperColumns(t *testing.T) {
	for _, tt := range []struct{ batch, m, n, want int }{
		{1, 65536, 1536, 256},
		{1, 65536, 128, 128}, // half of a wide tile would be empty
		{1, 2048, 1024, 128}, // 64 wide tiles, 128 narrow ones
		{16, 128, 2048, 256}, // 128 wide tiles, two rounds of narrow ones
	} {
		if got := hopperColumns(tt.batch, tt.m, tt.n); got != tt.want {
			t.Errorf("%v: tiles of %d columns", tt, got)
		}
	}
}

// What Hopper's kernels cannot read is left to the portable ones.
func TestHopperOperands(t *testing.T) {
	copies := []BF16Copy{{Of: 4096, At: 1024, N: 64}, {Of: 8192, At: 1032, N: 64}}
	both := Half{A: true, B: true}
	for _, tt := range []struct {
		name       string
		hopper     bool
		prec       plan.Precision
		half       Half
		a, b       driver.Ptr
		weights    bool
		rowA, rowB int
		at         driver.Ptr // 0: not
	}{
		{"both stored so", true, plan.BFloat16, both, 256, 512, false, 8, 16, 512},
		{"weights with a copy", true, plan.BFloat16, Half{A: true}, 256, 4096, true, 8, 16, 1024},
		{"a part of them", true, plan.BFloat16, Half{A: true}, 256, 4096 + 64, true, 8, 16, 1024 + 32},
		{"another device", false, plan.BFloat16, both, 256, 512, false, 8, 16, 0},
		{"another precision", true, plan.TF32, both, 256, 512, false, 8, 16, 0},
		{"A in float32", true, plan.BFloat16, Half{B: true}, 256, 512, false, 8, 16, 0},
		{"B in float32", true, plan.BFloat16, Half{A: true}, 256, 512, true, 8, 16, 0},
		{"no weights", true, plan.BFloat16, Half{A: true}, 256, 4096, false, 8, 16, 0},
		{"a copy that is not aligned", true, plan.BFloat16, Half{A: true}, 256, 8192, true, 8, 16, 0},
		{"rows of A that are not", true, plan.BFloat16, both, 256, 512, false, 12, 16, 0},
		{"rows of B that are not", true, plan.BFloat16, both, 256, 512, false, 8, 20, 0},
	} {
		l := &List{Hopper: tt.hopper, Precision: tt.prec, Half: tt.half, Copies: copies}
		if at, ok := l.hopperOperands(tt.a, tt.b, tt.weights, tt.rowA, tt.rowB); ok != (tt.at != 0) ||
			ok && at != tt.at {
			t.Errorf("%s: got %d, %v", tt.name, at, ok)
		}
	}
}
