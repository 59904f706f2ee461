package emu

import (
	"math"
	"math/big"
)

// A conversion says how cvt turns bits of one type into bits of another.
type conversion struct {
	from, to            typ
	round               rounding
	integral            bool // .rni and the like
	ftz, sat, relu, fin bool
}

var integralModes = map[string]rounding{
	"rni": roundNearest, "rzi": roundZero, "rmi": roundDown, "rpi": roundUp,
}

func decodeCvt(d *decoder) {
	var c conversion
	if d.has("pack") {
		d.convertPack()
		return
	}
	if m := d.take("rni", "rzi", "rmi", "rpi"); m != "" {
		c.integral, c.round = true, integralModes[m]
	} else {
		c.round = roundings[d.take("rn", "rz", "rm", "rp", "rna")]
	}
	c.ftz, c.sat, c.relu, c.fin = d.has("ftz"), d.has("sat"), d.has("relu"), d.has("satfinite")
	c.to, c.from = d.typ(), d.typ()
	if c.to == e4m3x2 || c.to == e5m2x2 || c.from == e4m3x2 || c.from == e5m2x2 {
		d.convertBytes(c)
		return
	}
	if c.to == f16x2 || c.to == bf16x2 {
		d.convertPair(c)
		return
	}
	a := d.args(2)
	src, srcWide := d.loose(a[1], c.from, false)
	dst, dstWide := d.loose(a[0], c.to, true)
	d.in.kind, d.in.a, d.in.d, d.in.wide = kindRow, src, dst, dstWide
	if d.in.exec = c.fast(srcWide, dstWide); d.in.exec != nil {
		return
	}
	f := c.bits
	if a[0].kind == opReg && d.f.regs[a[0].reg].size() == 2 {
		f = func(b uint64) uint64 { return c.bits(b) & 0xffff }
	}
	switch {
	case srcWide && dstWide:
		d.in.exec = lanes1(f)
	case srcWide:
		d.in.exec = lanes1(func(a uint64) uint32 { return uint32(f(a)) })
	case dstWide:
		d.in.exec = lanes1(func(a uint32) uint64 { return f(uint64(a)) })
	default:
		d.in.exec = lanes1(func(a uint32) uint32 { return uint32(f(uint64(a))) })
	}
}

// fast returns the row loop of the common conversions, or nil.
func (c conversion) fast(srcWide, dstWide bool) rowFunc {
	if c.sat || c.ftz {
		return nil
	}
	if c.round == roundNearest && !c.integral {
		switch [2]typ{c.to, c.from} {
		case [2]typ{f32, s32}:
			return lanes1(func(a int32) float32 { return float32(a) })
		case [2]typ{f32, u32}:
			return lanes1(func(a uint32) float32 { return float32(a) })
		case [2]typ{bf16, f32}:
			if !c.relu && !c.fin {
				return lanes1(bf16Bits)
			}
		case [2]typ{f32, bf16}:
			return lanes1(func(a uint32) uint32 { return a << 16 })
		}
	}
	if c.to == tf32 && c.from == f32 && c.round == roundAway && !c.relu && !c.fin {
		return lanes1(tf32Bits)
	}
	if !c.from.integer() || !c.to.integer() || c.from.size() < 4 || c.to.size() < 4 {
		return nil
	}
	switch {
	case srcWide && dstWide && c.from.size() == 8 && c.to.size() == 8:
		return copyRow[uint64]
	case srcWide && !dstWide:
		return castRow[uint64, uint32]
	case !srcWide && !dstWide:
		return copyRow[uint32]
	case !srcWide && c.from == s32:
		return castRow[int32, int64]
	case !srcWide && c.to.size() == 8:
		return castRow[uint32, uint64]
	}
	return nil
}

// bf16Bits rounds float32 bits to bfloat16, ties to even.
func bf16Bits(b uint32) uint32 {
	if b&0x7fffffff > 0x7f800000 {
		return 0x7fff
	}
	return (b + 0x7fff + b>>16&1) >> 16
}

// tf32Bits rounds float32 bits to ten bits of mantissa, ties away from zero.
func tf32Bits(b uint32) uint32 {
	if b&0x7fffffff > 0x7f800000 {
		return canonicalNaN
	}
	return (b + 0x1000) &^ 0x1fff
}

