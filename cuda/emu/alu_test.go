package emu

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
)

// An aluRow is one opcode with the bits of its operands and result and its
// definition on them. Operands are at the low end of 64 bits.
type aluRow struct {
	op   string
	out  int
	in   []int
	want func(a, b, c uint64) uint64
}

// aluPTX is a kernel that applies op to N triples of words.
func aluPTX(r aluRow) string {
	var s strings.Builder
	s.WriteString(`.version 8.3
.target sm_90
.address_size 64
.visible .entry alu(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)
{
	.reg .b64 %rd<8>;
	.reg .b64 %i64<4>;
	.reg .b32 %i32<4>;
	.reg .b16 %i16<4>;
	.reg .b32 %t;
	.reg .pred %p, %q;
	mov.u32 %t, %tid.x;
	mul.wide.u32 %rd5, %t, 8;
`)
	for i, n := range []string{"a", "b", "c", "d"} {
		fmt.Fprintf(&s, "\tld.param.u64 %%rd%d, [%s];\n\tadd.s64 %%rd%d, %%rd%d, %%rd5;\n", i, n, i, i)
	}
	var args []string
	for i, w := range r.in {
		fmt.Fprintf(&s, "\tld.global.b%d %%i%d%d, [%%rd%d];\n", w, w, i, i)
		args = append(args, fmt.Sprintf("%%i%d%d", w, i))
	}
	if r.out == 1 { // a predicate
		fmt.Fprintf(&s, "\t%s %%p, %s;\n\tselp.b32 %%i323, 1, 0, %%p;\n\tst.global.b32 [%%rd3], %%i323;\n", r.op, strings.Join(args, ", "))
	} else {
		fmt.Fprintf(&s, "\t%s %%i%d3, %s;\n\tst.global.b%d [%%rd3], %%i%d3;\n", r.op, r.out, strings.Join(args, ", "), r.out, r.out)
	}
	s.WriteString("\tret;\n}\n")
	return s.String()
}

// corners are bit patterns at which something changes, at 16, 32 and 64 bits,
// as integers and as floats.
var corners = map[int][]uint64{
	16: {0, 1, 2, 15, 16, 17, 0x7fff, 0x8000, 0x8001, 0xffff, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e01, 0x0400, 0x03ff,
		0x3f80, 0xbf80, 0x7f80, 0x7fc0, 0x0080, 0x007f, 0x7bff, 0x7f7f, 0x1234},
	32: {0, 1, 2, 7, 31, 32, 33, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x3f800000, 0xbf800000, 0x7f800000,
		0xff800000, 0x7fc00000, 0x00800000, 0x007fffff, 0x00000010, 0x807fffff, 0x7f7fffff, 0x4f000000, 0xcf000000, 0x4b800001,
		0x3f000000, 0x40200000, 0x3fffffff, 0x33800000, 0x12345678, 0xdeadbeef, 0x477fe000, 0x47800000, 0x387fc000, 0x33000001},
	64: {0, 1, 63, 64, 65, math.MaxInt64, 1 << 63, 1<<63 + 1, math.MaxUint64, 0x3ff0000000000000, 0xbff0000000000000,
		0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x0010000000000000, 0x000fffffffffffff,
		0x47efffffe0000000, 0x47effffff0000000, 0x36a0000000000000, 0x3690000000000001, 0x43e0000000000000, 0xc3e0000000000000,
		0x123456789abcdef0, 0x3ff0000010000000, 1 << 53, 1<<53 + 1, 1<<62 + 1},
}

// inputs pairs corners of all operands and adds random words and random floats.
func inputs(in []int) (a, b, c []uint64) {
	rng := rand.New(rand.NewPCG(1, 2))
	list := func(i int) []uint64 {
		if i >= len(in) {
			return []uint64{0}
		}
		return corners[in[i]]
	}
	for i, x := range list(0) {
		for j, y := range list(1) {
			z := list(2)
			a, b, c = append(a, x), append(b, y), append(c, z[(7*i+3*j)%len(z)])
		}
	}
	for len(a)%lanes != 0 || len(a) < 512 {
		a, b, c = append(a, rng.Uint64()), append(b, rng.Uint64()), append(c, rng.Uint64())
	}
	for range 256 { // floats close to each other, where rounding is hard
		near := func() uint64 {
			f := float32(1+rng.Float64()) * float32(math.Ldexp(1, rng.IntN(5)-2))
			return uint64(math.Float32bits(f)) | rng.Uint64()<<32
		}
		a, b, c = append(a, near()), append(b, near()), append(c, near()^1<<31)
	}
	return a, b, c
}

func mask(w int) uint64 {
	if w == 1 {
		return 1
	}
	return 1<<w - 1
}

