package emu

import (
	"math"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// decodeMinMax decodes min and max.
func decodeMinMax(d *decoder) {
	relu := d.has("relu")
	f := d.extreme()
	m := d.floatMode()
	t := d.typ()
	least := d.base == "min"
	switch {
	case t == ptx.U16x2 || t == ptx.S16x2:
		d.pairs(t, relu)
	case t == ptx.S32 && relu && least:
		d.binary(t, lanes2(func(a, b int32) int32 { return max(min(a, b), 0) }))
	case t == ptx.S32 && relu:
		d.binary(t, lanes2(func(a, b int32) int32 { return max(a, b, 0) }))
	case t == ptx.F32:
		d.in.flops = 1
		d.binary(t, m.row2(f))
	case t == ptx.F64:
		d.binary(t, lanes2(func(a, b float64) float64 { return canon64(f(a, b)) }))
	case t == ptx.F16 || t == ptx.BF16 || t == ptx.F16x2 || t == ptx.BF16x2:
		h := halfMode{halfOf(t), m.ftz, false, false, t == ptx.F16x2 || t == ptx.BF16x2}
		a := d.args(3)
		d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], t)
		d.in.c = d.in.b
		d.row(a[0], t, h.row(func(x, y, _ float64) float64 { return f(x, y) }))
	case t.Integer() && t.Size() > 1 && least:
		d.binary(t, intMin(t))
	case t.Integer() && t.Size() > 1:
		d.binary(t, intMax(t))
	default:
		d.fail("%s is not defined for .%s", d.base, t)
	}
}

// extreme is min or max of floats: a number rather than not-a-number, unless .NaN
// is given; with .xorsign.abs of the magnitudes, with the sign of the product.
func (d *decoder) extreme() func(x, y float64) float64 {
	f := maxNum
	if d.base == "min" {
		f = minNum
	}
	if d.has("NaN") {
		number := f
		f = func(x, y float64) float64 {
			if x != x || y != y {
				return math.NaN()
			}
			return number(x, y)
		}
	}
	if !d.has("xorsign") {
		return f
	}
	d.has("abs")
	return func(x, y float64) float64 {
		sign := 1.0
		if math.Signbit(x) != math.Signbit(y) {
			sign = -1
		}
		return math.Copysign(f(math.Abs(x), math.Abs(y)), sign)
	}
}
