package emu

import (
	"fmt"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// A wgmmaShape is a product D = A·B + D of a warpgroup, four warps, of which each makes
// 16 of D's 64 rows: A is 64×16, B 16×n, both bfloat16, D float32. A is in shared memory
// or in the fragments of mma.m16n8k16, B in shared memory; D is in n/8 fragments of it.
type wgmmaShape struct {
	n              int
	d              []uint32 // rows of the registers
	a              []uint32 // nil: in shared memory
	descA, descB   uint32   // rows of the descriptors
	transA, transB bool     // rows lie along K
	negA, negB     bool
	scale          int32 // the predicate that adds D, flipped by notScale
	notScale       uint32
	parts          []*mmaShape // one for each eight columns of D
	fragA, fragB   []uint32    // rows to work in
	held           []int32     // its registers, as indices into program.held
	registers      []int       // these as the function numbers them
}

// adds says whether D is read, as lane 0 has it.
func (s *wgmmaShape) adds(w *warp) bool { return (w.preds[s.scale]^s.notScale)&1 == 1 }

// decodeWgmma decodes wgmma.fence, commit_group, wait_group and mma_async.
func decodeWgmma(d *decoder) {
	what := d.take("fence", "commit_group", "wait_group", "mma_async")
	d.has("sync")
	d.has("aligned")
	d.only()
	d.in.kind = kindEffect
	switch what {
	case "fence":
		d.args(0)
		d.in.do = (*warp).fenceProducts
	case "commit_group":
		d.args(0)
		d.in.do = (*warp).commitProducts
	case "wait_group":
		a := d.args(1)[0]
		if a.Kind != ptx.IntOperand || a.Int < 0 || a.Int > 7 {
			d.fail("the number of groups must be a literal from 0 to 7")
		}
		n := int32(a.Int)
		d.in.do = func(w *warp, in *inst, mask uint32) {
			if w.whole(in, mask) {
				w.waitProducts(n)
			}
		}
	default:
		d.wgmma()
	}
}

// wgmma decodes wgmma.mma_async.sync.aligned.shape.f32.bf16.bf16: D, A, B, whether to add D,
// factors ±1 of A and B, and for each of the two that is in shared memory its major.
func (d *decoder) wgmma() {
	s := &wgmmaShape{}
	if _, err := fmt.Sscanf(d.mods[0], "m64n%dk16", &s.n); err != nil {
		d.fail("unknown shape %s", d.mods[0])
	}
	d.mods = nil
	a := d.s.Args
	if len(a) != 8 && !(len(a) == 7 && a[1].Kind == ptx.VectorOperand) {
		d.fail("got %d operands, want 8, or 7 with A in registers", len(a))
	}
	s.d = d.fragment(a[0], s.n/2, ptx.F32, true)
	held := a[0].List
	flags := a[6:]
	if a[1].Kind == ptx.VectorOperand {
		s.a = d.fragment(a[1], 4, ptx.B32, false)
		held = append(append([]ptx.Operand(nil), held...), a[1].List...)
	} else {
		s.descA = d.src(a[1], ptx.B64)
		s.transA = d.choice(flags[0], 0, 1) == 1
		flags = flags[1:]
	}
	if len(flags) != 1 {
		d.fail("got %d operands, want one fewer with A in registers", len(a))
	}
	s.descB = d.src(a[2], ptx.B64)
	s.transB = d.choice(flags[0], 0, 1) == 1
	s.scale, s.notScale = d.predicate(a[3])
	s.negA, s.negB = d.choice(a[4], -1, 1) == -1, d.choice(a[5], -1, 1) == -1
	for _, o := range held {
		s.registers = append(s.registers, o.Register)
	}
	rows := d.scratchRows()
	s.fragA, s.fragB = rows[:4], rows[4:]
	for j := 0; j < len(s.d); j += 4 {
		s.parts = append(s.parts, &mmaShape{m: 16, n: 8, k: 16, in: ptx.BF16, acc: ptx.F32, out: ptx.F32,
			a: s.fragA, b: s.fragB, c: s.d[j : j+4], d: s.d[j : j+4], perRegister: 2})
	}
	d.in.x = &extra{wgmma: s}
	d.in.do = func(w *warp, in *inst, mask uint32) { w.startProduct(in, mask, s) }
}

// only checks that the module is for one compute capability, as the instruction wants.
func (d *decoder) only() {
	if !d.mod.Only || d.mod.Target != 90 {
		d.fail("%s needs .target sm_90a", d.base)
	}
}

// choice is an operand that must be one of two literals.
func (d *decoder) choice(o ptx.Operand, x, y int64) int64 {
	if o.Kind != ptx.IntOperand || o.Int != x && o.Int != y {
		d.fail("operand must be %d or %d", x, y)
	}
	return o.Int
}

// scratchRows are the rows in which the wgmma of a program lay out their fragments, four of
// A and two of B.
func (d *decoder) scratchRows() []uint32 {
	for len(d.p.scratch) < 6 {
		d.p.scratch = append(d.p.scratch, d.p.newRow(false))
	}
	return d.p.scratch
}
