package emu

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// refInt rounds a float to an integer of w bits as cvt does.
func refInt(x float64, w int, signed bool, mode round.Mode, from64 bool) uint64 {
	if x != x {
		if from64 || w == 64 {
			return 1 << (w - 1)
		}
		return 0
	}
	if math.IsInf(x, 0) {
		x = math.Copysign(0x1p100, x)
	}
	f := new(big.Float).SetFloat64(x)
	i, acc := f.Int(nil)
	if acc != big.Exact {
		r := new(big.Float).Sub(f, new(big.Float).SetInt(i))
		half := new(big.Float).Abs(r).Cmp(big.NewFloat(0.5))
		away := mode == round.Down && x < 0 || mode == round.Up && x > 0 ||
			mode == round.NearestEven && (half > 0 || half == 0 && i.Bit(0) == 1)
		if away {
			i.Add(i, big.NewInt(int64(math.Copysign(1, x))))
		}
	}
	one := big.NewInt(1)
	lo, hi := big.NewInt(0), new(big.Int).Sub(new(big.Int).Lsh(one, uint(w)), one)
	if signed {
		hi.Rsh(hi, 1)
		lo.Neg(hi).Sub(lo, one)
	}
	if i.Cmp(lo) < 0 {
		i = lo
	}
	if i.Cmp(hi) > 0 {
		i = hi
	}
	return new(big.Int).And(i, new(big.Int).SetUint64(math.MaxUint64)).Uint64() // two's complement
}

func TestConvertToInt(t *testing.T) {
	var rows []aluRow
	for mode, r := range map[string]round.Mode{"rni": round.NearestEven, "rzi": round.TowardZero,
		"rmi": round.Down, "rpi": round.Up} {
		for _, w := range []int{16, 32, 64} {
			for _, s := range []string{"s", "u"} {
				rows = append(rows,
					aluRow{fmt.Sprintf("cvt.%s.%s%d.f32", mode, s, w), w, []int{32},
						func(a, _, _ uint64) uint64 {
							return refInt(float64(math.Float32frombits(uint32(a))), w, s == "s", r, false)
						}},
					aluRow{fmt.Sprintf("cvt.%s.%s%d.f64", mode, s, w), w, []int{64},
						func(a, _, _ uint64) uint64 {
							return refInt(math.Float64frombits(a), w, s == "s", r, true)
						}})
			}
		}
		rows = append(rows, aluRow{"cvt." + mode + ".f32.f32", 32, []int{32}, func(a, _, _ uint64) uint64 {
			x := float64(math.Float32frombits(uint32(a)))
			f := map[round.Mode]func(float64) float64{round.NearestEven: math.RoundToEven,
				round.TowardZero: math.Trunc,
				round.Down:       math.Floor, round.Up: math.Ceil}[r]
			return f32bits(f(x))
		}})
	}
	checkALU(t, rows)
}

func TestConvertFromInt(t *testing.T) {
	var rows []aluRow
	for mode, r := range map[string]round.Mode{"rn": round.NearestEven, "rz": round.TowardZero,
		"rm": round.Down, "rp": round.Up} {
		for _, w := range []int{16, 32, 64} {
			for _, s := range []string{"s", "u"} {
				value := func(a uint64) *big.Float {
					if s == "s" {
						return exact().SetInt64(sx(a, w))
					}
					return exact().SetUint64(a)
				}
				rows = append(rows,
					aluRow{fmt.Sprintf("cvt.%s.f32.%s%d", mode, s, w), 32, []int{w},
						func(a, _, _ uint64) uint64 {
							if a == 0 {
								return 0
							}
							return f32bits(refRound(value(a), 24, -126, 127, r))
						}},
					aluRow{fmt.Sprintf("cvt.%s.f64.%s%d", mode, s, w), 64, []int{w},
						func(a, _, _ uint64) uint64 {
							if a == 0 {
								return 0
							}
							return math.Float64bits(refRound(value(a), 53, -1022, 1023, r))
						}})
			}
		}
		rows = append(rows, aluRow{"cvt." + mode + ".f32.f64", 32, []int{64}, func(a, _, _ uint64) uint64 {
			x := math.Float64frombits(a)
			if x != 0 && x == x && !math.IsInf(x, 0) {
				x = refRound(exact().SetFloat64(x), 24, -126, 127, r)
			}
			return f32bits(x)
		}})
	}
	checkALU(t, rows)
}

