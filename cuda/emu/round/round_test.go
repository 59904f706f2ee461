package round

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var bigModes = map[Mode]big.RoundingMode{
	NearestEven: big.ToNearestEven, TowardZero: big.ToZero, Down: big.ToNegativeInf, Up: big.ToPositiveInf,
	NearestAway: big.ToNearestAway,
}

// The formats by their bits of precision, with what a value rounds to; every value drawn is a normal one in
// all.
var formats = []struct {
	name string
	prec uint
	to   func(x float64, m Mode) float64
}{
	{"f32", 24, func(x float64, m Mode) float64 { return float64(math.Float32frombits(ToF32(x, m))) }},
	{"tf32", 11, func(x float64, m Mode) float64 { return float64(math.Float32frombits(ToTF32(x, m))) }},
	{"bf16", 8, func(x float64, m Mode) float64 { return float64(FromBF16(ToBF16(x, m))) }},
	{"f16", 11, func(x float64, m Mode) float64 { return float64(FromF16(ToF16(x, m))) }},
}

// A value rounds as math/big rounds it to as many bits.
func TestFormats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(1e-3, 1e4).Draw(t, "x")
		if rapid.Bool().Draw(t, "negative") {
			x = -x
		}
		for m, mode := range bigModes {
			for _, f := range formats {
				want, _ := new(big.Float).SetPrec(f.prec).SetMode(mode).SetFloat64(x).Float64()
				if got := f.to(x, m); got != want {
					t.Fatalf("%v in %s, mode %d: got %v, want %v", x, f.name, m, got, want)
				}
			}
		}
	})
}

// Sums, quotients and roots that were rounded to odd round to float32 as the exact ones do.
func TestOdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := float64(rapid.Float32Range(1e-3, 1e4).Draw(t, "x"))
		y := float64(rapid.Float32Range(-1e4, -1e-3).Draw(t, "y"))
		bx, by := big.NewFloat(x).SetPrec(2200), big.NewFloat(y).SetPrec(2200)
		for m, mode := range bigModes {
			for _, tt := range []struct {
				name string
				got  float64
				want *big.Float
			}{
				{"sum", OddSum(x, y), new(big.Float).SetPrec(2200).Add(bx, by)},
				{"quotient", OddQuotient(x, y), new(big.Float).SetPrec(2200).Quo(bx, by)},
				{"root", OddRoot(x), new(big.Float).SetPrec(2200).Sqrt(bx)},
			} {
				want, _ := new(big.Float).SetPrec(24).SetMode(mode).Set(tt.want).Float64()
				got := float64(math.Float32frombits(ToF32(tt.got, m)))
				if got != want {
					t.Fatalf("%s of %v and %v, mode %d: got %v, want %v", tt.name, x, y, m, got, want)
				}
			}
		}
	})
}

// Every half and every bfloat16 is itself in every mode.
func TestExact(t *testing.T) {
	for h := range 1 << 16 {
		for m := range bigModes {
			if f := FromF16(uint16(h)); f == f && ToF16(float64(f), m) != uint16(h) {
				t.Fatalf("half %#x, mode %d: got %#x", h, m, ToF16(float64(f), m))
			}
			if f := FromBF16(uint16(h)); f == f && ToBF16(float64(f), m) != uint16(h) {
				t.Fatalf("bfloat16 %#x, mode %d: got %#x", h, m, ToBF16(float64(f), m))
			}
		}
	}
}

// Beyond the largest number the mode decides between it and infinity.
func TestOverflow(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		mode   Mode
		up, dn float64
	}{
		{NearestEven, inf, -inf}, {NearestAway, inf, -inf}, {TowardZero, 65504, -65504},
		{Down, 65504, -inf}, {Up, inf, -65504},
	} {
		if up := float64(FromF16(ToF16(1e6, tt.mode))); up != tt.up {
			t.Errorf("1e6 in mode %d: got %v, want %v", tt.mode, up, tt.up)
		}
		if dn := float64(FromF16(ToF16(-1e6, tt.mode))); dn != tt.dn {
			t.Errorf("-1e6 in mode %d: got %v, want %v", tt.mode, dn, tt.dn)
		}
	}
}
