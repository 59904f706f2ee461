package emu

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// TestBitForms covers bfi, lop3, prmt modes, dp2a, cvt.pack, selp and the carry
// chains, which need several operands or instructions.
func TestBitForms(t *testing.T) {
	two, three := []int{32, 32}, []int{32, 32, 32}
	field := func(a, b, start, n uint64) (r uint64) {
		r = b
		for i := range n {
			if start+i < 64 {
				r = r&^(1<<(start+i)) | a>>min(i, 63)&1<<(start+i)*bitOf(i < 64)
			}
		}
		return r
	}
	rows := []aluRow{
		{"prmt.b32.f4e", 32, three, func(a, b, c uint64) uint64 { return (b<<32 | a) >> (8 * (c & 3)) }},
		{"prmt.b32.rc8", 32, three, func(a, b, c uint64) uint64 {
			return a >> (8 * (c & 3)) & 255 * 0x01010101
		}},
		{"prmt.b32.rc16", 32, three, func(a, b, c uint64) uint64 {
			return a >> (16 * (c & 1)) & 0xffff * 0x10001
		}},
		{"prmt.b32.ecl", 32, three, func(a, b, c uint64) uint64 { // bytes below c repeat byte c
			return a>>(8*(c&3))<<(8*(c&3)) | a>>(8*(c&3))&255*(1<<(8*(c&3))/255)
		}},
		{"dp2a.lo.s32.u32", 32, three, func(a, b, c uint64) uint64 {
			return c + uint64(sx(a, 16)*int64(b&255)+sx(a>>16, 16)*int64(b>>8&255))
		}},
		{"dp2a.hi.u32.s32", 32, three, func(a, b, c uint64) uint64 {
			return c + uint64(int64(a&0xffff)*sx(b>>16, 8)+int64(a>>16)*sx(b>>24, 8))
		}},
		{"cvt.pack.sat.s16.s32", 32, two, func(a, b, _ uint64) uint64 {
			clamp := func(x uint64) uint64 { return uint64(min(max(sx(x, 32), -1<<15), 1<<15-1)) & 0xffff }
			return clamp(a)<<16 | clamp(b)
		}},
		{"cvt.pack.sat.u8.s32.b32", 32, three, func(a, b, c uint64) uint64 {
			clamp := func(x uint64) uint64 { return uint64(min(max(sx(x, 32), 0), 255)) }
			return c<<16 | clamp(a)<<8 | clamp(b)
		}},
		{"slct.b64.f32", 64, []int{64, 64, 32}, func(a, b, c uint64) uint64 {
			return choose(math.Float32frombits(uint32(c)) >= 0, a, b)
		}},
		{"slct.u32.f32", 32, three, func(a, b, c uint64) uint64 {
			return choose(math.Float32frombits(uint32(c)) >= 0, a, b)
		}},
		{"setp.eq.b32", 1, two, func(a, b, _ uint64) uint64 { return bitOf(a == b) }},
		{"setp.ne.b64", 1, []int{64, 64}, func(a, b, _ uint64) uint64 { return bitOf(a != b) }},
	}
	checkALU(t, rows)
	for _, x := range []uint64{0, 0x12345678, math.MaxUint64} {
		for _, y := range []uint64{0, 0xdeadbeefcafe, math.MaxUint64} {
			for _, start := range []uint32{0, 5, 31, 63, 64, 255} {
				for _, n := range []uint32{0, 1, 8, 32, 64, 200} {
					if got, want := insert(x, y, start, n),
						field(x, y, uint64(start), uint64(n)); got != want {
						t.Fatalf("bfi of %#x into %#x at %d, %d bits: got %#x, want %#x", x, y, start, n, got,
							want)
					}
				}
			}
		}
	}
}

func bitOf(b bool) uint64 { return uint64(bit(b)) }

// laneCase is a body of lanePTX with what it gives for each lane, whose word is x.
type laneCase struct {
	name, body string
	want       func(i int, x uint32) uint32
}

