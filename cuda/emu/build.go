package emu

import (
	"fmt"
	"math"
)

// loadedModule is a module with its variables in device memory.
type loadedModule struct {
	*module
	id       uint64
	vars     map[string]*variable
	owned    []*allocation
	programs map[string]*program
	checked  map[string]bool // opcodes whose form has been looked at
	taken    []*function     // functions whose address is taken
}

// layout says where what a kernel declares, and what the functions it calls
// declare, lies. Functions keep their registers and frames at fixed places, so
// recursion does not load.
type layout struct {
	frame  map[*variable]int // .param of functions and calls
	local  map[*variable]int
	shared map[*variable]int
	funcs  []*function // the kernel first, callees after it
}

func alignUp(n, a int) int { return (n + a - 1) &^ (a - 1) }

// build decodes a kernel and the functions it reaches.
func (m *loadedModule) build(f *function) (p *program, err error) {
	defer func() {
		if e := caught(recover()); e != nil {
			p, err = nil, e
		}
	}()
	p = &program{
		name: f.name, mod: m, slab: firstRow, preds: firstPred,
		consts: map[constKey]uint32{}, specials: map[string]uint32{},
		sharedLog: 4, maxThreads: 1024,
	}
	if n := f.maxntid[0] * f.maxntid[1] * f.maxntid[2]; n > 0 {
		p.maxThreads = min(n, 1024)
	}
	for _, v := range f.params {
		p.paramBytes = alignUp(p.paramBytes, v.align)
		p.params, p.paramAt = append(p.params, v), append(p.paramAt, p.paramBytes)
		p.paramBytes += v.bytes
	}
	place := &layout{frame: map[*variable]int{}, local: map[*variable]int{}, shared: map[*variable]int{}}
	m.reach(f, place, map[*function]int{})
	p.placeVariables(m, place)
	starts := map[*function]int32{}
	ends := map[*function]int32{}
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
func (m *loadedModule) reach(f *function, place *layout, state map[*function]int) {
	state[f] = 1
	place.funcs = append(place.funcs, f)
	for i := range f.body {
		s := &f.body[i]
		for _, g := range m.callees(f, s) {
			if state[g] == 1 {
				panic(&syntaxError{s.line, fmt.Sprintf("%s calls itself, which is not supported", g.name)})
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
		vars := f.vars
		if !f.entry {
			vars = append(append(append([]*variable(nil), f.params...), f.rets...), f.vars...)
		}
		for _, v := range vars {
			switch v.space {
			case param:
				p.frameBytes = alignUp(p.frameBytes, max(v.align, 8))
				place.frame[v] = p.frameBytes
				p.frameBytes += v.bytes
			case local:
				p.localBytes = alignUp(p.localBytes, v.align)
				place.local[v] = p.localBytes
				p.localBytes += v.bytes
			case shared:
				p.placeShared(v, place)
			}
		}
		for i := range f.body {
			for _, o := range f.body[i].args {
				p.sharedNames(m, o, place)
			}
		}
	}
	p.frameBytes, p.localBytes = alignUp(p.frameBytes, 16), alignUp(p.localBytes, 16)
	if p.sharedReal > maxShared || p.localBytes > maxLocal {
		panic(&syntaxError{place.funcs[0].line, fmt.Sprintf(
			"%s: needs %d bytes of shared and %d of local memory, want at most %d and %d",
			p.name, p.sharedReal, p.localBytes, maxShared, maxLocal)})
	}
}

// sharedNames places the shared variables of module scope that an operand names.
func (p *program) sharedNames(m *loadedModule, o operand, place *layout) {
	if v := m.vars[o.name]; o.kind == opName && v != nil && v.space == shared {
		if _, ok := place.shared[v]; !ok {
			p.placeShared(v, place)
		}
	}
	for _, e := range o.list {
		p.sharedNames(m, e, place)
	}
}

func (p *program) placeShared(v *variable, place *layout) {
	if v.extern {
		p.usesDyn = true
		p.dynAlign = max(p.dynAlign, v.align, 16)
		place.shared[v] = math.MaxInt32 // patched below: dynamic memory follows the rest
		return
	}
	real := alignUp(p.sharedReal, v.align)
	off := real + sharedGap*len(p.sharedVars)
	p.sharedVars = append(p.sharedVars, placed{v, off})
	place.shared[v] = off
	p.sharedReal = real + v.bytes
	p.sharedEmu = off + v.bytes
}

// dynamicAt is where dynamic shared memory begins.
func (p *program) dynamicAt() int {
	return alignUp(p.sharedReal, max(p.dynAlign, 16)) + sharedGap*len(p.sharedVars)
}

// decodeFunction appends the code of a function, its end included.
func (p *program) decodeFunction(m *loadedModule, f *function, place *layout) []pendingCall {
	d := &decoder{p: p, mod: m, f: f, place: place}
	for _, t := range f.regs {
		if t == pred {
			d.rows = append(d.rows, uint32(p.preds))
			p.preds++
			continue
		}
		d.rows = append(d.rows, p.newRow(isWide(t)))
	}
	at := make([]int32, len(f.body)+1) // of each statement, its first instruction
	var stmts []*stmt                  // of each instruction
	first := len(p.code)
	keep, release := d.stackFrame()
	if keep != nil {
		p.code, stmts = append(p.code, *keep), append(stmts, nil)
	}
	for i := range f.body {
		at[i] = int32(len(p.code))
		in := d.instruction(&f.body[i])
		p.code = append(p.code, in)
		for len(stmts) < len(p.code)-first {
			stmts = append(stmts, nil)
		}
		stmts[len(stmts)-1] = &f.body[i]
	}
	at[len(f.body)] = int32(len(p.code))
	end := inst{kind: kindReturn, join: noJoin, line: f.line, loc: -1}
	if f.entry {
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
func (d *decoder) address(o operand) uint64 {
	v := o.v
	if o.kind == opName {
		v = d.mod.vars[o.name]
	}
	if f := d.mod.module.byName[o.name]; v == nil && f != nil && f.defined && !f.entry {
		return d.mod.module.address(f)
	}
	if v == nil {
		d.fail("%s is not declared", o.name)
	}
	switch v.space {
	case global, constant:
		return v.addr + uint64(o.ival)
	case local:
		return uint64(d.place.local[v]) + uint64(o.ival)
	case shared:
		if v.extern {
			return uint64(d.p.dynamicAt()) + uint64(o.ival)
		}
		return uint64(d.place.shared[v]) + uint64(o.ival)
	}
	return d.paramAddress(v) + uint64(o.ival)
}
