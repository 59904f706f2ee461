package emu

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// The product straight from the registers is the one by unpacked matrices, bit for
// bit: of any bits, not-a-number and infinity among them, and where the result goes
// over an operand.
func TestProducts(t *testing.T) {
	if vector32.product == nil {
		t.Skip("this processor has no AVX-512: the plain form is the only one")
	}
	rng := rand.New(rand.NewPCG(5, 5))
	const registers = 14
	draw := []func() uint32{
		rng.Uint32,
		func() uint32 { return rng.Uint32()&0x807f807f | 0x3f803f80 }, // near one: sums are rounded
		func() uint32 { return rng.Uint32() & 0x80ff80ff },            // subnormals
		func() uint32 { return rng.Uint32() | 0x7f807f80 },            // infinities and not-a-number
	}
	for _, s := range []mmaShape{
		{m: 16, n: 8, k: 8, in: ptx.BF16, acc: ptx.F32, out: ptx.F32, perRegister: 2}, {m: 16, n: 8, k: 16,
			in: ptx.BF16, acc: ptx.F32, out: ptx.F32, perRegister: 2},
		{m: 16, n: 8, k: 4, in: ptx.TF32, acc: ptx.F32, out: ptx.F32, perRegister: 1}, {m: 16, n: 8, k: 8,
			in: ptx.TF32, acc: ptx.F32, out: ptx.F32, perRegister: 1},
	} {
		halves := s.k / 4 / s.perRegister
		for round := range 400 {
			var slab [2][]uint32
			for range registers * lanes {
				slab[0] = append(slab[0], draw[rng.IntN(1+round%len(draw))]())
			}
			slab[1] = slices.Clone(slab[0])
			order := rng.Perm(registers)
			at := func(first, n int) (rows []uint32) {
				for _, k := range order[first : first+n] {
					rows = append(rows, uint32(4*lanes*k))
				}
				return rows
			}
			s.a, s.b, s.c, s.d = at(0, 2*halves), at(4, halves), at(6, 4), at(10, 4)
			switch round % 3 {
			case 1: // over C, in another order
				s.d = []uint32{s.c[2], s.c[0], s.c[3], s.c[1]}
			case 2: // over A and B
				s.d = []uint32{s.a[1], s.b[0], s.a[0], s.c[0]}
			}
			for k, multiply := range []func(w *warp) bool{
				func(w *warp) bool { w.multiply(&s); return true },
				func(w *warp) bool { return vector32.product(w, &s) },
			} {
				w := &warp{rows: unsafe.Pointer(&slab[k][0]), b: &block{}}
				if !multiply(w) {
					t.Fatalf("%v, depth %d: not multiplied", s.in, s.k)
				}
			}
			for i := range slab[0] {
				if slab[0][i] != slab[1][i] {
					t.Fatalf("%v, depth %d, round %d: register %d, lane %d: got %#x, want %#x", s.in, s.k,
						round, i/lanes, i%lanes,
						slab[1][i], slab[0][i])
				}
			}
		}
	}
}
