package emu

import (
	"math"
	"math/big"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// floatBinary decodes add, sub, mul and div of the float types.
func (d *decoder) floatBinary(t ptx.Type, m floatMode) {
	switch t {
	case ptx.F32:
		d.in.flops = 1
		d.binary(t, f32Row(d.base, m))
	case ptx.F64:
		d.binary(t, f64Row(d.base, m.round))
	case ptx.F16, ptx.BF16, ptx.F16x2, ptx.BF16x2:
		f, ok := map[string]func(x, y, z float64) float64{"add": halfAdd, "sub": halfSub,
			"mul": halfMul}[d.base]
		if !ok || m.round != round.NearestEven {
			d.fail("%s is not defined for .%s", d.base, t)
		}
		h := halfMode{halfOf(t), m.ftz, m.sat, false, t == ptx.F16x2 || t == ptx.BF16x2}
		a := d.args(3)
		d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], t)
		d.in.c = d.in.b
		d.row(a[0], t, h.row(f))
	default:
		d.fail("%s is not defined for .%s", d.base, t)
	}
}

// f32Row is add, sub, mul or div of float32 in a mode.
func f32Row(base string, m floatMode) rowFunc {
	switch base {
	case "add":
		if m.plain() {
			return vector32.add
		}
		return m.row2(m.sum)
	case "sub":
		if m.plain() {
			return vector32.sub
		}
		return m.row2(func(x, y float64) float64 { return m.sum(x, -y) })
	case "mul":
		if m.plain() {
			return vector32.mul
		}
		return m.row2(exactMul)
	}
	if m.plain() {
		return vector32.div
	}
	return m.row2(exactDiv)
}

// f64Row is add, sub, mul or div of float64 in a rounding mode.
func f64Row(base string, mode round.Mode) rowFunc {
	switch base {
	case "add":
		return f64Op2(mode, addF64, func(z, a, b *big.Float) { z.Add(a, b) })
	case "sub":
		return f64Op2(mode, subF64, func(z, a, b *big.Float) { z.Sub(a, b) })
	case "mul":
		return f64Op2(mode, mulF64, func(z, a, b *big.Float) { z.Mul(a, b) })
	}
	return f64Op2(mode, divF64, func(z, a, b *big.Float) { z.Quo(a, b) })
}

// floatDiv decodes div.approx, div.full and div.rn of float32. All are
// correctly rounded here; hardware is within 2 ulp, and its div.approx gives
// zero for divisors above 2^126.
func (d *decoder) floatDiv(m floatMode) {
	d.in.flops = 1
	d.binary(ptx.F32, f32Row("div", m))
}

// floatFMA decodes fma and mad of float32 and float64.
func (d *decoder) floatFMA(t ptx.Type, m floatMode) {
	switch {
	case t == ptx.F32 && m.plain():
		d.in.flops = 2
		d.ternary(t, vector32.fma)
	case t == ptx.F32:
		d.in.flops = 2
		d.ternary(t, m.row3(func(x, y, z float64) float64 { return m.sum(x*y, z) }))
	default:
		d.ternary(t, f64FMA(m.round))
	}
}

// decodeFMA decodes fma.
func decodeFMA(d *decoder) {
	relu := d.has("relu")
	m := d.floatMode()
	t := d.one(ptx.F32, ptx.F64, ptx.F16, ptx.BF16, ptx.F16x2, ptx.BF16x2)
	if t == ptx.F32 || t == ptx.F64 {
		d.floatFMA(t, m)
		return
	}
	h := halfMode{halfOf(t), m.ftz, m.sat, relu, t == ptx.F16x2 || t == ptx.BF16x2}
	d.ternary(t, h.row(halfFMA))
}

var unaryDefs = map[string]func(x float64) float64{
	"rcp":   func(x float64) float64 { return round.OddQuotient(1, x) },
	"sqrt":  round.OddRoot,
	"rsqrt": func(x float64) float64 { return 1 / math.Sqrt(x) },
	"sin":   math.Sin,
	"cos":   math.Cos,
	"lg2":   math.Log2,
	"ex2":   exp2,
	"tanh":  math.Tanh,
}

