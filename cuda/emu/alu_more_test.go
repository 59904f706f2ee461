package emu

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// Opcodes that the kernels do not use yet, against definitions written from the
// ISA's words and not from the decoder.

func TestBitOpcodes(t *testing.T) {
	two, three := []int{32, 32}, []int{32, 32, 32}
	pair := func(f func(x, y int64) int64, w func(uint64) int64) func(a, b, _ uint64) uint64 {
		return func(a, b, _ uint64) uint64 {
			return uint64(f(w(a), w(b)))&0xffff | uint64(f(w(a>>16), w(b>>16)))&0xffff<<16
		}
	}
	signed := func(x uint64) int64 { return sx(x, 16) }
	unsigned := func(x uint64) int64 { return int64(x & 0xffff) }
	least, most := func(x, y int64) int64 { return min(x, y) }, func(x, y int64) int64 { return max(x, y) }
	checkALU(t, []aluRow{
		{"fns.b32", 32, three, func(m, base, n uint64) uint64 {
			var set []uint64 // positions from base on, in the direction of n
			for k := range uint64(32) {
				at := base + k
				if int32(n) < 0 {
					at = base - k
				}
				if at < 32 && m>>at&1 == 1 && base < 32 {
					set = append(set, at)
				}
			}
			k := int64(int32(n))
			switch {
			case k == 0 && len(set) > 0 && set[0] == base, k == 1 && len(set) > 0, k == -1 && len(set) > 0:
				return set[0]
			case k != 0 && max(k, -k) <= int64(len(set)):
				return set[max(k, -k)-1]
			}
			return math.MaxUint32
		}},
		{"bmsk.clamp.b32", 32, two, func(a, b, _ uint64) (r uint64) {
			for i := range uint64(32) {
				r |= bitOf(i >= a && i-a < b) << i
			}
			return r
		}},
		{"bmsk.wrap.b32", 32, two, func(a, b, _ uint64) (r uint64) {
			for i := range uint64(32) {
				r |= bitOf(i >= a%32 && i-a%32 < b%32) << i
			}
			return r
		}},
		{"szext.clamp.s32", 32, two, func(a, b, _ uint64) uint64 {
			return choose(b == 0, 0, uint64(sx(a, int(min(max(b, 1), 32)))))
		}},
		{"szext.wrap.u32", 32, two, func(a, b, _ uint64) uint64 { return a & (1<<(b%32) - 1) }},
		{"szext.clamp.u32", 32, two, func(a, b, _ uint64) uint64 { return a & (1<<min(b, 32) - 1) }},
		{"add.u16x2", 32, two, pair(func(x, y int64) int64 { return x + y }, unsigned)},
		{"min.s16x2", 32, two, pair(least, signed)}, {"max.s16x2", 32, two, pair(most, signed)},
		{"min.u16x2", 32, two, pair(least, unsigned)}, {"max.u16x2", 32, two, pair(most, unsigned)},
		{"min.relu.s16x2", 32, two, pair(func(x, y int64) int64 { return max(min(x, y), 0) }, signed)},
		{"max.relu.s32", 32, two, func(a, b, _ uint64) uint64 {
			return uint64(max(sx(a, 32), sx(b, 32), 0))
		}},
		{"min.relu.s32", 32, two, func(a, b, _ uint64) uint64 {
			return uint64(max(min(sx(a, 32), sx(b, 32)), 0))
		}},
	})
}

// Products that saturate, and bytes that are picked by another register.
func TestBitPicks(t *testing.T) {
	three := []int{32, 32, 32}
	checkALU(t, []aluRow{
		{"mad.hi.sat.s32", 32, three, func(a, b, c uint64) uint64 {
			return uint64(min(max(sx(a, 32)*sx(b, 32)>>32+sx(c, 32), math.MinInt32), math.MaxInt32))
		}},
	})
}

