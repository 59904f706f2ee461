package emu

import (
	"github.com/stillfield/stillfield/cuda/emu/ptx"
	"github.com/stillfield/stillfield/cuda/emu/round"
)

// A halfFormat is one of the two 16-bit float types.
type halfFormat struct {
	from func(uint16) float32
	to   func(float64, round.Mode) uint16
	exp  uint32 // the bits of the exponent: none set in zero and the subnormals
}

var (
	halfF16  = halfFormat{round.FromF16, round.ToF16, 0x7c00}
	halfBF16 = halfFormat{round.FromBF16, round.ToBF16, 0x7f80}
)

// halfOf is the format of t, alone or in a pair.
func halfOf(t ptx.Type) halfFormat {
	if t == ptx.BF16 || t == ptx.BF16x2 {
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

// in is the value of an operand, out the bits of a result, as the mode has them.
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
	h := uint32(m.to(x, round.NearestEven))
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

// halfAdd, halfSub, halfMul and halfFMA are exact or rounded to odd, so that one more rounding is right.
func halfAdd(x, y, _ float64) float64 { return round.OddSum(x, y) }

func halfSub(x, y, _ float64) float64 { return round.OddSum(x, -y) }

func halfMul(x, y, _ float64) float64 { return x * y }

func halfFMA(x, y, z float64) float64 { return round.OddSum(x*y, z) }
