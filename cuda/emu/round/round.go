// Package round rounds float64 values to the floating-point formats of PTX, in each of its rounding modes.
//
// An operation on narrow values is computed in two steps: first in float64, rounded to odd — truncated,
// with the last bit set when anything was lost — which OddSum, OddQuotient, OddRoot and OddInt do; then
// that is rounded once to the narrow format. With 53 ≥ 24+2 bits the second rounding is as if it had seen
// the exact value, in every mode (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved
// algorithms using rounding to odd", 2008).
package round

import "math"

// A Mode is a rounding mode of PTX.
type Mode uint8

// The rounding modes, with their modifiers.
const (
	NearestEven Mode = iota // .rn: to the nearest, ties to even
	TowardZero              // .rz
	Down                    // .rm: toward −∞
	Up                      // .rp: toward +∞
	NearestAway             // .rna: to the nearest, ties away from zero
)

// Modes are the modes by their modifiers; no modifier is NearestEven.
var Modes = map[string]Mode{
	"": NearestEven, "rn": NearestEven, "rz": TowardZero, "rm": Down, "rp": Up, "rna": NearestAway,
}

// CanonicalNaN is what a float32 operation returns for not-a-number, whichever came in.
const CanonicalNaN = 0x7fffffff

// OddSum returns x+y rounded to odd.
func OddSum(x, y float64) float64 {
	s := x + y
	if math.IsInf(s, 0) || s != s {
		return s
	}
	t := s - x
	e := (x - (s - t)) + (y - t) // TwoSum: x+y = s+e exactly
	return toOdd(s, e)
}

// toOdd moves s, whose exact value is s+e, to the neighbour with an odd last bit.
func toOdd(s, e float64) float64 {
	b := math.Float64bits(s)
	if e == 0 || b&1 == 1 {
		return s
	}
	if (e > 0) == (s > 0) {
		return math.Float64frombits(b + 1)
	}
	return math.Float64frombits(b - 1)
}

// OddQuotient returns x/y rounded to odd, for float32 values.
func OddQuotient(x, y float64) float64 {
	q := x / y
	if q != q || math.IsInf(q, 0) || q == 0 || math.IsInf(y, 0) {
		return q
	}
	e := math.FMA(-q, y, x) // remainder; its sign over y says where x/y lies
	if y < 0 {
		e = -e
	}
	return toOdd(q, e)
}

// OddRoot returns √x rounded to odd.
func OddRoot(x float64) float64 {
	r := math.Sqrt(x)
	if r != r || math.IsInf(r, 0) || r == 0 {
		return r
	}
	return toOdd(r, math.FMA(-r, r, x))
}

// OddInt returns u rounded to odd in 53 bits.
func OddInt(u uint64) float64 {
	if u < 1<<53 {
		return float64(u)
	}
	sticky := uint64(0)
	if u&0x7ff != 0 {
		sticky = 1 << 11
	}
	return float64(u&^0x7ff | sticky)
}

// Narrow rounds x to p bits of precision with exponents from emin to emax
// (float32: 24, −126, 127), subnormals included. Overflow follows the mode.
func Narrow(x float64, p, emin, emax int, mode Mode) float64 {
	if x == 0 || x != x || math.IsInf(x, 0) {
		return x
	}
	_, e := math.Frexp(x) // |x| in [2^(e−1), 2^e)
	ulp := max(e-1, emin) - p + 1
	q := math.Ldexp(x, -ulp)
	switch mode {
	case NearestEven:
		q = math.RoundToEven(q)
	case TowardZero:
		q = math.Trunc(q)
	case Down:
		q = math.Floor(q)
	case Up:
		q = math.Ceil(q)
	case NearestAway:
		q = math.Round(q)
	}
	y := math.Copysign(math.Ldexp(q, ulp), x)
	limit := math.Ldexp(2-math.Ldexp(1, 1-p), emax)
	if math.Abs(y) <= limit {
		return y
	}
	if mode == TowardZero || mode == Down && x > 0 || mode == Up && x < 0 {
		return math.Copysign(limit, x)
	}
	return math.Inf(int(math.Copysign(1, x)))
}

// ToF32 rounds to the bits of a float32.
func ToF32(x float64, mode Mode) uint32 {
	if x != x {
		return CanonicalNaN
	}
	if mode == NearestEven {
		return math.Float32bits(float32(x))
	}
	return math.Float32bits(float32(Narrow(x, 24, -126, 127, mode)))
}

// ToBF16 rounds to the bits of a bfloat16.
func ToBF16(x float64, mode Mode) uint16 {
	if x != x {
		return 0x7fff
	}
	return uint16(math.Float32bits(float32(Narrow(x, 8, -126, 127, mode))) >> 16)
}

// ToF16 rounds to the bits of a half.
func ToF16(x float64, mode Mode) uint16 {
	if x != x {
		return 0x7fff
	}
	y := Narrow(x, 11, -14, 15, mode)
	sign := uint16(math.Float64bits(y) >> 48 & 0x8000)
	y = math.Abs(y)
	switch {
	case y == 0:
		return sign
	case math.IsInf(y, 0):
		return sign | 0x7c00
	case y < 0x1p-14:
		return sign | uint16(y*0x1p24)
	}
	b := math.Float64bits(y)
	return sign | uint16((b>>52-1023+15)<<10) | uint16(b>>42&0x3ff)
}

// ToTF32 rounds to the bits of a float32 with ten bits of mantissa.
func ToTF32(x float64, mode Mode) uint32 {
	if x != x {
		return CanonicalNaN
	}
	return math.Float32bits(float32(Narrow(x, 11, -126, 127, mode)))
}

// FromBF16 widens a bfloat16, exactly.
func FromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// FromF16 widens a half, exactly.
func FromF16(h uint16) float32 {
	sign := uint32(h>>15) << 31
	e, m := uint32(h>>10&31), uint32(h&0x3ff)
	switch {
	case e == 31:
		return math.Float32frombits(sign | 0xff<<23 | m<<13)
	case e != 0:
		return math.Float32frombits(sign | (e+112)<<23 | m<<13)
	}
	f := float32(m) * 0x1p-24
	return math.Float32frombits(sign | math.Float32bits(f))
}
