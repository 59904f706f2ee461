package emu

import (
	"math/bits"
	"slices"
	"strings"
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

// defsUses lists the registers a statement writes and reads.
func (s *stmt) defsUses() (defs, uses []int) {
	base, rest, _ := strings.Cut(s.op, ".")
	dests := 1
	switch base {
	case "st", "red", "cp", "stmatrix", "bra", "brx", "ret", "exit", "trap", "prefetch", "nanosleep":
		dests = 0
	case "bar", "barrier":
		dests = 0
		if strings.Contains(rest, "red") {
			dests = 1
		}
	case "call":
		if len(s.args) == 0 || s.args[0].kind != opList {
			dests = 0
		}
	}
	for i, o := range s.args {
		if i < dests {
			o.registers(&defs)
		} else {
			o.registers(&uses)
		}
	}
	if s.guard >= 0 {
		uses = append(uses, s.guard)
	}
	return defs, uses
}

func (o operand) registers(into *[]int) {
	if o.kind == opReg || o.kind == opNotReg {
		*into = append(*into, o.reg)
	}
	for _, e := range o.list {
		e.registers(into)
	}
}

// trackUndefined analyses the code of a function and prepares the instructions
// that read or write registers which may be undefined. stmts holds the
// statement behind each instruction from first on, nil for none.
func (p *program) trackUndefined(f *function, first, last int32, stmts []*stmt) {
	n := int(last-first) + 1
	words := (len(f.regs) + 63) / 64
	defined := make([]regSet, n) // before each instruction, on every path
	type flow struct{ defs, uses []int }
	flows := make([]flow, n)
	for i := range n {
		if s := stmts[i]; s != nil {
			flows[i].defs, flows[i].uses = s.defsUses()
		}
	}
	defined[0] = make(regSet, words)
	work := []int32{0}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		in := &p.code[first+i]
		after := slices.Clone(defined[i])
		passes := in.pure && slices.ContainsFunc(flows[i].uses, func(r int) bool { return !after.has(r) })
		if always := in.guard == truePred && in.flip == 0; always && !passes {
			for _, r := range flows[i].defs {
				after.add(r)
			}
		}
		if i == last-first {
			continue
		}
		for _, s := range p.successors(first+i, first, last) {
			if defined[s] == nil {
				defined[s] = slices.Clone(after)
				work = append(work, s)
			} else if defined[s].meet(after) {
				work = append(work, s)
			}
		}
	}
	suspect := map[int]bool{}
	for i := range n {
		for _, r := range flows[i].uses {
			if defined[i] != nil && !defined[i].has(r) {
				suspect[r] = true
			}
		}
	}
	if len(suspect) == 0 {
		return
	}
	slot := map[int]int32{}
	for i := range n {
		in := &p.code[first+int32(i)]
		t := &tracking{pure: in.pure}
		for _, r := range flows[i].uses {
			if suspect[r] {
				t.uses = append(t.uses, p.slotOf(f, r, slot))
			}
		}
		for _, r := range flows[i].defs {
			if suspect[r] {
				t.defs = append(t.defs, p.slotOf(f, r, slot))
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
	pure       bool
}

func (p *program) slotOf(f *function, r int, slot map[int]int32) int32 {
	k, ok := slot[r]
	if !ok {
		k = int32(len(p.tracked))
		slot[r] = k
		p.tracked = append(p.tracked, f.registerName(r))
	}
	return k
}

// tracked checks and notes the registers of an instruction that may be undefined.
func (w *warp) tracked(in *inst, mask uint32) {
	t := in.track
	if in.kind == kindBranch {
		mask = w.active // the guard decides for every lane
	}
	known := uint32(fullMask)
	for _, u := range t.uses {
		bad := mask &^ w.written[u]
		known &= w.written[u]
		if bad != 0 && !t.pure {
			w.report(Uninitialised, bits.TrailingZeros32(bad), in, "reads register %s, which was never written",
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
