package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// brev reverses the bits.
func brev(t ptx.Type) rowFunc {
	return byWidth(t, nil, lanes1(bits.Reverse32), lanes1(bits.Reverse64))
}

// bitField is bfe: length bits from start, sign- or zero-extended. The sign of
// a field beyond the top is the top bit.
func bitField(x uint64, start, length uint32, width int, signed bool) uint64 {
	start, length = start&0xff, length&0xff
	msb := uint32(width - 1)
	var sign uint64
	if signed && length > 0 {
		sign = x >> min(start+length-1, msb) & 1
	}
	var f uint64
	for i := range uint32(width) {
		b := sign
		if i < length && start+i <= msb {
			b = x >> (start + i) & 1
		}
		f |= b << i
	}
	return f
}

// bfe takes a field of bits out of a: c of them from bit b on.
func bfe(t ptx.Type) rowFunc {
	if t.Size() == 8 {
		return lanes3(func(a uint64, b, c uint32) uint64 { return bitField(a, b, c, 64, t.Signed()) })
	}
	if !t.Signed() {
		return lanes3(func(a, b, c uint32) uint32 {
			b, c = b&0xff, c&0xff
			if c >= 32 {
				return a >> b
			}
			return a >> b & (1<<c - 1)
		})
	}
	return lanes3(func(a, b, c uint32) uint32 { return uint32(bitField(uint64(a), b, c, 32, true)) })
}

// insert is bfi: length bits of a placed at start into b.
func insert(a, b uint64, start, length uint32) uint64 {
	start, length = start&0xff, length&0xff
	m := (uint64(1)<<length - 1) << start // shifts of 64 and more give 0
	return a<<start&m | b&^m
}

// bfi merges under the mask itself, since it has four sources.
func bfi(t ptx.Type) func(w *warp, in *inst, mask uint32) {
	return func(w *warp, in *inst, mask uint32) {
		start, length := rowOf[uint32](w, in.c), rowOf[uint32](w, in.x.regs[0])
		for i := range lanes {
			if mask>>i&1 == 0 {
				continue
			}
			if t == ptx.B64 {
				a, b := rowOf[uint64](w, in.a)[i], rowOf[uint64](w, in.b)[i]
				rowOf[uint64](w, in.d)[i] = insert(a, b, start[i], length[i])
			} else {
				a, b := uint64(rowOf[uint32](w, in.a)[i]), uint64(rowOf[uint32](w, in.b)[i])
				rowOf[uint32](w, in.d)[i] = uint32(insert(a, b, start[i], length[i]))
			}
		}
	}
}

// find is bfind: the number of the highest bit that is one, of a signed value
// the highest that differs from the sign; all ones if there is none.
func find(t ptx.Type, shift bool) rowFunc {
	top := t.Bits() - 1
	f := func(x uint64) uint32 {
		n := bits.Len64(x) - 1
		if n < 0 {
			return 0xffffffff
		}
		if shift {
			n = top - n
		}
		return uint32(n)
	}
	switch t {
	case ptx.S32:
		return lanes1(func(a int32) uint32 { return f(uint64(uint32(a ^ a>>31))) })
	case ptx.S64:
		return lanes1(func(a int64) uint32 { return f(uint64(a ^ a>>63)) })
	case ptx.U32:
		return lanes1(func(a uint32) uint32 { return f(uint64(a)) })
	}
	return lanes1(f)
}

// lop3 evaluates the truth table lut for each bit of a, b and c.
func lop3(lut uint8) func(a, b, c uint32) uint32 {
	switch lut {
	case 0x96:
		return func(a, b, c uint32) uint32 { return a ^ b ^ c }
	case 0xea:
		return func(a, b, c uint32) uint32 { return a&b | c }
	case 0x80:
		return func(a, b, c uint32) uint32 { return a & b & c }
	case 0xfe:
		return func(a, b, c uint32) uint32 { return a | b | c }
	}
	return func(a, b, c uint32) uint32 {
		var r uint32
		for i := range 8 {
			if lut>>i&1 == 0 {
				continue
			}
			m := uint32(fullMask)
			m &= a ^ (uint32(i>>2&1) - 1)
			m &= b ^ (uint32(i>>1&1) - 1)
			m &= c ^ (uint32(i&1) - 1)
			r |= m
		}
		return r
	}
}

// funnel is shf: b:a shifted, the upper (left) or lower (right) word kept.
func funnel(left, clamp bool) func(a, b, c uint32) uint32 {
	return func(a, b, c uint32) uint32 {
		if clamp {
			c = min(c, 32)
		} else {
			c &= 31
		}
		x := uint64(b)<<32 | uint64(a)
		if left {
			return uint32(x << c >> 32)
		}
		return uint32(x >> c)
	}
}

// permute is prmt: four bytes picked from b:a by the nibbles of c. Bit 3 of a
// nibble replicates the sign of the byte.
func permute(a, b, c uint32) uint32 {
	x := uint64(b)<<32 | uint64(a)
	var r uint32
	for i := range 4 {
		n := c >> (4 * i)
		v := uint32(x >> (8 * (n & 7)) & 0xff)
		if n&8 != 0 {
			v = uint32(int32(int8(v))>>7) & 0xff
		}
		r |= v << (8 * i)
	}
	return r
}

// permuteMode is prmt with a mode: the selector is made from the low bits of c.
func permuteMode(mode string) func(a, b, c uint32) uint32 {
	tables := map[string][4]uint32{
		"f4e":  {0x3210, 0x4321, 0x5432, 0x6543},
		"b4e":  {0x5670, 0x6701, 0x7012, 0x0123},
		"rc8":  {0x0000, 0x1111, 0x2222, 0x3333},
		"ecl":  {0x3210, 0x3211, 0x3222, 0x3333},
		"ecr":  {0x0000, 0x1110, 0x2210, 0x3210},
		"rc16": {0x1010, 0x3232, 0x1010, 0x3232},
	}
	t, ok := tables[mode]
	if !ok {
		return permute
	}
	return func(a, b, c uint32) uint32 { return permute(a, b, t[c&3]) }
}
