package emu

import (
	"math/bits"
	"slices"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// Registers read before they are written are found in two steps. When a kernel
// is decoded, a forward analysis finds the reads that some path reaches without
// a write; there are none in most kernels. Only the registers of such reads are
// tracked when the kernel runs, lane by lane.
//
// mov and selp pass an undefined value on, as compilers make them do when the
// value does not matter; every other instruction that reads one is a finding.

// regSet is a set of a function's registers.
type regSet []uint64

// has says whether r is in the set, add puts it there.
func (s regSet) has(r int) bool { return s[r>>6]>>(r&63)&1 == 1 }

func (s regSet) add(r int) { s[r>>6] |= 1 << (r & 63) }

// meet intersects s with t and says whether that changed s.
func (s regSet) meet(t regSet) (changed bool) {
	for i := range s {
		if n := s[i] & t[i]; n != s[i] {
			s[i], changed = n, true
		}
	}
	return changed
}

// undefFlow is the analysis of one function.
type undefFlow struct {
	p           *program
	f           *ptx.Function
	first, last int32
	defs, uses  [][]int  // of each instruction
	entry       []regSet // of each first instruction of a block: defined on every path
	leader      []bool
}

// trackUndefined analyses the code of a function and prepares the instructions
// that read or write registers which may be undefined. stmts holds the
// statement behind each instruction from first on, nil for none.
func (p *program) trackUndefined(f *ptx.Function, first, last int32, stmts []*ptx.Statement) {
	n := int(last-first) + 1
	u := &undefFlow{
		p: p, f: f, first: first, last: last, defs: make([][]int, n), uses: make([][]int, n),
		entry: make([]regSet, n), leader: make([]bool, n),
	}
	for i, s := range stmts {
		if s != nil {
			u.defs[i], u.uses[i] = s.Effects()
		}
	}
	u.leader[0] = true
	for i := range last - first {
		if next := p.successors(first+i, first, last); len(next) != 1 || next[0] != i+1 {
			for _, k := range append(next, i+1) {
				u.leader[k] = true
			}
		}
	}
	u.solve()
	suspect := map[int]bool{}
	for i := range u.entry {
		if u.entry[i] != nil {
			u.walk(int32(i), func(i int32, defined regSet) {
				for _, r := range u.uses[i] {
					if !defined.has(r) {
						suspect[r] = true
					}
				}
			})
		}
	}
	if len(suspect) > 0 {
		u.mark(suspect)
	}
	u.markHeld()
}

// solve finds what is defined at the start of every block, by iteration from
// the function's start.
func (u *undefFlow) solve() {
	u.entry[0] = make(regSet, (len(u.f.Registers)+63)/64)
	for work := []int32{0}; len(work) > 0; {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		end, after := u.walk(i, nil)
		if end == u.last-u.first {
			continue
		}
		for _, s := range u.p.successors(u.first+end, u.first, u.last) {
			if u.entry[s] == nil {
				u.entry[s] = slices.Clone(after)
				work = append(work, s)
			} else if u.entry[s].meet(after) {
				work = append(work, s)
			}
		}
	}
}

// walk goes through the block that begins at i, calls see before each
// instruction, and returns the last one and what is defined after it.
func (u *undefFlow) walk(i int32, see func(i int32, defined regSet)) (int32, regSet) {
	defined := slices.Clone(u.entry[i])
	for ; ; i++ {
		if see != nil {
			see(i, defined)
		}
		in := &u.p.code[u.first+i]
		passes := in.pure && slices.ContainsFunc(u.uses[i], func(r int) bool { return !defined.has(r) })
		if always := in.guard == truePred && in.flip == 0; always && !passes {
			for _, r := range u.defs[i] {
				defined.add(r)
			}
		}
		if i == u.last-u.first || u.leader[i+1] {
			return i, defined
		}
	}
}

// mark gives the suspect registers slots and the instructions that touch them
// their tracking.
func (u *undefFlow) mark(suspect map[int]bool) {
	slot := map[int]int32{}
	for i := range u.entry {
		in := &u.p.code[u.first+int32(i)]
		t := &tracking{pure: in.pure}
		for _, r := range u.uses[i] {
			if suspect[r] {
				t.uses = append(t.uses, u.p.slotOf(u.f, r, slot))
			}
		}
		for _, r := range u.defs[i] {
			if suspect[r] {
				t.defs = append(t.defs, u.p.slotOf(u.f, r, slot))
			}
		}
		if len(t.uses)+len(t.defs) > 0 {
			in.track = t
		}
	}
}

// tracking is what an instruction reads and writes of the registers that may be
// undefined, as indices into program.tracked.
type tracking struct {
	uses, defs []int32
	held       []int32 // registers of wgmma, as indices into program.held
	pure       bool
}

// slotOf is the number under which a register of f is tracked; slot holds those given so far.
func (p *program) slotOf(f *ptx.Function, r int, slot map[int]int32) int32 {
	k, ok := slot[r]
	if !ok {
		k = int32(len(p.tracked))
		slot[r] = k
		p.tracked = append(p.tracked, f.RegisterName(r))
	}
	return k
}

// tracked checks and notes the registers of an instruction that may be undefined.
func (w *warp) tracked(in *inst, mask uint32) {
	t := in.track
	if len(t.held) > 0 && mask != 0 {
		w.touchHeld(in, mask, t.held)
	}
	if in.kind == kindBranch {
		mask = w.active // the guard decides for every lane
	}
	known, reads := uint32(fullMask), mask
	if in.x != nil && in.x.wgmma != nil && !in.x.wgmma.adds(w) {
		reads = 0 // the sums begin with this one
	}
	for _, u := range t.uses {
		bad := reads &^ w.written[u]
		known &= w.written[u]
		if bad != 0 && !t.pure {
			w.report(Uninitialised, bits.TrailingZeros32(bad), in,
				"reads register %s, which was never written",
				w.l.prog.tracked[u])
			w.written[u] |= bad // once is enough
		}
	}
	for _, d := range t.defs {
		if t.pure {
			w.written[d] = w.written[d]&^mask | known&mask
		} else {
			w.written[d] |= mask
		}
	}
}
