package emu

import (
	"github.com/stillfield/stillfield/cuda/emu/ptx"
	"github.com/stillfield/stillfield/cuda/emu/round"
)

// convertPair decodes cvt.rn.bf16x2.f32 d, a, b: a in the upper half.
func (d *decoder) convertPair(c conversion) {
	t := c.to
	c.to = ptx.F16
	if t == ptx.BF16x2 {
		c.to = ptx.BF16
	}
	a := d.args(3)
	d.in.a, d.in.b = d.src(a[1], ptx.F32), d.src(a[2], ptx.F32)
	exec := lanes2(func(a, b uint32) uint32 { return uint32(c.bits(uint64(a))<<16 | c.bits(uint64(b))) })
	if c.to == ptx.BF16 && c.round == round.NearestEven && !c.relu && !c.fin {
		exec = lanes2(func(a, b uint32) uint32 { return bf16Bits(a)<<16 | bf16Bits(b) })
	}
	d.row(a[0], t, exec)
}

// convertPack decodes cvt.pack.sat.s16.s32 d, a, b and its 8-bit forms with c.
func (d *decoder) convertPack() {
	d.has("sat")
	to, from := d.one(ptx.U16, ptx.S16, ptx.U8, ptx.S8), d.one(ptx.S32)
	c := conversion{from: from, to: to, sat: true}
	part := func(x uint32) uint32 { return uint32(c.bits(uint64(x)) & (1<<to.Bits() - 1)) }
	if to.Size() == 2 {
		d.binary(from, lanes2(func(a, b uint32) uint32 { return part(a)<<16 | part(b) }))
		return
	}
	d.take("b32")
	d.ternary(from, lanes3(func(a, b, c uint32) uint32 { return c<<16 | part(a)<<8 | part(b) }))
}
