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

// TestPackers holds every form's packer to Round: rows of any length and distance, pairs and one row more.
func TestPackers(t *testing.T) {
	for _, f := range Forms() {
		p := PackerOf(f)
		rapid.Check(t, func(r *rapid.T) {
			n, rows := rapid.IntRange(1, 100).Draw(r, "n"), rapid.IntRange(1, 7).Draw(r, "rows")
			row := n + rapid.IntRange(0, 5).Draw(r, "gap")
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
			x := bits(rng, rows*row)
			h, z := make([]uint16, rows*row), make([]float32, rows*row)
			p.RoundRows(h, x, n, rows, row, row)
			p.Settle(z, x)
			for i := range x {
				want := Round(x[i])
				if i%row >= n {
					want = 0
				}
				if h[i] != want || math.Float32bits(z[i]) != uint32(Round(x[i]))<<16 {
					r.Fatalf("%v: %v is rounded to %#x and %v, want %#x", f, x[i], h[i], z[i], want)
				}
				h[i] = Round(x[i])
			}
			pairs, panel := (rows+1)/2, (rows+1)/2*32
			v, w := make([]uint32, Panels(n)*panel), make([]uint32, Panels(n)*panel)
			p.Couple(Words{v, 32, panel}, x, n, rows, row)
			p.Join(Words{w, 32, panel}, h, n, rows, row)
			for at := range v {
				j, pair, want := at/panel*32+at%32, at/32%pairs, uint32(0)
				if j < n {
					want = uint32(h[2*pair*row+j])
				}
				if j < n && 2*pair+1 < rows {
					want |= uint32(h[(2*pair+1)*row+j]) << 16
				}
				if v[at] != want || w[at] != want {
					r.Fatalf("%v: word %d of pair %d: %#x and %#x, want %#x", f, j, pair, v[at], w[at], want)
				}
			}
		})
	}
}
