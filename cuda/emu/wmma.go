package emu

import (
	"math"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// The wmma instructions leave open where in its fragment an element is. Here
// element number e of a matrix, row by row, is e modulo the slots of a lane in lane
// e over these; of two halves in a register the first is the lower. Fragments of
// halves have room for more than a small matrix: its elements are there twice.

// A wmmaPart is one of the four matrices of a wmma.
type wmmaPart struct {
	rows, cols int
	typ        ptx.Type
	regs       []uint32
	each       int // elements of a register
}

func (p *wmmaPart) size() int  { return p.rows * p.cols }
func (p *wmmaPart) slots() int { return p.each * len(p.regs) }

// at is the element in slot i of a lane.
func (p *wmmaPart) at(lane, i int) (row, col int) {
	e := (lane*p.slots() + i) % p.size()
	return e / p.cols, e % p.cols
}

// part makes the fragment of operand o: a, b, c or d of a shape.
func (d *decoder) part(which string, shape [3]int, t ptx.Type, o ptx.Operand, dest bool) *wmmaPart {
	m, n, k := shape[0], shape[1], shape[2]
	p := &wmmaPart{rows: m, cols: n, typ: t, each: 1}
	switch which {
	case "a":
		p.cols = k
	case "b":
		p.rows = k
	}
	reg := ptx.B32
	if isWide(t) {
		reg = ptx.B64
	}
	p.each = reg.Size() / t.Size()
	regs := p.size() / lanes / p.each
	if t == ptx.F16 && (which == "a" || which == "b") {
		regs = 8
	}
	p.regs = d.fragment(o, regs, reg, dest)
	return p
}

var wmmaShapes = map[string][3]int{
	"m16n16k16": {16, 16, 16}, "m8n32k16": {8, 32, 16}, "m32n8k16": {32, 8, 16}, "m16n16k8": {16, 16, 8},
	"m8n8k4": {8, 8, 4},
}

// decodeWMMA decodes wmma.load, wmma.store and wmma.mma.
func decodeWMMA(d *decoder) {
	what, which := d.take("load", "store", "mma"), d.take("a", "b", "c", "d")
	d.has("sync")
	d.has("aligned")
	layouts := [2]string{d.take("row", "col"), d.take("row", "col")}
	shape := wmmaShapes[d.take("m16n16k16", "m8n32k16", "m32n8k16", "m16n16k8", "m8n8k4")]
	sp := spaceByMod[d.take("global", "shared", "shared::cta")]
	d.in.kind = kindEffect
	if what == "mma" {
		d.wmma(shape)
		return
	}
	t := d.typ()
	a := d.s.Args
	if len(a) != 2 && len(a) != 3 {
		d.fail("got %d operands, want 2 or 3", len(a))
	}
	load := what == "load"
	regs, addr := a[0], a[1]
	if !load {
		regs, addr = a[1], a[0]
	}
	p := d.part(which, shape, t, regs, load)
	stride := d.literal(uint64(p.cols), false)
	if layouts[0] == "col" {
		stride = d.literal(uint64(p.rows), false)
	}
	if len(a) == 3 {
		stride = d.src(a[2], ptx.U32)
	}
	tmp := d.p.newRow(isWide(t))
	d.memory(addr, sp)
	d.grains(sp, t.Size())
	d.in.size, d.in.vec = uint8(t.Size()), 1
	d.in.x = &extra{regs: []uint32{tmp}, wide: []bool{isWide(t)}, typ: t, sp: sp}
	column := layouts[0] == "col"
	d.in.do = func(w *warp, in *inst, mask uint32) {
		if w.whole(in, mask) {
			w.wmmaMove(in, p, stride, column, load)
		}
	}
}

// wmmaMove loads or stores a fragment, slot by slot, through a row of its own.
func (w *warp) wmmaMove(in *inst, p *wmmaPart, stride uint32, column, load bool) {
	w.addresses(in, fullMask)
	base, ld := w.ea, rowOf[uint32](w, stride)
	n, bits := uint64(p.typ.Size()), uint(8*p.typ.Size())
	wide, tmp := isWide(p.typ), in.x.regs[0]
	move := map[bool]map[ptx.Space]func(*warp, *inst, uint32){
		true: {ptx.Global: (*warp).loadGlobalEA, ptx.Shared: (*warp).loadSharedEA,
			ptx.Generic: (*warp).loadGenericEA},
		false: {ptx.Global: (*warp).storeGlobalEA, ptx.Shared: (*warp).storeSharedEA,
			ptx.Generic: (*warp).storeGenericEA},
	}[load][in.x.sp]
	for i := range p.slots() {
		reg, shift := p.regs[i/p.each], bits*uint(i%p.each)
		for l := range lanes {
			row, col := p.at(l, i)
			if column {
				row, col = col, row
			}
			w.ea[l] = base[l] + n*(uint64(row)*uint64(ld[l])+uint64(col))
			if !load {
				w.setLane(tmp, wide, l, w.getLane(reg, wide, l)>>shift)
			}
		}
		w.survey(fullMask)
		if move(w, in, fullMask); w.l.err != nil {
			return
		}
		for l := 0; load && l < lanes; l++ {
			v := w.getLane(tmp, wide, l)
			if p.each > 1 {
				m := uint64(1)<<bits - 1
				v = w.getLane(reg, false, l)&^(m<<shift) | v&m<<shift
			}
			w.setLane(reg, wide, l, v)
		}
	}
}

// wmma decodes the product itself.
func (d *decoder) wmma(shape [3]int) {
	sat := d.has("satfinite")
	d.take("rn", "rz", "rm", "rp")
	types := []ptx.Type{d.typ(), d.typ()}
	ta, tb := ptx.F16, ptx.F16
	if len(d.mods) > 0 {
		ta, tb = types[1], d.typ()
		types[1] = d.typ()
	}
	o := d.args(4)
	to, a := d.part("d", shape, types[0], o[0], true), d.part("a", shape, ta, o[1], false)
	b, c := d.part("b", shape, tb, o[2], false), d.part("c", shape, types[1], o[3], false)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		if w.whole(in, mask) {
			w.wmma(to, a, b, c, sat)
			w.l.count.TensorFLOPs += uint64(2 * shape[0] * shape[1] * shape[2])
		}
	}
}