// refByte is a number of an 8-bit float, from the definition of such formats.
func refByte(b uint64, mantissa int, bias int) float64 {
	e, m := int(b>>mantissa&(1<<(7-mantissa)-1)), float64(b&(1<<mantissa-1))
	x := math.Ldexp(m, 1-bias-mantissa)
	if e > 0 {
		x = math.Ldexp(m+float64(uint(1)<<mantissa), e-bias-mantissa)
	}
	return math.Copysign(x, 1-2*float64(b>>7&1))
}

// nearestByte is the finite number of the format next to x, of two as near the one
// with an even last bit.
func nearestByte(x float64, mantissa, bias int, last uint64) uint64 {
	if x != x {
		return 0x7f
	}
	best, dist := uint64(0), math.Inf(1)
	for b := uint64(0); b <= last; b++ {
		d := math.Abs(refByte(b, mantissa, bias) - min(math.Abs(x), 1e6))
		if d < dist || d == dist && b&1 == 0 {
			best, dist = b, d
		}
	}
	return best | bitOf(math.Signbit(x))<<7
}

func TestByteFloats(t *testing.T) {
	f := func(a uint64) float64 { return float64(math.Float32frombits(uint32(a))) }
	half := func(a uint64) float64 { return refHalf(a&0xffff, 10, 15) }
	e4m3 := func(x float64) uint64 { return nearestByte(x, 3, 7, 0x7e) }
	e5m2 := func(x float64) uint64 { return nearestByte(x, 2, 15, 0x7b) }
	relu := func(x float64) float64 { return choose(x <= 0, 0, x) }
	wide := func(b uint64, mantissa, bias int) uint64 {
		b &= 0xff
		switch {
		case b&0x7f == 0x7f || mantissa == 2 && b&0x7f > 0x7c:
			return 0x7fff
		case mantissa == 2 && b&0x7f == 0x7c:
			return 0x7c00 | b>>7<<15
		}
		// every such number is a half
		return uint64(round.ToF16(refByte(b, mantissa, bias), round.NearestEven))
	}
	checkALU(t, []aluRow{
		{"cvt.rn.satfinite.e4m3x2.f32", 16, []int{32, 32},
			func(a, b, _ uint64) uint64 { return e4m3(f(a))<<8 | e4m3(f(b)) }},
		{"cvt.rn.satfinite.e5m2x2.f32", 16, []int{32, 32},
			func(a, b, _ uint64) uint64 { return e5m2(f(a))<<8 | e5m2(f(b)) }},
		{"cvt.rn.satfinite.relu.e4m3x2.f32", 16, []int{32, 32}, func(a, b, _ uint64) uint64 {
			return e4m3(relu(f(a)))<<8 | e4m3(relu(f(b)))
		}},
		{"cvt.rn.satfinite.e4m3x2.f16x2", 16, []int{32}, func(a, _, _ uint64) uint64 {
			return e4m3(half(a>>16))<<8 | e4m3(half(a))
		}},
		{"cvt.rn.satfinite.e5m2x2.f16x2", 16, []int{32}, func(a, _, _ uint64) uint64 {
			return e5m2(half(a>>16))<<8 | e5m2(half(a))
		}},
		{"cvt.rn.f16x2.e4m3x2", 32, []int{16},
			func(a, _, _ uint64) uint64 { return wide(a>>8, 3, 7)<<16 | wide(a, 3, 7) }},
		{"cvt.rn.f16x2.e5m2x2", 32, []int{16},
			func(a, _, _ uint64) uint64 { return wide(a>>8, 2, 15)<<16 | wide(a, 2, 15) }},
		{"cvt.rn.relu.f16x2.e4m3x2", 32, []int{16}, func(a, _, _ uint64) uint64 {
			one := func(b uint64) uint64 { return choose(b>>7&1 == 1 && b&0x7f != 0x7f, 0, wide(b, 3, 7)) }
			return one(a>>8)<<16 | one(a&0xff)
		}},
	})
	for b := range uint64(256) { // every number comes back
		if e := b & 0x7f; e != 0x7f && uint64(toByte(float64(fromE4M3(uint8(b))), ptx.E4M3x2)) != b {
			t.Errorf("e4m3 %#x: %v", b, fromE4M3(uint8(b)))
		}
		if e := b & 0x7f; e < 0x7c && uint64(toByte(float64(fromE5M2(uint8(b))), ptx.E5M2x2)) != b {
			t.Errorf("e5m2 %#x: %v", b, fromE5M2(uint8(b)))
		}
	}
}

