package emu

import "github.com/stillfield/stillfield/cuda/emu/ptx"

// decodeFns: the position of the offset-th set bit of a mask, counted from base
// upwards, or downwards for a negative offset; all ones if there is none. Offset 0
// asks for base itself.
func decodeFns(d *decoder) {
	d.one(ptx.B32)
	d.ternary(ptx.B32, lanes3(nthSet))
}

// nthSet is the position of the bit of mask that fns asks for: the offset-th set one from base on,
// downwards if offset is negative; −1 if there is none.
func nthSet(mask, base, offset uint32) uint32 {
	step, left := uint32(1), int64(int32(offset))
	if left < 0 {
		step, left = ^uint32(0), -left
	}
	if left == 0 {
		if base < 32 && mask>>base&1 == 1 {
			return base
		}
		return fullMask
	}
	for i := base; i < 32; i += step { // below 0 it wraps past 32
		if left -= int64(mask >> i & 1); left == 0 {
			return i
		}
	}
	return fullMask
}

// amount is a bit count of bmsk and szext: of 32 or more it is 32, or wraps.
func amount(x uint32, clamp bool) uint32 {
	if clamp {
		return min(x, 32)
	}
	return x & 31
}

// decodeMask is bmsk: b ones from bit a on.
func decodeMask(d *decoder) {
	clamp := d.take("clamp", "wrap") == "clamp"
	d.binary(d.one(ptx.B32), lanes2(func(a, b uint32) uint32 {
		return uint32((uint64(1)<<amount(b, clamp) - 1) << amount(a, clamp))
	}))
}

// decodeExtend is szext: the low b bits of a, extended by their sign or by zeros.
func decodeExtend(d *decoder) {
	clamp := d.take("clamp", "wrap") == "clamp"
	t := d.one(ptx.U32, ptx.S32)
	d.binary(t, lanes2(func(a, b uint32) uint32 {
		n := 32 - amount(b, clamp)
		if n == 32 {
			return 0
		}
		if t == ptx.S32 {
			return uint32(int32(a<<n) >> n)
		}
		return a << n >> n
	}))
}

// pairs decodes add, min and max of two 16-bit integers in a word.
func (d *decoder) pairs(t ptx.Type, relu bool) {
	f := map[string]func(a, b int32) int32{
		"add": func(a, b int32) int32 { return a + b },
		"min": func(a, b int32) int32 { return min(a, b) },
		"max": func(a, b int32) int32 { return max(a, b) },
	}[d.base]
	in := func(x uint32) int32 { return int32(x & 0xffff) }
	if t == ptx.S16x2 {
		in = sext16
	}
	one := func(a, b uint32) uint32 {
		r := f(in(a), in(b))
		if relu {
			r = max(r, 0)
		}
		return uint32(r) & 0xffff
	}
	d.binary(t, lanes2(func(a, b uint32) uint32 { return one(a, b) | one(a>>16, b>>16)<<16 }))
}
