package emu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// decodeMov decodes mov.
func decodeMov(d *decoder) {
	t := d.typ()
	a := d.args(2)
	switch {
	case t == ptx.Pred:
		p, flip := d.predicate(a[1])
		d.in.kind, d.in.d, d.in.x = kindPred, uint32(d.predDst(a[0])), &extra{q: sinkPred}
		d.in.test = func(w *warp, in *inst) uint32 { return w.preds[p] ^ flip }
	case a[1].Kind == ptx.VectorOperand:
		d.pack(t, a[0], a[1].List)
	case a[0].Kind == ptx.VectorOperand:
		d.unpack(t, a[0].List, a[1])
	case a[1].Kind == ptx.SpecialOperand && clockNames[a[1].Name]:
		name := a[1].Name
		d.row(a[0], t, func(w *warp, in *inst, out unsafe.Pointer) { w.clock(name, out, in.wide) })
	default:
		d.in.pure = true
		d.in.a = d.src(a[1], t)
		d.row(a[0], t, byWidth(t, copyRow[uint32], copyRow[uint32], copyRow[uint64]))
	}
}

// pack decodes mov.b64 d, {a, b}: the first element in the low bits.
func (d *decoder) pack(t ptx.Type, to ptx.Operand, parts []ptx.Operand) {
	n := len(parts)
	if n != 2 && n != 4 || t.Size()/n < 2 && t.Size() != 4 || t.Size() < 4 || t.Size()%n != 0 {
		d.fail("cannot pack %d values into .%s", n, t)
	}
	bits := 8 * t.Size() / n
	part := map[int]ptx.Type{8: ptx.B8, 16: ptx.B16, 32: ptx.B32}[bits]
	x := &extra{}
	for _, o := range parts {
		if bits == 8 {
			part = ptx.B16
		}
		x.regs = append(x.regs, d.src(o, part))
	}
	d.in.x = x
	m := uint64(1)<<bits - 1
	d.row(to, t, func(w *warp, in *inst, out unsafe.Pointer) {
		var r [lanes]uint64
		for k, off := range in.x.regs {
			p := rowOf[uint32](w, off)
			for i := range r {
				r[i] |= (uint64(p[i]) & m) << (k * bits)
			}
		}
		if in.wide {
			*(*[lanes]uint64)(out) = r
			return
		}
		for i := range r {
			(*[lanes]uint32)(out)[i] = uint32(r[i])
		}
	})
}

// unpack decodes mov.b64 {a, b}, s.
func (d *decoder) unpack(t ptx.Type, parts []ptx.Operand, from ptx.Operand) {
	n := len(parts)
	if n != 2 && n != 4 || t.Size() < 4 || t.Size()%n != 0 {
		d.fail("cannot unpack .%s into %d values", t, n)
	}
	bits := 8 * t.Size() / n
	part := ptx.B32
	if bits < 32 {
		part = ptx.B16
	}
	x := &extra{}
	for _, o := range parts {
		x.regs = append(x.regs, d.dst(o, part))
	}
	d.in.x, d.in.a, d.in.kind = x, d.src(from, t), kindEffect
	m := uint64(1)<<bits - 1
	wide := isWide(t)
	d.in.do = func(w *warp, in *inst, mask uint32) {
		var s [lanes]uint64
		for i := range s {
			if wide {
				s[i] = rowOf[uint64](w, in.a)[i]
			} else {
				s[i] = uint64(rowOf[uint32](w, in.a)[i])
			}
		}
		for k, off := range in.x.regs {
			p := rowOf[uint32](w, off)
			for i := range s {
				if mask>>i&1 == 1 {
					p[i] = uint32(s[i] >> (k * bits) & m)
				}
			}
		}
	}
}

// Generic addresses: what is not in a window is global.
const (
	windowLog    = 46
	sharedWindow = 1 << windowLog
	localWindow  = 2 << windowLog
	windowMask   = 1<<windowLog - 1
)

// decodeCvta converts between an address in a space and a generic one.
func decodeCvta(d *decoder) {
	to := d.has("to")
	sp := d.take("global", "shared", "shared::cta", "local", "const")
	t := d.one(ptx.U64)
	a := d.args(2)
	d.in.a = d.src(a[1], t)
	window := uint64(0)
	switch sp {
	case "shared", "shared::cta":
		window = sharedWindow
	case "local":
		window = localWindow
	}
	if to {
		window = -window
	}
	if window == 0 {
		d.in.pure = true
		d.row(a[0], t, copyRow[uint64])
		return
	}
	d.in.b = d.literal(window, true)
	d.row(a[0], t, addRow[uint64])
}

// decodeIsspacep decodes isspacep.
func decodeIsspacep(d *decoder) {
	sp := d.take("global", "shared", "shared::cta", "local", "const")
	want := map[string]uint64{"global": 0, "shared": 1, "shared::cta": 1, "local": 2, "const": 3}[sp]
	a := d.args(2)
	d.in.a = d.src(a[1], ptx.U64)
	d.in.kind, d.in.d, d.in.x = kindPred, uint32(d.predDst(a[0])), &extra{q: sinkPred}
	d.in.test = func(w *warp, in *inst) (m uint32) {
		for i, x := range rowOf[uint64](w, in.a) {
			m |= bit(x>>windowLog == want) << i
		}
		return m
	}
}
