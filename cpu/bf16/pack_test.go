package bf16

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// bits are floats of every kind: all exponents, ties and their neighbours, denormals, infinities and NaNs.
func bits(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		b := rng.Uint32()
		switch rng.IntN(8) {
		case 0:
			b = b&0xffff0000 | 0x8000
		case 1:
			b = b&0xffff0000 | 0x7fff
		case 2:
			b &= 0x807fffff
		case 3:
			b |= 0x7f800000
		}
		x[i] = math.Float32frombits(b)
	}
	return x
}

// TestRound holds Round to the nearest number of 8 bits by exact arithmetic, where x is not denormal.
func TestRound(t *testing.T) {
	for _, x := range bits(rand.New(rand.NewPCG(5, 6)), 100000) {
		got := math.Float32frombits(uint32(Round(x)) << 16)
		switch {
		case x != x:
			if got == got {
				t.Fatalf("Round(NaN) = %v", got)
			}
		case math.Abs(float64(x)) < 0x1p-126:
			if got != 0 || math.Signbit(float64(got)) != math.Signbit(float64(x)) {
				t.Fatalf("Round(%v) = %v, want a zero of its sign", x, got)
			}
		case math.IsInf(float64(x), 0):
			if got != x {
				t.Fatalf("Round(%v) = %v", x, got)
			}
		default:
			want, _ := new(big.Float).SetPrec(8).SetFloat64(float64(x)).Float32()
			if got != want {
				t.Fatalf("Round(%v) = %v, want %v", x, got, want)
			}
		}
	}
}

// TestPackers holds every form's packer to Round, for rows of any length.
func TestPackers(t *testing.T) {
	for _, f := range Forms() {
		p := PackerOf(f)
		rapid.Check(t, func(r *rapid.T) {
			n, short := rapid.IntRange(1, 200).Draw(r, "n"), rapid.Bool().Draw(r, "no odd row")
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
			x, y := bits(rng, n), bits(rng, n)
			h, g, z := make([]uint16, n), make([]uint16, n), make([]float32, n)
			w, v := make([]uint32, n), make([]uint32, n)
			p.Round(h, x)
			p.Round(g, y)
			p.Settle(z, x)
			if short {
				y, g = nil, nil
			}
			p.Couple(w, x, y)
			p.Join(v, h, g)
			for i := range n {
				want := uint32(Round(x[i]))
				if h[i] != uint16(want) || math.Float32bits(z[i]) != want<<16 {
					r.Fatalf("%v: %v is rounded to %#x and %v, want %#x", f, x[i], h[i], z[i], want)
				}
				if !short {
					want |= uint32(Round(y[i])) << 16
				}
				if w[i] != want || v[i] != want {
					r.Fatalf("%v: words %#x and %#x, want %#x", f, w[i], v[i], want)
				}
			}
		})
	}
}
