package emu

import (
	"math"
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// Integers of 16 bits live in rows of 32, zero-extended.

// sext16 is a 16-bit value with its sign.
func sext16(x uint32) int32 { return int32(int16(x)) }

// byWidth picks the row function for a type of 16, 32 or 64 bits.
func byWidth(t ptx.Type, r16, r32, r64 rowFunc) rowFunc {
	switch t.Size() {
	case 8:
		return r64
	case 4:
		return r32
	}
	return r16
}

// wrap16 is f with its results cut to 16 bits.
func wrap16(f func(a, b uint32) uint32) rowFunc {
	return lanes2(func(a, b uint32) uint32 { return f(a, b) & 0xffff })
}

var (
	intAdd = [3]rowFunc{wrap16(func(a, b uint32) uint32 { return a + b }), addRow[uint32], addRow[uint64]}
	intSub = [3]rowFunc{wrap16(func(a, b uint32) uint32 { return a - b }), subRow[uint32], subRow[uint64]}
	intMul = [3]rowFunc{wrap16(func(a, b uint32) uint32 { return a * b }), mulRow[uint32], mulRow[uint64]}
	intAnd = [3]rowFunc{andRow[uint32], andRow[uint32], andRow[uint64]}
	intOr  = [3]rowFunc{orRow[uint32], orRow[uint32], orRow[uint64]}
	intXor = [3]rowFunc{xorRow[uint32], xorRow[uint32], xorRow[uint64]}
)

// ofWidth picks the function for the width of t.
func ofWidth(f [3]rowFunc, t ptx.Type) rowFunc { return byWidth(t, f[0], f[1], f[2]) }

// intMin is min of integers, intMax max.
func intMin(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t, wrap16(func(a, b uint32) uint32 { return uint32(min(sext16(a), sext16(b))) }),
			minRow[int32], minRow[int64])
	}
	return byWidth(t, minRow[uint32], minRow[uint32], minRow[uint64])
}

func intMax(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t, wrap16(func(a, b uint32) uint32 { return uint32(max(sext16(a), sext16(b))) }),
			maxRow[int32], maxRow[int64])
	}
	return byWidth(t, maxRow[uint32], maxRow[uint32], maxRow[uint64])
}

// intDiv and intRem are total. PTX leaves division by zero open; the quotient
// is all ones and the remainder the dividend, as on hardware.
func intDiv(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t,
			wrap16(func(a, b uint32) uint32 { return uint32(divS(int64(sext16(a)), int64(sext16(b)))) }),
			lanes2(func(a, b int32) int32 { return int32(divS(int64(a), int64(b))) }), lanes2(divS))
	}
	u32 := lanes2(func(a, b uint32) uint32 { return uint32(divU(uint64(a), uint64(b))) })
	u16 := wrap16(func(a, b uint32) uint32 { return uint32(divU(uint64(a), uint64(b))) })
	return byWidth(t, u16, u32, lanes2(divU))
}

// divS and divU are quotients; that by zero has all bits set, as on hardware.
func divS(a, b int64) int64 {
	if b == 0 {
		return -1
	}
	return a / b
}

func divU(a, b uint64) uint64 {
	if b == 0 {
		return math.MaxUint64
	}
	return a / b
}

// intRem is rem.
func intRem(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t,
			wrap16(func(a, b uint32) uint32 { return uint32(remS(int64(sext16(a)), int64(sext16(b)))) }),
			lanes2(func(a, b int32) int32 { return int32(remS(int64(a), int64(b))) }), lanes2(remS))
	}
	u32 := lanes2(func(a, b uint32) uint32 { return uint32(remU(uint64(a), uint64(b))) })
	return byWidth(t, u32, u32, lanes2(remU))
}

// remS and remU are remainders; that by zero is the dividend, as on hardware.
func remS(a, b int64) int64 {
	if b == 0 {
		return a
	}
	return a % b
}

func remU(a, b uint64) uint64 {
	if b == 0 {
		return a
	}
	return a % b
}

// intHi is the upper half of the product.
func intHi(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t,
			wrap16(func(a, b uint32) uint32 { return uint32(sext16(a)*sext16(b)) >> 16 }),
			lanes2(func(a, b int32) int32 { return int32(int64(a) * int64(b) >> 32) }), lanes2(hiS))
	}
	return byWidth(t,
		wrap16(func(a, b uint32) uint32 { return a * b >> 16 }),
		lanes2(func(a, b uint32) uint32 { return uint32(uint64(a) * uint64(b) >> 32) }), lanes2(hiU))
}

