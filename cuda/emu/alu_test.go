package emu

import (
	"fmt"
	"math"
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
		fmt.Fprintf(&s, "\t%s %%p, %s;\n\tselp.b32 %%i323, 1, 0, %%p;\n\tst.global.b32 [%%rd3], %%i323;\n",
			r.op, strings.Join(args, ", "))
	} else {
		fmt.Fprintf(&s, "\t%s %%i%d3, %s;\n\tst.global.b%d [%%rd3], %%i%d3;\n", r.op, r.out,
			strings.Join(args, ", "), r.out, r.out)
	}
	s.WriteString("\tret;\n}\n")
	return s.String()
}

// corners are bit patterns at which something changes, at 16, 32 and 64 bits,
// as integers and as floats.
var corners = map[int][]uint64{
	16: {0, 1, 2, 15, 16, 17, 0x7fff, 0x8000, 0x8001, 0xffff, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e01, 0x0400,
		0x03ff,
		0x3f80, 0xbf80, 0x7f80, 0x7fc0, 0x0080, 0x007f, 0x7bff, 0x7f7f, 0x1234},
	32: {0, 1, 2, 7, 31, 32, 33, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x3f800000, 0xbf800000,
		0x7f800000,
		0xff800000, 0x7fc00000, 0x00800000, 0x007fffff, 0x00000010, 0x807fffff, 0x7f7fffff, 0x4f000000,
		0xcf000000, 0x4b800001, 0x3f000000, 0x40200000, 0x3fffffff, 0x33800000, 0x12345678, 0xdeadbeef,
		0x477fe000, 0x47800000, 0x387fc000, 0x33000001},
	64: {0, 1, 63, 64, 65, math.MaxInt64, 1 << 63, 1<<63 + 1, math.MaxUint64, 0x3ff0000000000000,
		0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
		0x0010000000000000, 0x000fffffffffffff, 0x47efffffe0000000, 0x47effffff0000000,
		0x36a0000000000000, 0x3690000000000001, 0x43e0000000000000, 0xc3e0000000000000,
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