// Comparisons of halves, alone and in pairs, and the sign rule of .xorsign.abs.
func TestHalfComparisons(t *testing.T) {
	h := func(a uint64) float64 { return refHalf(a&0xffff, 10, 15) }
	less := func(a, b uint64) bool { return h(a) < h(b) }
	two := []int{32, 32}
	f := func(a uint64) float64 { return float64(math.Float32frombits(uint32(a))) }
	checkALU(t, []aluRow{
		{"set.lt.f16x2.f16x2", 32, two, func(a, b, _ uint64) uint64 {
			return 0x3c00*bitOf(less(a, b)) | 0x3c000000*bitOf(less(a>>16, b>>16))
		}},
		{"set.lt.u32.f16x2", 32, two, func(a, b, _ uint64) uint64 {
			return 0xffff*bitOf(less(a, b)) | 0xffff0000*bitOf(less(a>>16, b>>16))
		}},
		{"set.geu.u32.f16", 32, []int{16, 16}, func(a, b, _ uint64) uint64 { return -bitOf(!less(a, b)) }},
		{"set.lt.f16.f16", 16, []int{16, 16},
			func(a, b, _ uint64) uint64 { return 0x3c00 * bitOf(less(a, b)) }},
		{"set.eq.bf16.s32", 16, two, func(a, b, _ uint64) uint64 { return 0x3f80 * bitOf(a == b) }},
		{"rcp.approx.ftz.f64", 64, []int{64}, func(a, _, _ uint64) uint64 { return recip64(a, false) }},
		{"rsqrt.approx.ftz.f64", 64, []int{64}, func(a, _, _ uint64) uint64 { return recip64(a, true) }},
		{"min.xorsign.abs.f32", 32, two, func(a, b, _ uint64) uint64 {
			x, y, sign := math.Abs(f(a)), math.Abs(f(b)), (a^b)&(1<<31)
			switch {
			case x != x && y != y:
				return round.CanonicalNaN
			case x != x:
				return b&^(1<<31) | sign
			case y != y:
				return a&^(1<<31) | sign
			}
			return choose(x < y, a, b)&^(1<<31) | sign
		}},
		{"max.NaN.xorsign.abs.f32", 32, two, func(a, b, _ uint64) uint64 {
			x, y := math.Abs(f(a)), math.Abs(f(b))
			if x != x || y != y {
				return round.CanonicalNaN
			}
			return choose(x > y, a, b)&^(1<<31) | (a^b)&(1<<31)
		}},
	})
	checkLanes(t, []laneCase{{"setp of a pair", `mov.b32 %r1, 0x40003c00; mov.b32 %r2, 0x3c004000;
		setp.gt.u32 %p, %b, 15;
		selp.b32 %r1, %r1, %r2, %p; setp.lt.f16x2 %p|%q, %r1, %r2; selp.b32 %d, 1, 0, %p;
		@%q add.u32 %d, %d, 2;`,
		func(i int, _ uint32) uint32 { return choose(i > 15, uint32(1), 0) }},
		{"setp of a pair, combined", `mov.b32 %r1, 0x3c003c00; setp.gt.u32 %p, %b, 15;
		setp.eq.and.bf16x2 %p|%q, %r1, %r1, %p; selp.b32 %d, 1, 0, %p; @%q add.u32 %d, %d, 2;`,
			func(i int, _ uint32) uint32 { return choose(i > 15, uint32(3), 0) }}})
}

// recip64 is 1/a or 1/√a of float64 with subnormals flushed.
func recip64(a uint64, root bool) uint64 {
	z := func(b uint64) float64 { return math.Float64frombits(choose(b<<1>>53 == 0, b&(1<<63), b)) }
	x := z(a)
	if root {
		x = math.Sqrt(x)
	}
	if x = 1 / x; x != x {
		return 0x7fffffffffffffff
	}
	return math.Float64bits(z(math.Float64bits(x)))
}
