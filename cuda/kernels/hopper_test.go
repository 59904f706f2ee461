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
	if !m.fitsHopper(pa, pb) {
		t.Fatal("the rows are not aligned")
	}
	c, e := d.put(added, 0), Epilogue{Bias: d.put(bias, 0)}
	e.Sum, e.Addend = d.room(len(want), 0), c // in place
	d.run(plan.BFloat16, func(l *List) {
		l.MostBlocks = blocks
		l.gemmHopper(c, pa, pb, e, m, columns)
	})
	near(t, "sum", d.get(e.Sum, len(want)), want, 0)
	near(t, "product", d.get(c, len(want)), total, 0)
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
	for _, tt := range []struct {
		m    Matrix
		want int
	}{
		{Matrix{Batch: 1, M: 65536, N: 1536, K: 384}, 256},
		{Matrix{Batch: 1, M: 65536, N: 128, K: 384}, 128},  // half of a wide tile would be empty
		{Matrix{Batch: 1, M: 2048, N: 1024, K: 1024}, 128}, // 64 wide tiles, 128 narrow ones
		{Matrix{Batch: 1, M: 128, N: 33 * 512, K: 384}, 128},
	} {
		if got := tt.m.hopperColumns(); got != tt.want {
			t.Errorf("%v: tiles of %d columns, want %d", tt.m, got, tt.want)
		}
	}
}
