package emu

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// loadedModule is a module with its variables in device memory.
type loadedModule struct {
	*ptx.Module
	id       uint64
	vars     map[string]*ptx.Variable
	at       map[*ptx.Variable]uint64 // addresses of .global and .const variables
	owned    []*allocation
	programs map[string]*program
	checked  map[string]bool // opcodes whose form has been looked at
	taken    []*ptx.Function // functions whose address is taken
}

// layout says where what a kernel declares, and what the functions it calls
// declare, lies. Functions keep their registers and frames at fixed places, so
// recursion does not load.
type layout struct {
	frame  map[*ptx.Variable]int // .param of functions and calls
	local  map[*ptx.Variable]int
	shared map[*ptx.Variable]int
	funcs  []*ptx.Function // the kernel first, callees after it
}

func alignUp(n, a int) int { return (n + a - 1) &^ (a - 1) }

// build decodes a kernel and the functions it reaches.
func (m *loadedModule) build(f *ptx.Function) (p *program, err error) {
	defer ptx.Recover(&err)
	p = &program{
		name: f.Name, mod: m, rowBytes: firstRow, preds: firstPred,
		consts: map[constKey]uint32{}, specials: map[string]uint32{},
		sharedLog: 4, maxThreads: 1024,
	}
	if n := f.MaxThreads[0] * f.MaxThreads[1] * f.MaxThreads[2]; n > 0 {
		p.maxThreads = min(n, 1024)
	}
	for _, v := range f.Params {
		p.paramBytes = alignUp(p.paramBytes, v.Align)
		p.params, p.paramAt = append(p.params, v), append(p.paramAt, p.paramBytes)
		p.paramBytes += v.Bytes
	}
	place := &layout{frame: map[*ptx.Variable]int{}, local: map[*ptx.Variable]int{},
		shared: map[*ptx.Variable]int{}}
	m.reach(f, place, map[*ptx.Function]int{})
	p.placeVariables(m, place)
	starts := map[*ptx.Function]int32{}
	ends := map[*ptx.Function]int32{}
	var calls []pendingCall
	for _, g := range place.funcs {
		starts[g] = int32(len(p.code))
		calls = append(calls, p.decodeFunction(m, g, place)...)
		ends[g] = int32(len(p.code)) - 1
	}
	for _, c := range calls {
		p.code[c.at].target, p.code[c.at].join = starts[c.f], ends[c.f]
	}
	for _, g := range place.funcs {
		p.joins(starts[g], ends[g])
	}
	return p, nil
}

// analyse does what only kernels that will run need.
func (p *program) analyse() {
	for _, f := range p.later {
		f()
	}
	p.later = nil
}

// reach lists the functions a kernel can call, in the order of first mention.
// state is 1 while a function is being walked and 2 after.
func (m *loadedModule) reach(f *ptx.Function, place *layout, state map[*ptx.Function]int) {
	state[f] = 1
	place.funcs = append(place.funcs, f)
	for i := range f.Body {
		s := &f.Body[i]
		for _, g := range m.callees(f, s) {
			if state[g] == 1 {
				panic(&ptx.Error{Line: s.Line, Message: g.Name + " calls itself, which is not supported"})
			}
			if state[g] == 0 {
				m.reach(g, place, state)
			}
		}
	}
	state[f] = 2
}

// sharedGap separates shared variables, so that running off one is seen. It is
// a multiple of the 128 bytes of all banks, which keeps bank conflicts as they
// would be.
const sharedGap = 128

// placeVariables lays out the shared, local and param variables.
func (p *program) placeVariables(m *loadedModule, place *layout) {
	for _, f := range place.funcs {
		vars := f.Vars
		if !f.Entry {
			vars = append(append(append([]*ptx.Variable(nil), f.Params...), f.Results...), f.Vars...)
		}
		for _, v := range vars {
			switch v.Space {
			case ptx.Param:
				p.frameBytes = alignUp(p.frameBytes, max(v.Align, 8))
				place.frame[v] = p.frameBytes
				p.frameBytes += v.Bytes
			case ptx.Local:
				p.localBytes = alignUp(p.localBytes, v.Align)
				place.local[v] = p.localBytes
				p.localBytes += v.Bytes
			case ptx.Shared:
				p.placeShared(v, place)
			}
		}
		for i := range f.Body {
			for _, o := range f.Body[i].Args {
				p.sharedNames(m, o, place)
			}
		}
	}
	p.frameBytes, p.localBytes = alignUp(p.frameBytes, 16), alignUp(p.localBytes, 16)
	if p.sharedReal > ptx.MaxShared || p.localBytes > ptx.MaxLocal {
		panic(&ptx.Error{Line: place.funcs[0].Line, Message: fmt.Sprintf(
			"%s: needs %d bytes of shared and %d of local memory, want at most %d and %d",
			p.name, p.sharedReal, p.localBytes, ptx.MaxShared, ptx.MaxLocal)})
	}
}

