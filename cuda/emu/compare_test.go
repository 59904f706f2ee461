package emu

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// TestFloatCompare covers the eighteen comparisons.
func TestFloatCompare(t *testing.T) {
	f := func(a uint64) float64 { return float64(math.Float32frombits(uint32(a))) }
	var rows []aluRow
	for name, cmp := range map[string]func(x, y float64) bool{
		"eq": func(x, y float64) bool { return x == y },
		"ne": func(x, y float64) bool { return x < y || x > y },
		"lt": func(x, y float64) bool { return x < y }, "le": func(x, y float64) bool { return x <= y },
		"gt": func(x, y float64) bool { return x > y }, "ge": func(x, y float64) bool { return x >= y },
		"num": func(x, y float64) bool { return x == x && y == y },
		"nan": func(x, y float64) bool { return x != x || y != y },
	} {
		for _, ftz := range []bool{false, true} {
			in := func(a uint64) float64 { return f(choose(ftz, flush(a), a)) }
			mod := choose(ftz, ".ftz", "")
			rows = append(rows, aluRow{"setp." + name + mod + ".f32", 1, []int{32, 32},
				func(a, b, _ uint64) uint64 {
					return uint64(bit(cmp(in(a), in(b))))
				}})
			if len(name) == 2 {
				rows = append(rows, aluRow{"setp." + name + "u" + mod + ".f32", 1, []int{32, 32},
					func(a, b, _ uint64) uint64 {
						x, y := in(a), in(b)
						return uint64(bit(x != x || y != y || cmp(x, y)))
					}})
			}
		}
		rows = append(rows, aluRow{"setp." + name + ".f64", 1, []int{64, 64}, func(a, b, _ uint64) uint64 {
			return uint64(bit(cmp(math.Float64frombits(a), math.Float64frombits(b))))
		}}, aluRow{"setp." + name + ".f16", 1, []int{16, 16}, func(a, b, _ uint64) uint64 {
			return uint64(bit(cmp(refHalf(a, 10, 15), refHalf(b, 10, 15))))
		}})
	}
	checkALU(t, rows)
}

// TestFloatMinimum covers min and max of float32 and what else looks at its bits.
func TestFloatMinimum(t *testing.T) {
	f := func(a uint64) float64 { return float64(math.Float32frombits(uint32(a))) }
	pick := func(isMin, nan bool) func(a, b, _ uint64) uint64 {
		return func(a, b, _ uint64) uint64 {
			x, y := f(a), f(b)
			switch {
			case x != x && y != y, nan && (x != x || y != y):
				return round.CanonicalNaN
			case x != x:
				return b
			case y != y:
				return a
			case x == y: // −0 is below +0
				return choose(isMin, a|b, a&b)
			}
			return choose(x < y == isMin, a, b)
		}
	}
	two := []int{32, 32}
	checkALU(t, []aluRow{
		{"min.f32", 32, two, pick(true, false)}, {"max.f32", 32, two, pick(false, false)},
		{"min.NaN.f32", 32, two, pick(true, true)}, {"max.NaN.f32", 32, two, pick(false, true)},
		{"set.lt.u32.f32", 32, two, func(a, b, _ uint64) uint64 { return -uint64(bit(f(a) < f(b))) }},
		{"copysign.f32", 32, two, func(a, b, _ uint64) uint64 { return a&(1<<31) | b&(1<<31-1) }},
		{"testp.subnormal.f32", 1, []int{32}, func(a, _, _ uint64) uint64 {
			return uint64(bit(a&0x7f800000 == 0 && a&0x7fffff != 0))
		}},
		{"neg.f32", 32, []int{32}, func(a, _, _ uint64) uint64 { return a ^ 1<<31 }},
		{"abs.f32", 32, []int{32}, func(a, _, _ uint64) uint64 { return a &^ (1 << 31) }},
		{"neg.f64", 64, []int{64}, func(a, _, _ uint64) uint64 { return a ^ 1<<63 }},
	})
}
