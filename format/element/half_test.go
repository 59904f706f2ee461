package element

import (
	"math"
	"testing"
)

// ref widens by the definition: (−1)^s · 2^(e−bias) · 1.f, with subnormals.
func ref(h uint16, exponentBits, fractionBits int) float64 {
	bias := 1<<(exponentBits-1) - 1
	f := float64(h&(1<<fractionBits-1)) / float64(int(1)<<fractionBits)
	e := int(h>>fractionBits) & (1<<exponentBits - 1)
	var v float64
	switch {
	case e == 0:
		v = math.Ldexp(f, 1-bias)
	case e == 1<<exponentBits-1 && f == 0:
		v = math.Inf(1)
	case e == 1<<exponentBits-1:
		v = math.NaN()
	default:
		v = math.Ldexp(1+f, e-bias)
	}
	if h>>15 == 1 {
		v = math.Copysign(v, -1)
	}
	return v
}

// Both formats are small enough to be tested whole.
func TestEveryValue(t *testing.T) {
	for _, tt := range []struct {
		name               string
		widen              func(uint16) float32
		exponent, fraction int
	}{
		{"Float16", Float16, 5, 10},
		{"BFloat16", BFloat16, 8, 7},
	} {
		for i := range 1 << 16 {
			got, want := float64(tt.widen(uint16(i))), ref(uint16(i), tt.exponent, tt.fraction)
			same := got == want || math.IsNaN(got) && math.IsNaN(want)
			if !same || math.Signbit(got) != math.Signbit(want) {
				t.Fatalf("%s(%#04x) = %v, want %v", tt.name, i, got, want)
			}
		}
	}
}
