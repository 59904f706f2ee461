package emu

import (
	"math"
	"math/big"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// A conversion says how cvt turns bits of one type into bits of another.
type conversion struct {
	from, to            ptx.Type
	round               round.Mode
	integral            bool // .rni and the like
	ftz, sat, relu, fin bool
}

var integralModes = map[string]round.Mode{
	"rni": round.NearestEven, "rzi": round.TowardZero, "rmi": round.Down, "rpi": round.Up,
}

// decodeCvt decodes cvt.
func decodeCvt(d *decoder) {
	var c conversion
	if d.has("pack") {
		d.convertPack()
		return
	}
	if m := d.take("rni", "rzi", "rmi", "rpi"); m != "" {
		c.integral, c.round = true, integralModes[m]
	} else {
		c.round = round.Modes[d.take("rn", "rz", "rm", "rp", "rna")]
	}
	c.ftz, c.sat, c.relu, c.fin = d.has("ftz"), d.has("sat"), d.has("relu"), d.has("satfinite")
	c.to, c.from = d.typ(), d.typ()
	if c.to == ptx.E4M3x2 || c.to == ptx.E5M2x2 || c.from == ptx.E4M3x2 || c.from == ptx.E5M2x2 {
		d.convertBytes(c)
		return
	}
	if c.to == ptx.F16x2 || c.to == ptx.BF16x2 {
		d.convertPair(c)
		return
	}
	a := d.args(2)
	src, srcWide := d.atLeast(a[1], c.from, false)
	dst, dstWide := d.atLeast(a[0], c.to, true)
	d.in.kind, d.in.a, d.in.d, d.in.wide = kindRow, src, dst, dstWide
	if d.in.exec = c.fast(srcWide, dstWide); d.in.exec != nil {
		return
	}
	f := c.bits
	if a[0].Kind == ptx.RegisterOperand && d.f.Registers[a[0].Register].Size() == 2 {
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
	if c.round == round.NearestEven && !c.integral {
		switch [2]ptx.Type{c.to, c.from} {
		case [2]ptx.Type{ptx.F32, ptx.S32}:
			return lanes1(func(a int32) float32 { return float32(a) })
		case [2]ptx.Type{ptx.F32, ptx.U32}:
			return lanes1(func(a uint32) float32 { return float32(a) })
		case [2]ptx.Type{ptx.BF16, ptx.F32}:
			if !c.relu && !c.fin {
				return lanes1(bf16Bits)
			}
		case [2]ptx.Type{ptx.F32, ptx.BF16}:
			return lanes1(func(a uint32) uint32 { return a << 16 })
		}
	}
	if c.to == ptx.TF32 && c.from == ptx.F32 && c.round == round.NearestAway && !c.relu && !c.fin {
		return lanes1(tf32Bits)
	}
	if !c.from.Integer() || !c.to.Integer() || c.from.Size() < 4 || c.to.Size() < 4 {
		return nil
	}
	switch {
	case srcWide && dstWide && c.from.Size() == 8 && c.to.Size() == 8:
		return copyRow[uint64]
	case srcWide && !dstWide:
		return castRow[uint64, uint32]
	case !srcWide && !dstWide:
		return copyRow[uint32]
	case !srcWide && c.from == ptx.S32:
		return castRow[int32, int64]
	case !srcWide && c.to.Size() == 8:
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
		return round.CanonicalNaN
	}
	return (b + 0x1000) &^ 0x1fff
}

// bits converts one value; the result is extended to 64 bits by the sign of to.
func (c conversion) bits(b uint64) uint64 {
	if c.from.Integer() {
		v := extend(b, c.from)
		if c.to.Integer() {
			return extend(c.clampInt(v), c.to)
		}
		return c.intToFloat(v)
	}
	x := c.load(b)
	if c.to.Integer() {
		return extend(c.floatToInt(x), c.to)
	}
	return c.floatToFloat(x)
}

// extend widens the low bits of b, of type t, to 64.
func extend(b uint64, t ptx.Type) uint64 {
	s := 64 - t.Bits()
	if t.Signed() {
		return uint64(int64(b<<s) >> s)
	}
	return b << s >> s
}

// bounds of an integer type, the lower as its two's complement.
func intBounds(t ptx.Type) (lo int64, hi uint64) {
	if t.Signed() {
		return math.MinInt64 >> (64 - t.Bits()), math.MaxInt64 >> (64 - t.Bits())
	}
	return 0, math.MaxUint64 >> (64 - t.Bits())
}

// clampInt applies .sat to an extended integer.
func (c conversion) clampInt(v uint64) uint64 {
	if !c.sat {
		return v
	}
	lo, hi := intBounds(c.to)
	if c.from.Signed() && int64(v) < 0 {
		return uint64(max(int64(v), lo))
	}
	return min(v, hi)
}

// load is the number that the bits of a floating-point source stand for.
func (c conversion) load(b uint64) float64 {
	switch c.from {
	case ptx.F64:
		return math.Float64frombits(b)
	case ptx.F32:
		return floatMode{ftz: c.ftz}.in(uint32(b))
	}
	return float64(halfOf(c.from).from(uint16(b)))
}

// integral rounds x to an integer.
func integral(x float64, mode round.Mode) float64 {
	switch mode {
	case round.TowardZero:
		return math.Trunc(x)
	case round.Down:
		return math.Floor(x)
	case round.Up:
		return math.Ceil(x)
	}
	return math.RoundToEven(x)
}

// floatToInt clamps to the destination's range. Not-a-number gives zero, or the
// top bit when either side has 64 bits.
func (c conversion) floatToInt(x float64) uint64 {
	if x != x {
		if c.from == ptx.F64 || c.to.Size() == 8 {
			return 1 << (c.to.Bits() - 1)
		}
		return 0
	}
	mode := c.round
	if !c.integral {
		mode = round.TowardZero
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

// intToFloat converts an integer, rounding once.
func (c conversion) intToFloat(v uint64) uint64 {
	neg := c.from.Signed() && int64(v) < 0
	u := v
	if neg {
		u = -v
	}
	if c.to == ptx.F64 {
		z := new(big.Float).SetPrec(53).SetMode(bigModes[c.round]).SetUint64(u)
		if neg { // round the magnitude the other way
			m := map[round.Mode]round.Mode{round.Down: round.Up, round.Up: round.Down}
			if r, ok := m[c.round]; ok {
				z = new(big.Float).SetPrec(53).SetMode(bigModes[r]).SetUint64(u)
			}
			z.Neg(z)
		}
		f, _ := z.Float64()
		return math.Float64bits(f)
	}
	x := round.OddInt(u)
	if neg {
		x = -x
	}
	return c.store(x)
}

// floatToFloat converts between floating-point formats, or rounds to an integer within one.
func (c conversion) floatToFloat(x float64) uint64 {
	if c.integral || c.from == c.to && c.round != round.NearestEven {
		x = integral(x, c.round)
	}
	return c.store(x)
}

// store rounds to the destination and applies .sat, .relu, .satfinite, .ftz.
func (c conversion) store(x float64) uint64 {
	mode := c.round
	if c.integral {
		mode = round.NearestEven
	}
	switch {
	case c.sat && !(x > 0), c.relu && x <= 0:
		x = 0
	case c.sat && x > 1:
		x = 1
	}
	if c.fin {
		limit := map[ptx.Type]float64{ptx.F16: 65504, ptx.BF16: 0x1.fep127, ptx.TF32: 0x1.ffcp127,
			ptx.F32: math.MaxFloat32}[c.to]
		if x == x && limit > 0 {
			x = min(max(x, -limit), limit)
		}
	}
	switch c.to {
	case ptx.F64:
		return math.Float64bits(canon64(x))
	case ptx.F32:
		return uint64(floatMode{round: mode, ftz: c.ftz}.out(x))
	case ptx.TF32:
		return uint64(round.ToTF32(x, mode))
	}
	return uint64(halfOf(c.to).to(x, mode))
}