// checkALU runs every row and compares all lanes bit for bit.
func checkALU(t *testing.T, rows []aluRow) {
	for _, row := range rows {
		t.Run(row.op, func(t *testing.T) {
			r := newRig(t, Options{})
			f := r.load(aluPTX(row), "alu")
			a, b, c := inputs(row.in)
			for len(a)%256 != 0 {
				a, b, c = append(a, a[0]), append(b, b[0]), append(c, c[0])
			}
			pa, pb, pc, pd := put(r, a), put(r, b), put(r, c), put(r, make([]uint64, len(a)))
			for i := 0; i < len(a); i += 256 {
				off := uint64(8 * i)
				r.launch(f, 1, 256, pa+off, pb+off, pc+off, pd+off)
			}
			for i, got := range get[uint64](r, pd, len(a)) {
				args := [3]uint64{a[i], b[i], c[i]}
				for k, w := range row.in {
					args[k] &= mask(w)
				}
				if want := row.want(args[0], args[1], args[2]) & mask(row.out); got != want {
					t.Fatalf("%s of %#x: got %#x, want %#x", row.op, args[:len(row.in)], got, want)
				}
			}
			r.close()
		})
	}
}

func sx(x uint64, w int) int64 { return int64(x<<(64-w)) >> (64 - w) }

func choose[T any](b bool, x, y T) T {
	if b {
		return x
	}
	return y
}

// intRows defines the integer opcodes at width w.
func intRows(w int) []aluRow {
	u, s, b := fmt.Sprintf(".u%d", w), fmt.Sprintf(".s%d", w), fmt.Sprintf(".b%d", w)
	two, three, sh := []int{w, w}, []int{w, w, w}, []int{w, 32}
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
	all := []aluRow{
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
	for name, f := range map[string]func(a, b int64) bool{
		"eq": func(a, b int64) bool { return a == b }, "ne": func(a, b int64) bool { return a != b },
		"lt": func(a, b int64) bool { return a < b }, "le": func(a, b int64) bool { return a <= b },
		"gt": func(a, b int64) bool { return a > b }, "ge": func(a, b int64) bool { return a >= b },
	} {
		top := int64(-1 << 63)
		all = append(all,
			aluRow{"setp." + name + s, 1, two, func(a, b, _ uint64) uint64 { return uint64(bit(f(sx(a, w), sx(b, w)))) }},
			aluRow{"setp." + name + u, 1, two, func(a, b, _ uint64) uint64 { return uint64(bit(f(int64(a)^top, int64(b)^top))) }})
	}
	return all
}

func TestIntegers(t *testing.T) {
	for _, w := range []int{16, 32, 64} {
		checkALU(t, intRows(w))
	}
}

func TestIntegerForms(t *testing.T) {
	w32, w64 := []int{32}, []int{64}
	two, three := []int{32, 32}, []int{32, 32, 32}
	s32 := func(x uint64) int64 { return sx(x, 32) }
	sat := func(x int64) uint64 { return uint64(min(max(x, math.MinInt32), math.MaxInt32)) }
	checkALU(t, []aluRow{
		{"mul.wide.u16", 32, []int{16, 16}, func(a, b, _ uint64) uint64 { return a * b }},
		{"mul.wide.s16", 32, []int{16, 16}, func(a, b, _ uint64) uint64 { return uint64(sx(a, 16) * sx(b, 16)) }},
		{"mul.wide.u32", 64, two, func(a, b, _ uint64) uint64 { return a * b }},
		{"mul.wide.s32", 64, two, func(a, b, _ uint64) uint64 { return uint64(s32(a) * s32(b)) }},
		{"mad.wide.u32", 64, []int{32, 32, 64}, func(a, b, c uint64) uint64 { return a*b + c }},
		{"mad.wide.s32", 64, []int{32, 32, 64}, func(a, b, c uint64) uint64 { return uint64(s32(a)*s32(b)) + c }},
		{"mad.wide.s16", 32, []int{16, 16, 32}, func(a, b, c uint64) uint64 { return uint64(sx(a, 16)*sx(b, 16)) + c }},
		{"add.sat.s32", 32, two, func(a, b, _ uint64) uint64 { return sat(s32(a) + s32(b)) }},
		{"sub.sat.s32", 32, two, func(a, b, _ uint64) uint64 { return sat(s32(a) - s32(b)) }},
		{"mul24.lo.u32", 32, two, func(a, b, _ uint64) uint64 { return a & 0xffffff * (b & 0xffffff) }},
		{"mul24.hi.s32", 32, two, func(a, b, _ uint64) uint64 { return uint64(sx(a, 24) * sx(b, 24) >> 16) }},
		{"mad24.lo.s32", 32, three, func(a, b, c uint64) uint64 { return uint64(sx(a, 24)*sx(b, 24)) + c }},
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
		{"bfe.u64", 64, []int{64, 32, 32}, func(a, b, c uint64) uint64 { return a >> (b & 255) & (1<<(c&255) - 1) }},
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
		{"shf.l.clamp.b32", 32, three, func(a, b, c uint64) uint64 { return (b<<32 | a) << min(c, 32) >> 32 }},
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
		{"slct.b32.s32", 32, three, func(a, b, c uint64) uint64 { return choose(s32(c) >= 0, a, b) }},
	})
	for lut := range 256 {
		f := lop3(uint8(lut))
		for i := range uint32(8) { // one bit of each operand decides one bit of the table
			if got := f(-(i >> 2 & 1), -(i >> 1 & 1), -(i & 1)); got != -uint32(lut>>i&1) {
				t.Fatalf("lop3 table %#x of bits %03b: got %#x", lut, i, got)
			}
		}
	}
}
