package emu

import (
	"slices"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

var spaceMods = []string{
	"global", "shared", "shared::cta", "local", "const", "param", "param::entry", "param::func",
}

var spaceByMod = map[string]ptx.Space{
	"": ptx.Generic, "global": ptx.Global, "shared": ptx.Shared, "shared::cta": ptx.Shared,
	"local": ptx.Local,
	"const": ptx.Constant, "param": ptx.Param, "param::entry": ptx.Param, "param::func": ptx.Param,
}

// accessMods removes the modifiers of memory instructions that change nothing
// here — cache operators, hints — and returns what the access orders.
func (d *decoder) accessMods() (o ordering) {
	d.has("mmio")
	sem := d.take("weak", "volatile", "relaxed", "acquire", "release", "acq_rel")
	scope := d.take("cta", "gpu", "sys", "cluster")
	if scope != "cta" && scope != "cluster" { // a cluster is one block
		o.strong = sem != "" && sem != "weak" || d.base == "atom" || d.base == "red"
		o.acquire, o.release = sem == "acquire" || sem == "acq_rel", sem == "release" || sem == "acq_rel"
	}
	d.take("ca", "cg", "cs", "lu", "cv", "wb", "wt")
	d.take("nc")
	d.take("L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate")
	d.hint()
	d.take("L2::64B", "L2::128B", "L2::256B")
	return o
}

// memory sets the address operand [register or variable + displacement].
func (d *decoder) memory(o ptx.Operand, sp ptx.Space) {
	if sp == ptx.Shared || sp == ptx.Generic {
		d.in.slot = d.p.slots
		d.p.slots++
	}
	if o.Kind != ptx.AddressOperand {
		d.fail("operand is not an address")
	}
	a := o.List[0]
	switch a.Kind {
	case ptx.RegisterOperand:
		rt := d.f.Registers[a.Register]
		if rt == ptx.Pred || rt.Size() < 4 {
			d.fail("address register is .%s", rt)
		}
		d.in.a, d.in.narrow, d.in.imm = d.rows[a.Register], rt.Size() == 4, a.Int
	case ptx.IntOperand, ptx.NameOperand, ptx.VariableOperand:
		addr := uint64(a.Int)
		if a.Kind != ptx.IntOperand {
			addr = d.address(a)
		}
		d.in.a = d.literal(addr, true)
	default:
		d.fail("operand is not an address")
	}
}

// values lists the rows of a scalar or vector operand.
func (d *decoder) values(o ptx.Operand, t ptx.Type, vec int, dest bool) {
	list := []ptx.Operand{o}
	if vec > 1 {
		if list = o.List; o.Kind != ptx.VectorOperand || len(list) != vec {
			d.fail("operand is not a vector of %d", vec)
		}
	}
	x := d.in.x
	for _, e := range list {
		row, wide := d.atLeast(e, t, dest)
		x.regs, x.wide = append(x.regs, row), append(x.wide, wide)
		if e.Kind == ptx.RegisterOperand && d.f.Registers[e.Register].Size() == 2 {
			x.half = true
		}
	}
}

// access decodes what ld and st share and returns the space.
func (d *decoder) access() (sp ptx.Space, t ptx.Type) {
	order := d.accessMods()
	sp = spaceByMod[d.take(spaceMods...)]
	vec := vectors[d.take("v2", "v4", "v8")]
	t = d.typ()
	d.in.size, d.in.vec = uint8(t.Size()), uint8(vec)
	d.in.x = &extra{typ: t, sp: sp, ordering: order}
	d.in.kind = kindEffect
	d.grains(sp, t.Size())
	if order.strong && (sp == ptx.Global || sp == ptx.Generic) {
		d.p.atomics = true
	}
	return sp, t
}

// grains notes an access for the grain of the shadow cells.
func (d *decoder) grains(sp ptx.Space, size int) {
	if sp == ptx.Shared || sp == ptx.Generic {
		narrowGrain(&d.p.sharedLog, size)
	}
}

// decodeLoad decodes ld and ldu.
func decodeLoad(d *decoder) {
	sp, t := d.access()
	a := d.args(2)
	if sp == ptx.Param {
		d.loadParam(a, t)
		return
	}
	d.values(a[0], t, int(d.in.vec), true)
	d.memory(a[1], sp)
	d.in.do = map[ptx.Space]func(*warp, *inst, uint32){
		ptx.Global: (*warp).loadGlobal, ptx.Constant: (*warp).loadGlobal, ptx.Shared: (*warp).loadShared,
		ptx.Local: (*warp).loadLocal, ptx.Generic: (*warp).loadGeneric,
	}[sp]
}

// decodeStore decodes st.
func decodeStore(d *decoder) {
	sp, t := d.access()
	a := d.args(2)
	d.values(a[1], t, int(d.in.vec), false)
	switch sp {
	case ptx.Param:
		d.in.imm = int64(d.paramAt(a[0]))
		d.in.do = (*warp).storeParam
		return
	}
	d.memory(a[0], sp)
	d.in.do = map[ptx.Space]func(*warp, *inst, uint32){
		ptx.Global: (*warp).storeGlobal, ptx.Shared: (*warp).storeShared,
		ptx.Local: (*warp).storeLocal, ptx.Generic: (*warp).storeGeneric,
	}[sp]
}

// loadParam decodes ld.param: of the kernel's own parameters, the same for
// every lane, or of those of a call.
func (d *decoder) loadParam(a []ptx.Operand, t ptx.Type) {
	d.values(a[0], t, int(d.in.vec), true)
	if a[1].Kind != ptx.AddressOperand {
		d.fail("operand is not an address")
	}
	o := a[1].List[0]
	if o.Kind == ptx.RegisterOperand {
		d.memory(a[1], ptx.Param)
		d.in.do = (*warp).loadParamAt
		return
	}
	if o.Kind == ptx.VariableOperand && d.f.Entry && slices.Contains(d.f.Params, o.Variable) {
		at := int64(d.p.paramAt[slices.Index(d.f.Params, o.Variable)]) + o.Int
		n := int64(d.in.size) * int64(d.in.vec)
		if o.Int < 0 || o.Int+n > int64(o.Variable.Bytes) || at%n != 0 {
			d.fail("%d bytes at %d of a parameter of %d", n, o.Int, o.Variable.Bytes)
		}
		d.in.imm = at
		d.in.do = (*warp).loadKernelParam
		if d.in.vec == 1 && t.Size() >= 4 {
			d.in.kind, d.in.d, d.in.wide = kindRow, d.in.x.regs[0], d.in.x.wide[0]
			d.in.exec = paramRow
		}
		return
	}
	d.in.imm = int64(d.paramAt(a[1]))
	d.in.do = (*warp).loadFrame
}

// paramAt is the place in the frame of a parameter of a call.
func (d *decoder) paramAt(o ptx.Operand) int {
	if o.Kind != ptx.AddressOperand || o.List[0].Kind != ptx.VariableOperand ||
		o.List[0].Variable.Space != ptx.Param {
		d.fail("operand is not a parameter")
	}
	e := o.List[0]
	at, ok := d.place.frame[e.Variable]
	n := int64(d.in.size) * int64(d.in.vec)
	if !ok || e.Int < 0 || e.Int+n > int64(e.Variable.Bytes) || e.Int%n != 0 {
		d.fail("%d bytes at %d of parameter %s", n, e.Int, e.Variable.Name)
	}
	return at + int(e.Int)
}

// paramRow spreads a kernel parameter over the lanes.
func paramRow(w *warp, in *inst, d unsafe.Pointer) {
	v := loadBits(unsafe.Pointer(&w.l.params[in.imm]), in.size)
	if in.x.typ.Signed() {
		v = extend(v, in.x.typ)
	}
	if in.wide {
		fill((*[lanes]uint64)(d), v)
		return
	}
	fill((*[lanes]uint32)(d), uint32(v))
}

// loadKernelParam loads a parameter of the kernel, the same for all lanes.
func (w *warp) loadKernelParam(in *inst, mask uint32) {
	w.at.inRow = false
	for i := range w.ea {
		w.ea[i] = uint64(in.imm)
	}
	w.moveIn(in, mask, unsafe.Pointer(&w.l.params[0]), 0)
}

// frameAddresses sets the addresses of the lanes to a place in their frames, which hold the parameters
// of functions.
func (w *warp) frameAddresses(in *inst) {
	w.at.inRow = false
	for i := range w.ea {
		w.ea[i] = uint64(i*w.l.prog.frameBytes) + uint64(in.imm)
	}
}

// loadFrame loads a parameter of a function.
func (w *warp) loadFrame(in *inst, mask uint32) {
	w.frameAddresses(in)
	w.moveIn(in, mask, unsafe.Pointer(&w.frame[0]), 0)
}

// storeParam stores a parameter or a result of a function.
func (w *warp) storeParam(in *inst, mask uint32) {
	w.frameAddresses(in)
	w.moveOut(in, mask, unsafe.Pointer(&w.frame[0]), 0)
}

// decodeTrap decodes trap, which ends the launch.
func decodeTrap(d *decoder) {
	d.args(0)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		for i := range lanes {
			if mask>>i&1 == 1 {
				w.report(Trap, i, in, "the kernel executed trap")
				return
			}
		}
	}
}
