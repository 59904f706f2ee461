package emu

import (
	"fmt"
	"math"
	"math/bits"
	"testing"
)

// intRows defines the arithmetic of integers at width w.
func intRows(w int) []aluRow {
	u, s := fmt.Sprintf(".u%d", w), fmt.Sprintf(".s%d", w)
	two, three := []int{w, w}, []int{w, w, w}
	hi := func(a, b uint64) uint64 {
		h, l := bits.Mul64(a, b)
		return l>>w | h<<(64-w)
	}
	hiS := func(x, y uint64) uint64 {
		a, b := sx(x, w), sx(y, w)
		h, l := bits.Mul64(uint64(a), uint64(b))
		h -= choose(a < 0, uint64(b), 0) + choose(b < 0, uint64(a), 0)
		return l>>w | h<<(64-w)
	}
	if w == 64 {
		hi = func(a, b uint64) uint64 { h, _ := bits.Mul64(a, b); return h }
		hiS = func(a, b uint64) uint64 {
			h, _ := bits.Mul64(a, b)
			return h - choose(int64(a) < 0, b, 0) - choose(int64(b) < 0, a, 0)
		}
	}
	return []aluRow{
		{"add" + s, w, two, func(a, b, _ uint64) uint64 { return a + b }},
		{"sub" + u, w, two, func(a, b, _ uint64) uint64 { return a - b }},
		{"mul.lo" + s, w, two, func(a, b, _ uint64) uint64 { return a * b }},
		{"mul.hi" + u, w, two, func(a, b, _ uint64) uint64 { return hi(a, b) }},
		{"mul.hi" + s, w, two, func(a, b, _ uint64) uint64 { return hiS(a, b) }},
		{"mad.lo" + u, w, three, func(a, b, c uint64) uint64 { return a*b + c }},
		{"mad.hi" + s, w, three, func(a, b, c uint64) uint64 { return hiS(a, b) + c }},
		{"mad.hi" + u, w, three, func(a, b, c uint64) uint64 { return hi(a, b) + c }},
		{"div" + u, w, two, func(a, b, _ uint64) uint64 { return choose(b == 0, ^uint64(0), a/max(b, 1)) }},
		{"rem" + u, w, two, func(a, b, _ uint64) uint64 { return choose(b == 0, a, a%max(b, 1)) }},
		{"div" + s, w, two, func(a, b, _ uint64) uint64 {
			if b == 0 {
				return ^uint64(0)
			}
			return uint64(sx(a, w) / sx(b, w))
		}},
		{"rem" + s, w, two, func(a, b, _ uint64) uint64 {
			if b == 0 {
				return a
			}
			return uint64(sx(a, w) % sx(b, w))
		}},
		{"min" + s, w, two, func(a, b, _ uint64) uint64 { return uint64(min(sx(a, w), sx(b, w))) }},
		{"max" + s, w, two, func(a, b, _ uint64) uint64 { return uint64(max(sx(a, w), sx(b, w))) }},
		{"min" + u, w, two, func(a, b, _ uint64) uint64 { return min(a, b) }},
		{"max" + u, w, two, func(a, b, _ uint64) uint64 { return max(a, b) }},
		{"abs" + s, w, []int{w}, func(a, _, _ uint64) uint64 { return uint64(max(sx(a, w), -sx(a, w))) }},
		{"neg" + s, w, []int{w}, func(a, _, _ uint64) uint64 { return -a }},
		{"sad" + u, w, three, func(a, b, c uint64) uint64 { return c + max(a, b) - min(a, b) }},
		{"sad" + s, w, three, func(a, b, c uint64) uint64 {
			return c + uint64(max(sx(a, w), sx(b, w))) - uint64(min(sx(a, w), sx(b, w)))
		}},
	}
}