func TestConvertIntegers(t *testing.T) {
	var rows []aluRow
	types := []string{"s16", "u16", "s32", "u32", "s64", "u64"}
	for _, from := range types {
		for _, to := range types {
			var wf, wt int
			fmt.Sscanf(from[1:], "%d", &wf)
			fmt.Sscanf(to[1:], "%d", &wt)
			value := func(a uint64) uint64 {
				if from[0] == 's' {
					return uint64(sx(a, wf))
				}
				return a
			}
			rows = append(rows, aluRow{"cvt." + to + "." + from, wt, []int{wf},
				func(a, _, _ uint64) uint64 { return value(a) }})
			if from == to || wf < wt && (from[0] == 'u' || to[0] == 's') {
				continue // every value fits: there is no .sat
			}
			rows = append(rows,
				aluRow{"cvt.sat." + to + "." + from, wt, []int{wf}, func(a, _, _ uint64) uint64 {
					v := new(big.Int).SetUint64(a)
					if from[0] == 's' {
						v.SetInt64(sx(a, wf))
					}
					return refInt(0, wt, to[0] == 's', 0, false) + clampBig(v, wt, to[0] == 's')
				}})
		}
	}
	checkALU(t, rows)
}

func clampBig(v *big.Int, w int, signed bool) uint64 {
	hi := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(w)), big.NewInt(1))
	lo := big.NewInt(0)
	if signed {
		hi.Rsh(hi, 1)
		lo.Not(hi)
	}
	if v.Cmp(lo) < 0 {
		v = lo
	}
	if v.Cmp(hi) > 0 {
		v = hi
	}
	return new(big.Int).And(v, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
}

func TestConvertSpecial(t *testing.T) {
	f := func(a uint64) float64 { return float64(math.Float32frombits(uint32(a))) }
	tf := func(mode round.Mode) func(a, _, _ uint64) uint64 {
		return func(a, _, _ uint64) uint64 {
			x := f(a)
			if x != 0 && x == x && !math.IsInf(x, 0) {
				x = refRound(exact().SetFloat64(x), 11, -126, 127, mode)
			}
			return f32bits(x)
		}
	}
	bf := func(x float64, mode round.Mode) uint64 {
		if x != x {
			return 0x7fff
		}
		if x != 0 && !math.IsInf(x, 0) {
			x = refRound(exact().SetFloat64(x), 8, -126, 127, mode)
		}
		return uint64(math.Float32bits(float32(x)) >> 16)
	}
	pair := func(mode round.Mode, relu bool) func(a, b, _ uint64) uint64 {
		one := func(a uint64) uint64 {
			if relu && f(a) <= 0 {
				return 0
			}
			return bf(f(a), mode)
		}
		return func(a, b, _ uint64) uint64 { return one(a)<<16 | one(b) }
	}
	checkALU(t, []aluRow{
		{"cvt.rna.tf32.f32", 32, []int{32}, tf(round.NearestAway)},
		{"cvt.rn.tf32.f32", 32, []int{32}, tf(round.NearestEven)},
		{"cvt.rn.bf16x2.f32", 32, []int{32, 32}, pair(round.NearestEven, false)},
		{"cvt.rz.bf16x2.f32", 32, []int{32, 32}, pair(round.TowardZero, false)},
		{"cvt.rn.relu.bf16x2.f32", 32, []int{32, 32}, pair(round.NearestEven, true)},
		{"cvt.sat.f32.f32", 32, []int{32}, func(a, _, _ uint64) uint64 {
			if x := f(a); !(x > 0) {
				return 0
			} else if x > 1 {
				return 0x3f800000
			}
			return a
		}},
		{"cvt.ftz.f32.f32", 32, []int{32}, func(a, _, _ uint64) uint64 { return f32bits(f(flush(a))) }},
		{"cvt.f64.f32", 64, []int{32}, func(a, _, _ uint64) uint64 {
			if x := f(a); x != x {
				return 0x7fffffffffffffff
			}
			return math.Float64bits(f(a))
		}},
	})
}

// The approximate functions are the float64 ones, rounded; exp2 is allowed the
// last bit, which its own polynomial may miss.
func TestApproximate(t *testing.T) {
	near := func(g func(float64) float64) func(a, _, _ uint64) uint64 {
		return func(a, _, _ uint64) uint64 { return f32bits(g(float64(math.Float32frombits(uint32(a))))) }
	}
	one := []int{32}
	checkALU(t, []aluRow{
		{"rsqrt.approx.f32", 32, one, near(func(x float64) float64 { return 1 / math.Sqrt(x) })},
		{"sin.approx.f32", 32, one, near(math.Sin)},
		{"cos.approx.f32", 32, one, near(math.Cos)},
		{"lg2.approx.f32", 32, one, near(math.Log2)},
		{"tanh.approx.f32", 32, one, near(math.Tanh)},
		{"ex2.approx.f32", 32, one, near(math.Exp2)},
		{"sqrt.approx.f32", 32, one, near(math.Sqrt)},
		{"rcp.approx.f32", 32, one, near(func(x float64) float64 { return 1 / x })},
		{"div.approx.f32", 32, []int{32, 32}, refF32("div", round.NearestEven, false, false)},
		{"div.full.f32", 32, []int{32, 32}, refF32("div", round.NearestEven, false, false)},
	})
}
