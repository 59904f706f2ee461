package bf16

import "math"

// Round is x rounded to bfloat16 as VCVTNEPS2BF16 does it: to the nearest, of two to the even one; a
// denormal number becomes zero, of its sign, and a NaN quiet.
func Round(x float32) uint16 {
	b := math.Float32bits(x)
	switch {
	case b&0x7f800000 == 0:
		return uint16(b >> 16 & 0x8000)
	case b&0x7fffffff > 0x7f800000:
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// Float is the value of h, which as an operand counts as zero where it is denormal.
func Float(h uint16) float32 { return flush(math.Float32frombits(uint32(h) << 16)) }

// flush is x, or zero of its sign where x is denormal.
func flush(x float32) float32 {
	if b := math.Float32bits(x); b&0x7f800000 == 0 {
		return math.Float32frombits(b & 0x80000000)
	}
	return x
}