// bitRows defines the logic, shifts and moves of integers at width w.
func bitRows(w int) []aluRow {
	u, s, b := fmt.Sprintf(".u%d", w), fmt.Sprintf(".s%d", w), fmt.Sprintf(".b%d", w)
	two, sh := []int{w, w}, []int{w, 32}
	return []aluRow{
		{"and" + b, w, two, func(a, b, _ uint64) uint64 { return a & b }},
		{"or" + b, w, two, func(a, b, _ uint64) uint64 { return a | b }},
		{"xor" + b, w, two, func(a, b, _ uint64) uint64 { return a ^ b }},
		{"not" + b, w, []int{w}, func(a, _, _ uint64) uint64 { return ^a }},
		{"cnot" + b, w, []int{w}, func(a, _, _ uint64) uint64 { return choose(a == 0, uint64(1), 0) }},
		{"shl" + b, w, sh, func(a, b, _ uint64) uint64 { return a << b }},
		{"shr" + u, w, sh, func(a, b, _ uint64) uint64 { return a >> b }},
		{"shr" + s, w, sh, func(a, b, _ uint64) uint64 { return uint64(sx(a, w) >> b) }},
		{"mov" + b, w, []int{w}, func(a, _, _ uint64) uint64 { return a }},
	}
}

// compareRows defines the comparisons of integers at width w.
func compareRows(w int) (all []aluRow) {
	u, s, two := fmt.Sprintf(".u%d", w), fmt.Sprintf(".s%d", w), []int{w, w}
	for name, f := range map[string]func(a, b int64) bool{
		"eq": func(a, b int64) bool { return a == b }, "ne": func(a, b int64) bool { return a != b },
		"lt": func(a, b int64) bool { return a < b }, "le": func(a, b int64) bool { return a <= b },
		"gt": func(a, b int64) bool { return a > b }, "ge": func(a, b int64) bool { return a >= b },
	} {
		top := int64(-1 << 63)
		all = append(all,
			aluRow{"setp." + name + s, 1, two, func(a, b, _ uint64) uint64 {
				return uint64(bit(f(sx(a, w), sx(b, w))))
			}},
			aluRow{"setp." + name + u, 1, two, func(a, b, _ uint64) uint64 {
				return uint64(bit(f(int64(a)^top, int64(b)^top)))
			}})
	}
	return all
}

func TestIntegers(t *testing.T) {
	for _, w := range []int{16, 32, 64} {
		checkALU(t, intRows(w))
		checkALU(t, bitRows(w))
		checkALU(t, compareRows(w))
	}
}

// Products of one width and sums of another, and what saturates.
func TestIntegerForms(t *testing.T) {
	two, three := []int{32, 32}, []int{32, 32, 32}
	s32 := func(x uint64) int64 { return sx(x, 32) }
	sat := func(x int64) uint64 { return uint64(min(max(x, math.MinInt32), math.MaxInt32)) }
	checkALU(t, []aluRow{
		{"mul.wide.u16", 32, []int{16, 16}, func(a, b, _ uint64) uint64 { return a * b }},
		{"mul.wide.s16", 32, []int{16, 16}, func(a, b, _ uint64) uint64 {
			return uint64(sx(a, 16) * sx(b, 16))
		}},
		{"mul.wide.u32", 64, two, func(a, b, _ uint64) uint64 { return a * b }},
		{"mul.wide.s32", 64, two, func(a, b, _ uint64) uint64 { return uint64(s32(a) * s32(b)) }},
		{"mad.wide.u32", 64, []int{32, 32, 64}, func(a, b, c uint64) uint64 { return a*b + c }},
		{"mad.wide.s32", 64, []int{32, 32, 64},
			func(a, b, c uint64) uint64 { return uint64(s32(a)*s32(b)) + c }},
		{"mad.wide.s16", 32, []int{16, 16, 32},
			func(a, b, c uint64) uint64 { return uint64(sx(a, 16)*sx(b, 16)) + c }},
		{"add.sat.s32", 32, two, func(a, b, _ uint64) uint64 { return sat(s32(a) + s32(b)) }},
		{"sub.sat.s32", 32, two, func(a, b, _ uint64) uint64 { return sat(s32(a) - s32(b)) }},
		{"slct.b32.s32", 32, three, func(a, b, c uint64) uint64 { return choose(s32(c) >= 0, a, b) }},
		{"mul24.lo.u32", 32, two, func(a, b, _ uint64) uint64 { return a & 0xffffff * (b & 0xffffff) }},
		{"mul24.hi.s32", 32, two, func(a, b, _ uint64) uint64 { return uint64(sx(a, 24) * sx(b, 24) >> 16) }},
		{"mad24.lo.s32", 32, three, func(a, b, c uint64) uint64 { return uint64(sx(a, 24)*sx(b, 24)) + c }},
	})
}

