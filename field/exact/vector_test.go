package exact

import (
	"math"
	"math/rand/v2"
	"testing"
)

// bothForms runs f with the loops in Go and, where the machine has them, in assembly.
func bothForms(t *testing.T, f func(t *testing.T)) {
	had := haveVector
	defer func() { haveVector = had }()
	for _, form := range map[bool]string{false: "go", had: "assembly"} {
		haveVector = form == "assembly"
		t.Run(form, f)
	}
}

func uniforms(r *rand.Rand, n int, lo, hi float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = lo + (hi-lo)*r.Float64()
	}
	return x
}

// The loops over data are sums of exponentials and least distances, term by term.
func TestLoopsOverData(t *testing.T) {
	bothForms(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{3, lanes, 2*lanes + 1, 7 * lanes} {
			for _, spread := range []float64{1e-3, 1, 40, 900} {
				ux, x2 := uniforms(r, n, -spread, spread), uniforms(r, n, 1e-3, spread)
				b, p, q, w := -0.3*spread, 0.7, 0.2, -1.5
				acc, want := uniforms(r, n, 0, 1), make([]float64, n)
				copy(want, acc)
				var sum float64
				for k, v := range ux {
					e := math.Exp(b + p*v - q*x2[k])
					sum += e
					want[k] += w * e
				}
				near(t, "Σ exp", expSum(ux, x2, b, p, q)/sum, 1, 1e-13*(1+spread))
				expAdd(acc, ux, x2, b, p, q, w)
				for k := range acc {
					near(t, "Σ w exp", acc[k], want[k], 1e-13*(1+spread)*(1+math.Abs(want[k])))
				}
				r2 := make([]float64, n)
				least, mass := math.Inf(1), 0.
				a0, s0, a1, s1 := -1., -0.1, -2., 0.05
				got := nearest(r2, ux, x2, spread*spread, 0.2, 0.9)
				for k, v := range ux {
					a := min(max(v/x2[k], 0.2), 0.9)
					near(t, "r²", r2[k], spread*spread-2*a*v+a*a*x2[k], 1e-13*(1+spread)*(1+spread))
					least = min(least, r2[k])
					mass += math.Exp(max(a0+s0*r2[k]/spread, a1+s1*r2[k]/spread))
				}
				near(t, "least r²", got, least, 0)
				near(t, "bound", bound(r2, a0, s0/spread, a1, s1/spread)/mass, 1, 1e-12)
			}
		}
	})
}

// e^x of the loops is right to 4 units in the last place where it is a normal number, and
// next to nothing below.
func TestExpOfLoops(t *testing.T) {
	bothForms(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		none := make([]float64, lanes)
		for i := range 20_000 {
			x := -708 + 1400*r.Float64()
			if i%2 == 0 {
				x = r.Float64() - 0.5
			}
			near(t, "e^x", expSum(none, none, x, 0, 0)/(lanes*math.Exp(x)), 1, 4*0x1p-52)
		}
		for _, x := range []float64{-745, -800, -1e6, -1e8} {
			if got := expSum(none, none, x, 0, 0); !(0 <= got && got < 1e-300) {
				t.Errorf("e^%v = %v", x, got)
			}
		}
	})
}

// The tiles of products are those of rows, at lengths from one vector on.
func TestTiles(t *testing.T) {
	bothForms(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range []int{lanes, 3 * lanes, 10 * lanes} {
			us, xs := n+lanes, n+2*lanes
			u, x := uniforms(r, tileRows*us, -1, 1), uniforms(r, dotData*xs, -1, 1)
			var out [tileRows * dotData]float64
			dots(&out, u, us, x, xs, n)
			for i := range tileRows {
				for j := range dotData {
					near(t, "u·x", out[i*dotData+j], dot(u[i*us:i*us+n], x[j*xs:j*xs+n]), 1e-14*float64(n))
				}
			}
			ws, os, width := n+3, sumLength+5, sumLength+lanes
			w, y := uniforms(r, tileRows*ws, -1, 1), uniforms(r, n*width, -1, 1)
			sum := uniforms(r, tileRows*os, -1, 1)
			want := append([]float64(nil), sum...)
			sums(sum, os, w, ws, y, width, n)
			for i := range tileRows {
				for j := range sumLength {
					for k := range n {
						want[i*os+j] += w[i*ws+k] * y[k*width+j]
					}
				}
			}
			for i := range want {
				near(t, "Σ w x", sum[i], want[i], 1e-14*float64(n))
			}
		}
	})
}