func checkLanes(t *testing.T, cases []laneCase) {
	in := make([]uint32, lanes)
	for i := range in {
		in[i] = uint32(i)*2654435761 ^ uint32(i)<<29
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			eachOrder(t, func(t *testing.T, o Options) {
				r := newRig(t, o)
				f := r.load(lanePTX(tt.body), "lane")
				out := put(r, make([]uint32, lanes))
				r.launch(f, 1, lanes, put(r, in), out)
				for i, got := range get[uint32](r, out, lanes) {
					if want := tt.want(i, in[i]); got != want {
						t.Fatalf("lane %d: got %#x, want %#x", i, got, want)
					}
				}
				r.close()
			})
		})
	}
}

// Integers and predicates in forms that the kernels use seldom.
func TestLaneForms(t *testing.T) {
	wide := func(x uint32) uint64 { return uint64(x)<<32 | uint64(^x) }
	const makeWide = "not.b32 %r1, %a; mov.b64 %rd5, {%r1, %a};\n"
	checkLanes(t, []laneCase{
		{"bfi", "bfi.b32 %d, %a, %b, 7, 11;",
			func(i int, x uint32) uint32 { return uint32(i)&^(0x7ff<<7) | x&0x7ff<<7 }},
		{"lop3", "lop3.b32 %d, %a, %b, 0x0f, 0xca;",
			func(i int, x uint32) uint32 { return x&uint32(i) | ^x&0x0f }},
		{"pack and unpack", makeWide + "mov.b64 {%r2, %r3}, %rd5; xor.b32 %d, %r2, %r3;",
			func(_ int, x uint32) uint32 { return x ^ ^x }},
		{"halves", "{ .reg .b16 h<4>; mov.b32 {h0, h1}, %a; mov.b32 %d, {h1, h0}; }",
			func(_ int, x uint32) uint32 { return x<<16 | x>>16 }},
		{"four halves", makeWide + "{ .reg .b16 h<4>; mov.b64 {h0, h1, h2, h3}, %rd5; mov.b64 %rd6, {h3, " +
			"h2, h1, h0}; cvt.u32.u64 %d, %rd6; }",
			func(_ int, x uint32) uint32 { return x>>16 | x<<16 }},
		{"128-bit sum", makeWide + `cvt.u64.u32 %rd6, %b;
			add.cc.u64 %rd7, %rd5, %rd5; addc.u64 %rd6, %rd6, 0; cvt.u32.u64 %d, %rd6;`,
			func(i int, x uint32) uint32 { return uint32(i) + uint32(wide(x)>>63) }},
		{"96-bit sum of words", `add.cc.u32 %r1, %a, %a; addc.cc.u32 %r2, %a, 0xffffffff; addc.u32 %d, 0, 0;
			add.u32 %d, %d, %r2;`,
			func(_ int, x uint32) uint32 {
				mid := uint64(x) + math.MaxUint32 + uint64(x>>31)
				return uint32(mid>>32) + uint32(mid)
			}},
		{"difference with borrow", `sub.cc.u32 %r1, %b, %a; subc.u32 %d, 5, 0;`,
			func(i int, x uint32) uint32 { return 5 - bit(uint32(i) < x) }},
		{"mad with carry", `mad.lo.cc.u32 %r1, %a, %a, %a; madc.hi.u32 %d, %a, %a, 0;`,
			func(_ int, x uint32) uint32 {
				return uint32((uint64(x)*uint64(x) + uint64(x)) >> 32)
			}},
		{"64-bit mad with carry", makeWide + `mad.lo.cc.u64 %rd6, %rd5, %rd5, %rd5;
			madc.hi.u64 %rd7, %rd5, %rd5, 1; cvt.u32.u64 %d, %rd7;`,
			func(_ int, x uint32) uint32 {
				h, l := bits.Mul64(wide(x), wide(x))
				_, c := bits.Add64(l, wide(x), 0)
				return uint32(h + c + 1)
			}},
		{"setp with two destinations", "setp.lt.u32 %p|%q, %b, 9; selp.u32 %r1, 2, 0, %p; selp.u32 %r2, " +
			"1, 0, %q; or.b32 %d, %r1, %r2;",
			func(i int, _ uint32) uint32 { return choose(i < 9, uint32(2), 1) }},
		{"setp combined", `setp.gt.u32 %q, %b, 3; setp.lt.and.u32 %p, %b, 9, %q; selp.u32 %d, 1, 0, %p;
			setp.lt.or.u32 %p, %b, 2, !%q;
			@%p add.u32 %d, %d, 2; setp.lt.xor.u32 %p, %b, 9, %q;
			@%p add.u32 %d, %d, 4;`, func(i int, _ uint32) uint32 {
			return bit(i > 3 && i < 9) + 2*bit(i < 2 || i <= 3) + 4*bit((i < 9) != (i > 3))
		}},
		{"predicate logic", `setp.gt.u32 %p, %b, 3; setp.lt.u32 %q, %b, 9; xor.pred %p, %p, %q;
			not.pred %p, %p; and.pred %q, %p, !%q;
			selp.u32 %d, 1, 0, %p; @%q add.u32 %d, %d, 2;`, func(i int, _ uint32) uint32 {
			p := (i > 3) == (i < 9)
			return bit(p) + 2*bit(p && i >= 9)
		}},
	})
}

