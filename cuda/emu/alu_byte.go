package emu

import (
	"math"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// The 8-bit floats: e5m2 is a half without its lower byte; e4m3 has no infinity,
// its largest number is 448 and its not-a-number 0x7f.

// fromE5M2 and fromE4M3 widen an 8-bit float, exactly.
func fromE5M2(b uint8) float32 { return round.FromF16(uint16(b) << 8) }

func fromE4M3(b uint8) float32 {
	e, m := int(b>>3&15), float64(b&7)
	var x float64
	switch {
	case b&0x7f == 0x7f:
		return math.Float32frombits(round.CanonicalNaN)
	case e == 0:
		x = math.Ldexp(m, -9)
	default:
		x = math.Ldexp(8+m, e-10)
	}
	if b>>7 == 1 {
		x = -x
	}
	return float32(x)
}

// toByte rounds to the nearest number of an 8-bit float, the largest for those
// beyond it.
func toByte(x float64, t ptx.Type) uint8 {
	if x != x {
		return 0x7f
	}
	if t == ptx.E5M2x2 {
		x = round.Narrow(min(max(x, -57344), 57344), 3, -14, 15, round.NearestEven)
		return uint8(round.ToF16(x, round.NearestEven) >> 8)
	}
	x = round.Narrow(min(max(x, -448), 448), 4, -6, 8, round.NearestEven)
	var b uint8
	if math.Signbit(x) {
		b = 0x80
	}
	if x = math.Abs(x); x < 0x1p-6 {
		return b | uint8(math.Ldexp(x, 9))
	}
	m, e := math.Frexp(x) // x = m·2^e, m from ½ to 1
	return b | uint8(e+6)<<3 | uint8(16*m)&7
}

// convertBytes decodes cvt from and to pairs of 8-bit floats: of two float32, a in
// the upper byte, or of two halves.
func (d *decoder) convertBytes(c conversion) {
	byteOf := func(x float64) uint32 {
		if c.relu && x <= 0 {
			x = 0
		}
		return uint32(toByte(x, c.to))
	}
	half := func(h uint32) float64 { return float64(round.FromF16(uint16(h))) }
	switch {
	case c.from == ptx.F32:
		a := d.args(3)
		d.in.a, d.in.b = d.src(a[1], ptx.F32), d.src(a[2], ptx.F32)
		d.row(a[0], ptx.B16, lanes2(func(a, b float32) uint32 {
			return byteOf(float64(a))<<8 | byteOf(float64(b))
		}))
	case c.from == ptx.F16x2:
		a := d.args(2)
		d.in.a = d.src(a[1], ptx.F16x2)
		d.row(a[0], ptx.B16, lanes1(func(a uint32) uint32 {
			return byteOf(half(a>>16))<<8 | byteOf(half(a))
		}))
	default:
		from := fromE4M3
		if c.from == ptx.E5M2x2 {
			from = fromE5M2
		}
		a := d.args(2)
		d.in.a = d.src(a[1], ptx.B16)
		mode := halfMode{halfFormat: halfF16, relu: c.relu}
		one := func(b uint8) uint32 { return uint32(mode.out(float64(from(b)))) }
		d.row(a[0], ptx.F16x2, lanes1(func(a uint32) uint32 { return one(uint8(a>>8))<<16 | one(uint8(a)) }))
	}
}
