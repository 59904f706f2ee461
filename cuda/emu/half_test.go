package emu

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// A refFormat is a 16-bit floating-point format with its definition: p bits of precision,
// exponents from emin to emax, the value of every bit pattern.
type refFormat struct {
	name          string
	p, emin, emax int
	from          func(h uint64) float64
}

var halves = []refFormat{
	{"f16", 11, -14, 15, func(h uint64) float64 { return refHalf(h, 10, 15) }},
	{"bf16", 8, -126, 127, func(h uint64) float64 { return refHalf(h, 7, 127) }},
}

// refHalf decodes a 16-bit float by its definition.
func refHalf(h uint64, mant, bias int) float64 {
	m, e := h&(1<<mant-1), int(h>>mant)&(1<<(15-mant)-1)
	s := choose(h>>15 == 1, -1.0, 1)
	switch {
	case e == 1<<(15-mant)-1 && m != 0:
		return math.NaN()
	case e == 1<<(15-mant)-1:
		return s * math.Inf(1)
	case e == 0:
		return s * math.Ldexp(float64(m), 1-bias-mant)
	}
	return s * math.Ldexp(float64(m|1<<mant), e-bias-mant)
}

// operation defines an opcode: its value is exact, then rounded once, then encoded.
func (h refFormat) operation(op string, encode func(float64) uint64) func(a, b, c uint64) uint64 {
	return func(a, b, c uint64) uint64 {
		if op != "fma" {
			c = 0
		}
		x, v, is := refOp(op, h.from(a), h.from(b), h.from(c))
		if !is {
			v = refRound(x, h.p, h.emin, h.emax, round.NearestEven)
		}
		return encode(v)
	}
}

func TestHalf(t *testing.T) {
	for _, h := range halves {
		table := map[uint64]uint64{}
		for b := range uint64(1 << 16) {
			table[math.Float64bits(h.from(b))] = b
			if got := map[string]func(uint16) float32{"f16": round.FromF16,
				"bf16": round.FromBF16}[h.name](uint16(b)); float64(got) != h.from(b) && got == got {
				t.Fatalf("%s %#04x: got %v, want %v", h.name, b, got, h.from(b))
			}
		}
		encode := func(v float64) uint64 {
			if v != v {
				return 0x7fff
			}
			return table[math.Float64bits(v)]
		}
		var rows []aluRow
		for _, op := range []string{"add", "sub", "mul", "fma"} {
			in, f := []int{16, 16, 16}, h.operation(op, encode)
			if op != "fma" {
				in = in[:2]
			}
			wide := make([]int, len(in))
			for i := range wide {
				wide[i] = 32
			}
			rows = append(rows, aluRow{op + ".rn." + h.name, 16, in, f},
				aluRow{op + ".rn." + h.name + "x2", 32, wide, func(a, b, c uint64) uint64 {
					return f(a&0xffff, b&0xffff, c&0xffff) | f(a>>16, b>>16, c>>16)<<16
				}})
		}
		rows = append(rows,
			aluRow{"neg." + h.name, 16, []int{16}, func(a, _, _ uint64) uint64 { return a ^ 0x8000 }},
			aluRow{"abs." + h.name, 16, []int{16}, func(a, _, _ uint64) uint64 { return a & 0x7fff }},
			aluRow{"cvt.f32." + h.name, 32, []int{16}, func(a, _, _ uint64) uint64 {
				if h.name == "bf16" { // a shift, whatever the bits
					return a << 16
				}
				return f32bits(h.from(a))
			}},
		)
		for mode, r := range map[string]round.Mode{"rn": round.NearestEven, "rz": round.TowardZero} {
			rows = append(rows, aluRow{"cvt." + mode + "." + h.name + ".f32", 16, []int{32},
				func(a, _, _ uint64) uint64 {
					v := float64(math.Float32frombits(uint32(a)))
					if v != 0 && v == v && !math.IsInf(v, 0) {
						v = refRound(exact().SetFloat64(v), h.p, h.emin, h.emax, r)
					}
					return encode(v)
				}})
		}
		checkALU(t, rows)
	}
}
