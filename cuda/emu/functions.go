package emu

import (
	"slices"
	"strings"
)

// A function's address is a number beyond all memory: codeWindow, then 16 for
// each function of the module in the order they are written.
const codeWindow = 3 << windowLog

func (m *module) address(f *function) uint64 {
	return codeWindow + 16*uint64(slices.Index(m.funcs, f)+1)
}

// addressTaken lists the functions whose address some instruction or initialiser
// of the module names.
func (m *module) addressTaken() (fs []*function) {
	var add func(o operand)
	add = func(o operand) {
		if f := m.byName[o.name]; o.kind == opName && f != nil && f.defined && !f.entry && !slices.Contains(fs, f) {
			fs = append(fs, f)
		}
		for _, e := range o.list {
			add(e)
		}
	}
	for _, v := range m.vars {
		for _, r := range v.relocs {
			add(operand{kind: opName, name: r.name})
		}
	}
	for _, f := range m.funcs {
		for i := range f.body {
			if s := &f.body[i]; !strings.HasPrefix(s.op, "call") {
				for _, o := range s.args {
					add(o)
				}
			}
		}
	}
	return fs
}

// callees lists the functions that a statement of f may call.
func (m *loadedModule) callees(f *function, s *stmt) []*function {
	c, ok := callOf(s)
	switch base, _, _ := strings.Cut(s.op, "."); {
	case base != "call" || !ok:
		return nil
	case c.target.kind == opReg:
		return m.candidates(f, s)
	}
	if g := m.byName[c.target.name]; g != nil && g.defined {
		return []*function{g}
	}
	return nil
}

// candidates lists what the address in a call may be: the functions its label
// names, or all whose address is taken and whose parameters are of the sizes the
// call has.
func (m *loadedModule) candidates(f *function, s *stmt) (fs []*function) {
	c, _ := callOf(s)
	if i, ok := f.lookupLabel(s.scope, c.table); ok && i < len(f.body) && f.body[i].op == ".calltargets" {
		for _, o := range f.body[i].args {
			if g := m.byName[o.name]; g != nil && g.defined {
				fs = append(fs, g)
			}
		}
		return fs
	}
	if m.taken == nil {
		m.taken = m.addressTaken()
	}
	for _, g := range m.taken {
		if f.sameSizes(c.params, g.params) && f.sameSizes(c.rets, g.rets) {
			fs = append(fs, g)
		}
	}
	return fs
}

// sameSizes says whether what f passes can stand for formal parameters: a variable
// or register of their size, a literal for what a register can hold.
func (f *function) sameSizes(actual []operand, formal []*variable) bool {
	return slices.EqualFunc(actual, formal, func(o operand, v *variable) bool {
		switch o.kind {
		case opVar:
			return o.v.bytes == v.bytes
		case opReg:
			n := f.regs[o.reg].size()
			return n == v.bytes || v.bytes < 4 && n <= 4
		}
		return v.bytes <= 8
	})
}