// bits converts one value; the result is extended to 64 bits by the sign of to.
func (c conversion) bits(b uint64) uint64 {
	if c.from.integer() {
		v := extend(b, c.from)
		if c.to.integer() {
			return extend(c.clampInt(v), c.to)
		}
		return c.intToFloat(v)
	}
	x := c.load(b)
	if c.to.integer() {
		return extend(c.floatToInt(x), c.to)
	}
	return c.floatToFloat(x)
}

// extend widens the low bits of b, of type t, to 64.
func extend(b uint64, t typ) uint64 {
	s := 64 - t.bits()
	if t.signed() {
		return uint64(int64(b<<s) >> s)
	}
	return b << s >> s
}

// bounds of an integer type, the lower as its two's complement.
func intBounds(t typ) (lo int64, hi uint64) {
	if t.signed() {
		return math.MinInt64 >> (64 - t.bits()), math.MaxInt64 >> (64 - t.bits())
	}
	return 0, math.MaxUint64 >> (64 - t.bits())
}

// clampInt applies .sat to an extended integer.
func (c conversion) clampInt(v uint64) uint64 {
	if !c.sat {
		return v
	}
	lo, hi := intBounds(c.to)
	if c.from.signed() && int64(v) < 0 {
		return uint64(max(int64(v), lo))
	}
	return min(v, hi)
}

func (c conversion) load(b uint64) float64 {
	switch c.from {
	case f64:
		return math.Float64frombits(b)
	case f32:
		return floatMode{ftz: c.ftz}.in(uint32(b))
	}
	return float64(halfOf(c.from).from(uint16(b)))
}

func integral(x float64, mode rounding) float64 {
	switch mode {
	case roundZero:
		return math.Trunc(x)
	case roundDown:
		return math.Floor(x)
	case roundUp:
		return math.Ceil(x)
	}
	return math.RoundToEven(x)
}

// floatToInt clamps to the destination's range. Not-a-number gives zero, or the
// top bit when either side has 64 bits.
func (c conversion) floatToInt(x float64) uint64 {
	if x != x {
		if c.from == f64 || c.to.size() == 8 {
			return 1 << (c.to.bits() - 1)
		}
		return 0
	}
	mode := c.round
	if !c.integral {
		mode = roundZero
	}
	x = integral(x, mode)
	lo, hi := intBounds(c.to)
	switch {
	case x <= float64(lo):
		return uint64(lo)
	case x >= float64(hi):
		return hi
	case x < 0:
		return uint64(int64(x))
	}
	return uint64(x)
}

func (c conversion) intToFloat(v uint64) uint64 {
	neg := c.from.signed() && int64(v) < 0
	u := v
	if neg {
		u = -v
	}
	if c.to == f64 {
		z := new(big.Float).SetPrec(53).SetMode(bigModes[c.round]).SetUint64(u)
		if neg { // round the magnitude the other way
			m := map[rounding]rounding{roundDown: roundUp, roundUp: roundDown}
			if r, ok := m[c.round]; ok {
				z = new(big.Float).SetPrec(53).SetMode(bigModes[r]).SetUint64(u)
			}
			z.Neg(z)
		}
		f, _ := z.Float64()
		return math.Float64bits(f)
	}
	x := oddInt(u)
	if neg {
		x = -x
	}
	return c.store(x)
}

func (c conversion) floatToFloat(x float64) uint64 {
	if c.integral || c.from == c.to && c.round != roundNearest {
		x = integral(x, c.round)
	}
	return c.store(x)
}

// store rounds to the destination and applies .sat, .relu, .satfinite, .ftz.
func (c conversion) store(x float64) uint64 {
	mode := c.round
	if c.integral {
		mode = roundNearest
	}
	switch {
	case c.sat && !(x > 0), c.relu && x <= 0:
		x = 0
	case c.sat && x > 1:
		x = 1
	}
	if c.fin {
		limit := map[typ]float64{f16: 65504, bf16: 0x1.fep127, tf32: 0x1.ffcp127, f32: math.MaxFloat32}[c.to]
		if x == x && limit > 0 {
			x = min(max(x, -limit), limit)
		}
	}
	switch c.to {
	case f64:
		return math.Float64bits(canon64(x))
	case f32:
		return uint64(floatMode{round: mode, ftz: c.ftz}.out(x))
	case tf32:
		return uint64(toTF32(x, mode))
	}
	return uint64(halfOf(c.to).to(x, mode))
}