// sharedNames places the shared variables of module scope that an operand names.
func (p *program) sharedNames(m *loadedModule, o ptx.Operand, place *layout) {
	if v := m.vars[o.Name]; o.Kind == ptx.NameOperand && v != nil && v.Space == ptx.Shared {
		if _, ok := place.shared[v]; !ok {
			p.placeShared(v, place)
		}
	}
	for _, e := range o.List {
		p.sharedNames(m, e, place)
	}
}

func (p *program) placeShared(v *ptx.Variable, place *layout) {
	if v.Extern {
		p.usesDyn = true
		p.dynAlign = max(p.dynAlign, v.Align, 16)
		place.shared[v] = math.MaxInt32 // patched below: dynamic memory follows the rest
		return
	}
	real := alignUp(p.sharedReal, v.Align)
	off := real + sharedGap*len(p.sharedVars)
	p.sharedVars = append(p.sharedVars, placed{v, off})
	place.shared[v] = off
	p.sharedReal = real + v.Bytes
	p.sharedEmu = off + v.Bytes
}

// dynamicAt is where dynamic shared memory begins.
func (p *program) dynamicAt() int {
	return alignUp(p.sharedReal, max(p.dynAlign, 16)) + sharedGap*len(p.sharedVars)
}

// decodeFunction appends the code of a function, its end included.
func (p *program) decodeFunction(m *loadedModule, f *ptx.Function, place *layout) []pendingCall {
	d := &decoder{p: p, mod: m, f: f, place: place}
	for _, t := range f.Registers {
		if t == ptx.Pred {
			d.rows = append(d.rows, uint32(p.preds))
			p.preds++
			continue
		}
		d.rows = append(d.rows, p.newRow(isWide(t)))
	}
	at := make([]int32, len(f.Body)+1) // of each statement, its first instruction
	var stmts []*ptx.Statement         // of each instruction
	first := len(p.code)
	keep, release := d.stackFrame()
	if keep != nil {
		p.code, stmts = append(p.code, *keep), append(stmts, nil)
	}
	for i := range f.Body {
		at[i] = int32(len(p.code))
		in := d.instruction(&f.Body[i])
		p.code = append(p.code, in)
		for len(stmts) < len(p.code)-first {
			stmts = append(stmts, nil)
		}
		stmts[len(stmts)-1] = &f.Body[i]
	}
	at[len(f.Body)] = int32(len(p.code))
	end := inst{kind: kindReturn, join: noJoin, line: f.Line, loc: -1}
	if f.Entry {
		end.kind = kindExit
	}
	if release != nil {
		p.code, stmts = append(p.code, *release), append(stmts, nil)
	}
	p.code = append(p.code, end)
	for i := first; i < len(p.code); i++ {
		in := &p.code[i]
		switch in.kind {
		case kindBranch:
			in.target = at[in.target]
		case kindTable:
			for k, t := range in.x.table {
				in.x.table[k] = at[t]
			}
		}
	}
	last := int32(len(p.code)) - 1
	p.later = append(p.later, func() { p.trackUndefined(f, int32(first), last, append(stmts, nil)) })
	return d.calls
}

// address is the value of a name: an address in the variable's own space.
func (d *decoder) address(o ptx.Operand) uint64 {
	v := o.Variable
	if o.Kind == ptx.NameOperand {
		v = d.mod.vars[o.Name]
	}
	if f := d.mod.ByName[o.Name]; v == nil && f != nil && f.Defined && !f.Entry {
		return d.mod.address(f)
	}
	if v == nil {
		d.fail("%s is not declared", o.Name)
	}
	switch v.Space {
	case ptx.Global, ptx.Constant:
		return d.mod.at[v] + uint64(o.Int)
	case ptx.Local:
		return uint64(d.place.local[v]) + uint64(o.Int)
	case ptx.Shared:
		if v.Extern {
			return uint64(d.p.dynamicAt()) + uint64(o.Int)
		}
		return uint64(d.place.shared[v]) + uint64(o.Int)
	}
	return d.paramAddress(v) + uint64(o.Int)
}