// Generic addresses, special registers, and what the lanes of a block do together.
func TestLaneMemory(t *testing.T) {
	checkLanes(t, []laneCase{
		{"generic shared", `mov.u64 %rd5, tile; cvta.shared.u64 %rd5, %rd5; mad.wide.u32 %rd5, %b, 4, %rd5;
			st.u32 [%rd5], %a;
			isspacep.shared %p, %rd5; ld.u32 %d, [%rd5];
			@!%p mov.u32 %d, 0;`, func(_ int, x uint32) uint32 { return x }},
		{"generic atomics", `mov.u64 %rd5, tile; cvta.shared.u64 %rd5, %rd5; mad.wide.u32 %rd5, %b, 4, %rd5;
			st.u32 [%rd5], %a;
			atom.add.u32 %r1, [%rd5], 3; ld.u32 %d, [%rd5];`, func(_ int, x uint32) uint32 { return x + 3 }},
		{"generic local", `{ .local .align 8 .b8 mine[16]; mov.u64 %rd5, mine; cvta.local.u64 %rd5, %rd5;
			st.u32 [%rd5+8], %a;
			isspacep.local %p, %rd5; ld.u32 %d, [%rd5+8]; @!%p mov.u32 %d, 0;
			}`, func(_ int, x uint32) uint32 { return x }},
		{"mixed spaces", `mov.u64 %rd5, tile; cvta.shared.u64 %rd5, %rd5; mad.wide.u32 %rd5, %b, 4, %rd5;
			st.u32 [%rd5], %b;
			setp.lt.u32 %p, %b, 11; selp.b64 %rd6, %rd5, %rd3, %p;
			ld.u32 %d, [%rd6];`, func(i int, x uint32) uint32 {
			return choose(i < 11, uint32(i), x)
		}},
		{"reversed sectors", `sub.u32 %r1, 31, %b; mad.wide.u32 %rd5, %r1, 4, %rd1; ld.global.u32 %d, [%rd5];
			xor.b32 %d, %d, %d;`,
			func(int, uint32) uint32 { return 0 }},
		{"special registers", `mov.u32 %r1, %warpid; mov.u32 %r2, %nwarpid; mov.u32 %r3, %nctaid.y;
			mov.u32 %r4, %ntid.x; mov.u32 %r5, %lanemask_gt;
			mov.u32 %r6, %lanemask_le; mov.u32 %r7, %lanemask_eq; and.b32 %r7, %r7, %r6; popc.b32 %r7, %r7;
			xor.b32 %r5, %r5, %r6; add.u32 %d, %r1, %r2;
			add.u32 %d, %d, %r3; add.u32 %d, %d, %r4; add.u32 %d, %d, %r5; add.u32 %d, %d, %r7;
			mov.u32 %r1, %nsmid; add.u32 %d, %d, %r1; mov.u32 %r1, %gridid; add.u32 %d, %d, %r1;
			mov.u32 %r1, %total_smem_size; add.u32 %d, %d, %r1; mov.u32 %r1, %dynamic_smem_size;
			add.u32 %d, %d, %r1;`,
			func(int, uint32) uint32 { return 1 + 1 + 32 - 1 + 1 + 1 + 1024 }},
		{"and and or at a barrier", `setp.lt.u32 %p, %b, 31; bar.red.and.pred %q, 0, %p;
			selp.u32 %d, 1, 0, %q; bar.red.or.pred %q, 0, !%p; @%q add.u32 %d, %d, 2;`,
			func(int, uint32) uint32 { return 2 }},
		{"stmatrix", `mov.u32 %r1, tile; mad.lo.u32 %r2, %b, 16, %r1; and.b32 %r3, %b, 7;
			mad.lo.u32 %r2, %r3, 16, %r1;
			stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%r2], {%a}; bar.warp.sync -1;
			ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%d},
			[%r2];`, func(_ int, x uint32) uint32 { return x }},
	})
}