// decodeUnary decodes the functions of one value. The approximate ones are
// evaluated in float64 and rounded.
func decodeUnary(d *decoder) {
	d.has("approx")
	m := d.floatMode()
	t := d.one(ptx.F32, ptx.F64, ptx.F16, ptx.BF16, ptx.F16x2, ptx.BF16x2)
	f := unaryDefs[d.base]
	switch {
	case t == ptx.F32 && d.base == "ex2" && m.ftz && m.round == round.NearestEven && !m.sat:
		d.in.flops = 1
		d.unary(t, lanes1(exp2Flush))
	case t == ptx.F32 && d.base == "sqrt" && m.plain():
		d.in.flops = 1 // a root of 24 bits rounded to 53 and then to 24 is rounded right
		d.unary(t, lanes1(func(a float32) float32 { return canon(float32(math.Sqrt(float64(a)))) }))
	case t == ptx.F32 && d.base == "rcp" && m.plain():
		d.in.flops = 1
		d.unary(t, lanes1(func(a float32) float32 { return canon(1 / a) }))
	case t == ptx.F32:
		d.in.flops = 1
		d.unary(t, m.row1(f))
	case t == ptx.F64 && m.ftz:
		root := d.base == "rsqrt"
		d.unary(t, lanes1(func(a float64) float64 {
			if a = flush64(a); root {
				a = math.Sqrt(a)
			}
			return flush64(canon64(1 / a))
		}))
	case t == ptx.F64 && d.base == "rcp":
		d.unary(t, lanes1(func(a float64) float64 {
			return directed(m.round, 1/a, func(z *big.Float) { z.Quo(bigOf(1), bigOf(a)) }, a)
		}))
	case t == ptx.F64 && d.base == "sqrt":
		d.unary(t, lanes1(func(a float64) float64 {
			return directed(m.round, math.Sqrt(a), func(z *big.Float) { z.Sqrt(bigOf(a)) }, a)
		}))
	case t == ptx.F64 && d.base == "rsqrt":
		d.unary(t, lanes1(func(a float64) float64 { return canon64(1 / math.Sqrt(a)) }))
	case d.base == "ex2" || d.base == "tanh":
		g := func(x, _, _ float64) float64 { return f(x) }
		h := halfMode{halfOf(t), m.ftz, false, false, t == ptx.F16x2 || t == ptx.BF16x2}
		a := d.args(2)
		d.in.a = d.src(a[1], t)
		d.in.b, d.in.c = d.in.a, d.in.a
		d.row(a[0], t, h.row(g))
	default:
		d.fail("%s is not defined for .%s", d.base, t)
	}
}

// flush64 makes a zero of a subnormal.
func flush64(x float64) float64 {
	if math.Abs(x) < 0x1p-1022 {
		return math.Copysign(0, x)
	}
	return x
}

// exp2Flush is ex2.approx.ftz.f32.
func exp2Flush(a uint32) uint32 {
	m := floatMode{ftz: true}
	return m.out(exp2(m.in(a)))
}

// exp2 is 2^x to 1e-13, five times as fast as math.Exp2: with x = k+f,
// |f| ≤ ½, it is 2^k times the series of e^(f·ln 2) to the tenth power.
func exp2(x float64) float64 {
	if !(math.Abs(x) < 1000) {
		return math.Exp2(x)
	}
	k := int(x + math.Copysign(0.5, x))
	y := (x - float64(k)) * math.Ln2
	y2 := y * y
	y4 := y2 * y2
	p := 1 + y + y2*(1./2+y*(1./6)) + y4*(1./24+y*(1./120)+y2*(1./720+y*(1./5040))) +
		y4*y4*(1./40320+y*(1./362880)+y2*(1./3628800))
	return p * math.Float64frombits(uint64(k+1023)<<52)
}

// floatSign decodes abs and neg of the float types, which work on the bits.
func (d *decoder) floatSign(t ptx.Type, m floatMode, neg bool) {
	flip, clear := uint64(0), uint64(0)
	switch t {
	case ptx.F32, ptx.F16x2, ptx.BF16x2:
		flip = 1 << 31
		if t != ptx.F32 {
			flip |= 1 << 15
		}
	case ptx.F64:
		flip = 1 << 63
	case ptx.F16, ptx.BF16:
		flip = 1 << 15
	default:
		d.fail("%s is not defined for .%s", d.base, t)
	}
	if !neg {
		flip, clear = 0, flip
	}
	switch {
	case t == ptx.F64:
		d.unary(t, lanes1(func(a uint64) uint64 { return a&^clear ^ flip }))
	case t == ptx.F32 && m.ftz:
		d.unary(t, lanes1(func(a uint32) uint32 {
			if a&0x7f800000 == 0 {
				a &= 0x80000000
			}
			return a&^uint32(clear) ^ uint32(flip)
		}))
	default:
		d.unary(t, lanes1(func(a uint32) uint32 { return a&^uint32(clear) ^ uint32(flip) }))
	}
}

// decodeCopysign: the sign of a on the magnitude of b.
func decodeCopysign(d *decoder) {
	if t := d.one(ptx.F32, ptx.F64); t == ptx.F64 {
		d.binary(t, lanes2(func(a, b uint64) uint64 { return b&^(1<<63) | a&(1<<63) }))
		return
	}
	d.binary(ptx.F32, lanes2(func(a, b uint32) uint32 { return b&^(1<<31) | a&(1<<31) }))
}