// Counts of bits, fields of bits and bytes.
func TestIntegerBits(t *testing.T) {
	w32, w64, three := []int{32}, []int{64}, []int{32, 32, 32}
	s32 := func(x uint64) int64 { return sx(x, 32) }
	checkALU(t, []aluRow{
		{"popc.b32", 32, w32, func(a, _, _ uint64) uint64 { return uint64(bits.OnesCount64(a)) }},
		{"popc.b64", 32, w64, func(a, _, _ uint64) uint64 { return uint64(bits.OnesCount64(a)) }},
		{"clz.b32", 32, w32, func(a, _, _ uint64) uint64 { return uint64(bits.LeadingZeros32(uint32(a))) }},
		{"clz.b64", 32, w64, func(a, _, _ uint64) uint64 { return uint64(bits.LeadingZeros64(a)) }},
		{"brev.b32", 32, w32, func(a, _, _ uint64) uint64 { return uint64(bits.Reverse32(uint32(a))) }},
		{"brev.b64", 64, w64, func(a, _, _ uint64) uint64 { return bits.Reverse64(a) }},
		{"bfind.u32", 32, w32, func(a, _, _ uint64) uint64 { return uint64(bits.Len64(a) - 1) }},
		{"bfind.s32", 32, w32, func(a, _, _ uint64) uint64 {
			return uint64(bits.Len32(uint32(choose(s32(a) < 0, ^a, a))) - 1)
		}},
		{"bfind.shiftamt.u32", 32, w32, func(a, _, _ uint64) uint64 {
			return choose(a == 0, math.MaxUint32, uint64(bits.LeadingZeros32(uint32(a))))
		}},
		{"bfe.u32", 32, three, func(a, b, c uint64) uint64 { return a >> (b & 255) & (1<<(c&255) - 1) }},
		{"bfe.u64", 64, []int{64, 32, 32}, func(a, b, c uint64) uint64 {
			return a >> (b & 255) & (1<<(c&255) - 1)
		}},
		{"bfe.s32", 32, three, func(a, b, c uint64) uint64 {
			b, c = b&255, c&255
			if c == 0 {
				return 0
			}
			x := s32(a) >> b
			if c < 32 && b+c <= 32 {
				return uint64(x << (64 - c) >> (64 - c))
			}
			return uint64(x)
		}},
		{"shf.l.wrap.b32", 32, three, func(a, b, c uint64) uint64 { return (b<<32 | a) << (c & 31) >> 32 }},
		{"shf.r.wrap.b32", 32, three, func(a, b, c uint64) uint64 { return (b<<32 | a) >> (c & 31) }},
		{"shf.l.clamp.b32", 32, three, func(a, b, c uint64) uint64 {
			return (b<<32 | a) << min(c, 32) >> 32
		}},
		{"shf.r.clamp.b32", 32, three, func(a, b, c uint64) uint64 { return (b<<32 | a) >> min(c, 32) }},
		{"prmt.b32", 32, three, func(a, b, c uint64) (r uint64) {
			for i := range 4 {
				n := c >> (4 * i) & 15
				v := (b<<32 | a) >> (8 * (n & 7)) & 255
				r |= choose(n < 8, v, choose(v >= 128, uint64(255), 0)) << (8 * i)
			}
			return r
		}},
		{"dp4a.u32.u32", 32, three, func(a, b, c uint64) uint64 {
			for i := 0; i < 32; i += 8 {
				c += a >> i & 255 * (b >> i & 255)
			}
			return c
		}},
		{"dp4a.s32.s32", 32, three, func(a, b, c uint64) uint64 {
			for i := 0; i < 32; i += 8 {
				c += uint64(sx(a>>i, 8) * sx(b>>i, 8))
			}
			return c
		}},
	})
}

// The table of lop3 is what its 256 numbers say.
func TestLop3(t *testing.T) {
	for lut := range 256 {
		f := lop3(uint8(lut))
		for i := range uint32(8) { // one bit of each operand decides one bit of the table
			if got := f(-(i >> 2 & 1), -(i >> 1 & 1), -(i & 1)); got != -uint32(lut>>i&1) {
				t.Fatalf("lop3 table %#x of bits %03b: got %#x", lut, i, got)
			}
		}
	}
}
