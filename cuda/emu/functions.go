package emu

import (
	"slices"
	"strings"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// A function's address is a number beyond all memory: codeWindow, then 16 for
// each function of the module in the order they are written.
const codeWindow = 3 << windowLog

// address is the address of f.
func (m *loadedModule) address(f *ptx.Function) uint64 {
	return codeWindow + 16*uint64(slices.Index(m.Funcs, f)+1)
}

// callees lists the functions that a statement of f may call.
func (m *loadedModule) callees(f *ptx.Function, s *ptx.Statement) []*ptx.Function {
	c, ok := callOf(s)
	switch base, _, _ := strings.Cut(s.Op, "."); {
	case base != "call" || !ok:
		return nil
	case c.target.Kind == ptx.RegisterOperand:
		return m.candidates(f, s)
	}
	if g := m.ByName[c.target.Name]; g != nil && g.Defined {
		return []*ptx.Function{g}
	}
	return nil
}

// candidates lists what the address in a call may be: the functions its label
// names, or all whose address is taken and whose parameters are of the sizes the
// call has.
func (m *loadedModule) candidates(f *ptx.Function, s *ptx.Statement) (fs []*ptx.Function) {
	c, _ := callOf(s)
	if i, ok := f.Label(s.Scope, c.table); ok && i < len(f.Body) && f.Body[i].Op == ".calltargets" {
		for _, o := range f.Body[i].Args {
			if g := m.ByName[o.Name]; g != nil && g.Defined {
				fs = append(fs, g)
			}
		}
		return fs
	}
	if m.taken == nil {
		m.taken = m.AddressTaken()
	}
	for _, g := range m.taken {
		if sameSizes(f, c.params, g.Params) && sameSizes(f, c.rets, g.Results) {
			fs = append(fs, g)
		}
	}
	return fs
}

// sameSizes says whether what f passes can stand for formal parameters: a variable
// or register of their size, a literal for what a register can hold.
func sameSizes(f *ptx.Function, actual []ptx.Operand, formal []*ptx.Variable) bool {
	return slices.EqualFunc(actual, formal, func(o ptx.Operand, v *ptx.Variable) bool {
		switch o.Kind {
		case ptx.VariableOperand:
			return o.Variable.Bytes == v.Bytes
		case ptx.RegisterOperand:
			n := f.Registers[o.Register].Size()
			return n == v.Bytes || v.Bytes < 4 && n <= 4
		}
		return v.Bytes <= 8
	})
}
