package element

import "math"

// Float16 is the float32 equal to the IEEE 754 binary16 with bits h. A NaN
// keeps its sign and payload.
func Float16(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h >> 10 & 0x1f)
	fraction := uint32(h & 0x3ff)
	switch exponent {
	case 0: // zero and subnormals: ± fraction · 2⁻²⁴, exact in float32
		v := float32(fraction) * 0x1p-24
		return math.Float32frombits(sign | math.Float32bits(v))
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// BFloat16 is the float32 whose upper sixteen bits are h and whose lower are 0.
func BFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