// hiU is the upper half of a 64-bit product, hiS that of a signed one.
func hiU(a, b uint64) uint64 {
	h, _ := bits.Mul64(a, b)
	return h
}

func hiS(a, b int64) int64 {
	h := int64(hiU(uint64(a), uint64(b)))
	if a < 0 {
		h -= b
	}
	if b < 0 {
		h -= a
	}
	return h
}

// intMadHi is mad.hi.
func intMadHi(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t,
			lanes3(func(a, b, c uint32) uint32 { return (uint32(sext16(a)*sext16(b))>>16 + c) & 0xffff }),
			lanes3(func(a, b, c int32) int32 { return int32(int64(a)*int64(b)>>32) + c }),
			lanes3(func(a, b, c int64) int64 { return hiS(a, b) + c }))
	}
	return byWidth(t,
		lanes3(func(a, b, c uint32) uint32 { return (a*b>>16 + c) & 0xffff }),
		lanes3(func(a, b, c uint32) uint32 { return uint32(uint64(a)*uint64(b)>>32) + c }),
		lanes3(func(a, b, c uint64) uint64 { return hiU(a, b) + c }))
}

var intMad = [3]rowFunc{
	lanes3(func(a, b, c uint32) uint32 { return (a*b + c) & 0xffff }), madRow[uint32], madRow[uint64],
}

// intWide multiplies to twice the width; t is the type of the factors.
func intWide(t ptx.Type) rowFunc {
	switch t {
	case ptx.S16:
		return lanes2(func(a, b uint32) int32 { return sext16(a) * sext16(b) })
	case ptx.U16:
		return mulRow[uint32]
	case ptx.S32:
		return wideRow[int32, int64]
	}
	return wideRow[uint32, uint64]
}

// intMadWide is mad.wide.
func intMadWide(t ptx.Type) rowFunc {
	switch t {
	case ptx.S16:
		return lanes3(func(a, b uint32, c int32) int32 { return sext16(a)*sext16(b) + c })
	case ptx.U16:
		return madRow[uint32]
	case ptx.S32:
		return wideMadRow[int32, int64]
	}
	return wideMadRow[uint32, uint64]
}

// satAdd and satSub clamp to the int32 range: add.sat.s32, sub.sat.s32.
func satAdd(a, b int32) int32 { return clampS32(int64(a) + int64(b)) }

// satSub is a − b, clamped to 32 bits.
func satSub(a, b int32) int32 { return clampS32(int64(a) - int64(b)) }

// clampS32 clamps x to 32 bits.
func clampS32(x int64) int32 { return int32(min(max(x, math.MinInt32), math.MaxInt32)) }

// dp4 multiplies four bytes of a and b and adds c.
func dp4(aSigned, bSigned bool) func(a, b, c uint32) uint32 {
	return func(a, b, c uint32) uint32 {
		for i := 0; i < 32; i += 8 {
			c += uint32(byteOf(a, i, aSigned) * byteOf(b, i, bSigned))
		}
		return c
	}
}

// dp2 multiplies two 16-bit values of a with the low or high two bytes of b.
func dp2(aSigned, bSigned bool, hi int) func(a, b, c uint32) uint32 {
	return func(a, b, c uint32) uint32 {
		for i := range 2 {
			x := int32(a >> (16 * i) & 0xffff)
			if aSigned {
				x = int32(int16(x))
			}
			c += uint32(x * byteOf(b, 16*hi+8*i, bSigned))
		}
		return c
	}
}

// byteOf is the byte of x at a shift, as dp4a and dp2a take it.
func byteOf(x uint32, shift int, signed bool) int32 {
	b := x >> shift & 0xff
	if signed {
		return int32(int8(b))
	}
	return int32(b)
}

// absDiff is sad: c + |a − b|.
func absDiff(t ptx.Type) rowFunc {
	if t.Signed() {
		return byWidth(t,
			lanes3(func(a, b, c uint32) uint32 {
				return (c + uint32(max(sext16(a), sext16(b))-min(sext16(a), sext16(b)))) & 0xffff
			}),
			lanes3(func(a, b, c int32) int32 { return c + (max(a, b) - min(a, b)) }),
			lanes3(func(a, b, c int64) int64 { return c + (max(a, b) - min(a, b)) }))
	}
	return byWidth(t,
		lanes3(func(a, b, c uint32) uint32 { return (c + max(a, b) - min(a, b)) & 0xffff }),
		lanes3(func(a, b, c uint32) uint32 { return c + max(a, b) - min(a, b) }),
		lanes3(func(a, b, c uint64) uint64 { return c + max(a, b) - min(a, b) }))
}
