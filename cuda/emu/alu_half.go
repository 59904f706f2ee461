package emu

// A halfFormat is one of the two 16-bit float types.
type halfFormat struct {
	from func(uint16) float32
	to   func(float64, rounding) uint16
	exp  uint32 // the bits of the exponent: none set in zero and the subnormals
}

var (
	halfF16  = halfFormat{fromF16, toF16, 0x7c00}
	halfBF16 = halfFormat{fromBF16, toBF16, 0x7f80}
)

func halfOf(t typ) halfFormat {
	if t == bf16 || t == bf16x2 {
		return halfBF16
	}
	return halfF16
}

// halfMode is what modifiers ask of a 16-bit operation.
type halfMode struct {
	halfFormat
	ftz, sat, relu bool
	packed         bool
}

func (m halfMode) in(h uint32) float64 {
	if m.ftz && h&m.exp == 0 {
		h &= 0x8000
	}
	return float64(m.from(uint16(h)))
}

func (m halfMode) out(x float64) uint32 {
	switch {
	case m.sat && !(x > 0), m.relu && x < 0, m.relu && x == 0:
		return 0
	case m.sat && x > 1:
		x = 1
	}
	h := uint32(m.to(x, roundNearest))
	if m.ftz && h&m.exp == 0 {
		h &= 0x8000
	}
	return h
}

// row lifts a function of three values, exact or rounded to odd, to rows of one
// or two halves; ops of fewer operands ignore the rest.
func (m halfMode) row(f func(x, y, z float64) float64) rowFunc {
	one := func(a, b, c uint32) uint32 { return m.out(f(m.in(a&0xffff), m.in(b&0xffff), m.in(c&0xffff))) }
	if !m.packed {
		return lanes3(one)
	}
	return lanes3(func(a, b, c uint32) uint32 { return one(a, b, c) | one(a>>16, b>>16, c>>16)<<16 })
}

func halfAdd(x, y, _ float64) float64 { return oddSum(x, y) }

func halfSub(x, y, _ float64) float64 { return oddSum(x, -y) }

func halfMul(x, y, _ float64) float64 { return x * y }

func halfFMA(x, y, z float64) float64 { return oddSum(x*y, z) }
