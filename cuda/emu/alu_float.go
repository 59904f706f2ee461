package emu

import (
	"math"
	"math/big"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// float32 rows in the default mode: round to nearest, subnormals kept. Every
// not-a-number result is the canonical one.

// canon makes every NaN the one that hardware returns.
func canon(x float32) float32 {
	if x != x {
		return math.Float32frombits(round.CanonicalNaN)
	}
	return x
}

// addF32 and those that follow are the plain operations of float32: rounded to the nearest, subnormals kept.
func addF32(w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b)
	for i := range r {
		r[i] = canon(a[i] + b[i])
	}
}

func subF32(w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b)
	for i := range r {
		r[i] = canon(a[i] - b[i])
	}
}

func mulF32(w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b)
	for i := range r {
		r[i] = canon(a[i] * b[i])
	}
}

func divF32(w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]float32)(d), rowOf[float32](w, in.a), rowOf[float32](w, in.b)
	for i := range r {
		r[i] = canon(a[i] / b[i])
	}
}

func fmaF32(w *warp, in *inst, d unsafe.Pointer) {
	r := (*[lanes]float32)(d)
	a, b, c := rowOf[float32](w, in.a), rowOf[float32](w, in.b), rowOf[float32](w, in.c)
	for i := range r {
		r[i] = fma32(a[i], b[i], c[i])
	}
}

// fma32 rounds a·b+c once. The product is exact in float64; rounding the sum to
// float64 first matters only when it then looks like a tie or is subnormal.
func fma32(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := p + float64(c)
	if u := math.Float64bits(s); u&0x1fffffff == 0x10000000 || u>>52&0x7ff < 1023-126 {
		return canon(float32(round.OddSum(p, float64(c))))
	}
	return canon(float32(s))
}

// A floatMode is what modifiers ask of a float32 operation.
type floatMode struct {
	round    round.Mode
	ftz, sat bool
}

// plain says whether the mode is that of these.
func (m floatMode) plain() bool { return m.round == round.NearestEven && !m.ftz && !m.sat }

// floatMode takes the modifiers of a mode.
func (d *decoder) floatMode() floatMode {
	return floatMode{round: round.Modes[d.take("rn", "rz", "rm", "rp")], ftz: d.has("ftz"), sat: d.has("sat")}
}

// in reads an operand, subnormals flushed to zero under .ftz.
func (m floatMode) in(b uint32) float64 {
	if m.ftz && b&0x7f800000 == 0 {
		b &= 0x80000000
	}
	return float64(math.Float32frombits(b))
}

// out rounds an exact or odd-rounded result and applies .ftz and .sat.
func (m floatMode) out(x float64) uint32 {
	b := round.ToF32(x, m.round)
	if m.ftz && b&0x7f800000 == 0 {
		b &= 0x80000000
	}
	if m.sat {
		switch f := math.Float32frombits(b); {
		case !(f > 0): // negative, zero of either sign, not a number
			return 0
		case f > 1:
			return 0x3f800000
		}
	}
	return b
}

// row1, row2 and row3 are functions of one, two and three operands, whose results, rounded to odd, are
// rounded once more in the mode.
func (m floatMode) row1(f func(x float64) float64) rowFunc {
	return lanes1(func(a uint32) uint32 { return m.out(f(m.in(a))) })
}

func (m floatMode) row2(f func(x, y float64) float64) rowFunc {
	return lanes2(func(a, b uint32) uint32 { return m.out(f(m.in(a), m.in(b))) })
}

func (m floatMode) row3(f func(x, y, z float64) float64) rowFunc {
	return lanes3(func(a, b, c uint32) uint32 { return m.out(f(m.in(a), m.in(b), m.in(c))) })
}

// sum is x+y rounded to odd; exactly zero it is +0, rounded down −0 unless both
// are +0.
func (m floatMode) sum(x, y float64) float64 {
	s := round.OddSum(x, y)
	if s == 0 && m.round == round.Down && (x != 0 || math.Signbit(x) || math.Signbit(y)) {
		return math.Copysign(0, -1)
	}
	return s
}

// Definitions for row1, row2, row3: exact, or rounded to odd.

// exactMul is the product of two float32 values, exactly.
func exactMul(x, y float64) float64 { return x * y } // 24+24 bits fit

// exactDiv is their quotient, rounded to odd.
func exactDiv(x, y float64) float64 { return round.OddQuotient(x, y) }

// minNum returns the smaller number, −0 below +0, a number rather than NaN.
func minNum(x, y float64) float64 {
	switch {
	case x != x:
		return y
	case y != y:
		return x
	}
	return math.Min(x, y)
}

// maxNum returns the larger number, −0 below +0, a number rather than NaN.
func maxNum(x, y float64) float64 {
	switch {
	case x != x:
		return y
	case y != y:
		return x
	}
	return math.Max(x, y)
}

// float64 rows.

// addF64 and those that follow are the operations of float64, rounded to the nearest.
func addF64(a, b float64) float64 { return canon64(a + b) }

func subF64(a, b float64) float64 { return canon64(a - b) }

func mulF64(a, b float64) float64 { return canon64(a * b) }

func divF64(a, b float64) float64 { return canon64(a / b) }

func fmaF64(a, b, c float64) float64 { return canon64(math.FMA(a, b, c)) }

// canon64 makes every NaN the one that hardware returns.
func canon64(x float64) float64 {
	if x != x {
		return math.Float64frombits(0x7fffffffffffffff)
	}
	return x
}

var bigModes = map[round.Mode]big.RoundingMode{
	round.TowardZero: big.ToZero, round.Down: big.ToNegativeInf, round.Up: big.ToPositiveInf,
}

// directed recomputes a float64 operation in a directed rounding mode; near is
// its value rounded to nearest, kept when it is zero or not a number, or when
// an operand is infinite. The rounding is right where the result is normal.
func directed(mode round.Mode, near float64, f func(z *big.Float), args ...float64) float64 {
	if mode == round.NearestEven || near != near || near == 0 {
		return canon64(near)
	}
	for _, a := range args {
		if math.IsInf(a, 0) {
			return near
		}
	}
	z := new(big.Float).SetPrec(53).SetMode(bigModes[mode])
	f(z)
	r, _ := z.Float64()
	if math.IsInf(r, 0) && !z.IsInf() && (mode == round.TowardZero || mode == round.Down == (r > 0)) {
		return math.Copysign(math.MaxFloat64, r)
	}
	return r
}

// bigOf is x, exactly.
func bigOf(x float64) *big.Float { return new(big.Float).SetFloat64(x) }

// f64Op2 is an operation in a rounding mode: f to the nearest, g in the others.
func f64Op2(mode round.Mode, f func(a, b float64) float64, g func(z, a, b *big.Float)) rowFunc {
	if mode == round.NearestEven {
		return lanes2(f)
	}
	return lanes2(func(a, b float64) float64 {
		return directed(mode, f(a, b), func(z *big.Float) { g(z, bigOf(a), bigOf(b)) }, a, b)
	})
}

// f64FMA is fma in a rounding mode.
func f64FMA(mode round.Mode) rowFunc {
	if mode == round.NearestEven {
		return lanes3(fmaF64)
	}
	return lanes3(func(a, b, c float64) float64 {
		return directed(mode, fmaF64(a, b, c), func(z *big.Float) {
			z.Add(new(big.Float).SetPrec(106).Mul(bigOf(a), bigOf(b)), bigOf(c))
		}, a, b, c)
	})
}