// values unpacks a fragment, row by row.
func (w *warp) values(p *wmmaPart) []float64 {
	out := make([]float64, p.size())
	for l := range lanes {
		for i := range p.slots() {
			v := w.getLane(p.regs[i/p.each], isWide(p.typ), l)
			row, col := p.at(l, i)
			out[row*p.cols+col] = scalar(v>>(8*p.typ.Size()*(i%p.each)), p.typ)
		}
	}
	return out
}

// scalar is the value of the low bits of v.
func scalar(v uint64, t ptx.Type) float64 {
	switch t {
	case ptx.F16:
		return float64(round.FromF16(uint16(v)))
	case ptx.BF16:
		return float64(round.FromBF16(uint16(v)))
	case ptx.TF32:
		return float64(math.Float32frombits(uint32(v) &^ 0x1fff))
	case ptx.F32:
		return float64(math.Float32frombits(uint32(v)))
	case ptx.S32:
		return float64(int32(v))
	}
	return element(v, 0, t)
}

// wmma multiplies as mma does: float32 and float64 in the order of k, integers
// exactly.
func (w *warp) wmma(to, pa, pb, pc *wmmaPart, sat bool) {
	a, b, c := w.values(pa), w.values(pb), w.values(pc)
	depth := pa.cols
	out := make([]uint64, to.size())
	for i := range out {
		row, col := i/to.cols, i%to.cols
		z := c[i]
		for k := range depth {
			x, y := a[row*depth+k], b[k*pb.cols+col]
			switch to.typ {
			case ptx.F64:
				z = math.FMA(x, y, z)
			case ptx.S32:
				z += x * y
			default:
				z = float64(float32(z) + float32(x*y))
			}
		}
		switch to.typ {
		case ptx.F64:
			out[i] = math.Float64bits(canon64(z))
		case ptx.S32:
			out[i] = uint64(uint32(int64(z)))
			if sat {
				out[i] = uint64(uint32(clampS32(int64(z))))
			}
		case ptx.F16:
			out[i] = uint64(round.ToF16(z, round.NearestEven))
		default:
			out[i] = uint64(math.Float32bits(canon(float32(z))))
		}
	}
	bits := 8 * to.typ.Size()
	for l := range lanes {
		for r, reg := range to.regs {
			var v uint64
			for i := range to.each {
				row, col := to.at(l, r*to.each+i)
				v |= out[row*to.cols+col] << (bits * i)
			}
			w.setLane(reg, isWide(to.typ), l, v)
		}
	}
}