// The float64 product of a warp: D = A·B + C with A 8×4, B 4×8.
func TestDoubleMMA(t *testing.T) {
	body := `{ .reg .f64 x<8>;
	cvt.rn.f64.u32 x0, %b;
	mad.lo.u32 %r1, %b, %b, 1;
	cvt.rn.f64.u32 x1, %r1;
	cvt.rn.f64.s32 x2, -5;
	mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {x3, x4}, {x0}, {x1}, {x2, x2};
	sub.f64 x5, x3, x4;
	cvt.rni.s32.f64 %r2, x3;
	cvt.rni.s32.f64 %r3, x5;
	mad.lo.u32 %d, %r3, 7, %r2; }`
	entry := func(row, col int) (s int32) {
		s = -5
		for k := range 4 {
			b := 4*col + k // the lane that holds B[k][col]
			s += int32((4*row + k) * (b*b + 1))
		}
		return s
	}
	checkLanes(t, []laneCase{{"m8n8k4", body, func(i int, _ uint32) uint32 {
		d0, d1 := entry(i/4, i%4*2), entry(i/4, i%4*2+1)
		return uint32((d0-d1)*7 + d0)
	}}})
}

// Modifiers of the 16-bit operations.
func TestHalfForms(t *testing.T) {
	h := halves[0]
	f := func(x uint64) float64 { return h.from(x) }
	// held to refRound in TestHalf
	encode := func(v float64) uint64 { return uint64(round.ToF16(v, round.NearestEven)) }
	sum := func(a, b uint64) float64 { return f(a) + f(b) }
	checkALU(t, []aluRow{
		{"add.sat.f16", 16, []int{16, 16}, func(a, b, _ uint64) uint64 {
			if s := sum(a, b); !(s > 0) {
				return 0
			} else if s > 1 {
				return 0x3c00
			}
			return encode(sum(a, b))
		}},
		{"fma.rn.relu.f16", 16, []int{16, 16, 16}, func(a, b, c uint64) uint64 {
			s := math.FMA(f(a), f(b), f(c))
			if s <= 0 {
				return 0
			}
			if x, _, is := refOp("fma", f(a), f(b), f(c)); !is {
				s = refRound(x, 11, -14, 15, round.NearestEven)
			}
			return encode(s)
		}},
		{"add.ftz.f16", 16, []int{16, 16}, func(a, b, _ uint64) uint64 {
			z := func(x uint64) uint64 { return choose(x&0x7c00 == 0, x&0x8000, x) }
			return z(encode(f(z(a)) + f(z(b))))
		}},
		{"min.NaN.f16x2", 32, []int{32, 32}, func(a, b, _ uint64) uint64 {
			one := func(a, b uint64) uint64 {
				x, y := f(a), f(b)
				if x != x || y != y {
					return 0x7fff
				}
				return encode(math.Min(x, y))
			}
			return one(a&0xffff, b&0xffff) | one(a>>16, b>>16)<<16
		}},
		{"ex2.approx.ftz.bf16", 16, []int{16}, func(a, _, _ uint64) uint64 {
			z := func(x uint64) uint64 { return choose(x&0x7f80 == 0, x&0x8000, x) }
			return z(uint64(round.ToBF16(math.Exp2(halves[1].from(z(a))), round.NearestEven)))
		}},
	})
}

// When the tags of shadow cells run out they begin again, and nothing is taken
// for a race.
func TestTagsWrap(t *testing.T) {
	r, add, a, _, p := streamRig(t, Options{})
	for i := range 4 {
		r.nextTag = byAtomics - 2
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 16, 1}))
		r.must(r.Synchronize(a))
		if r.nextTag > 100 {
			t.Fatalf("round %d: the next tag is %d, want it to have begun again", i, r.nextTag)
		}
	}
}
