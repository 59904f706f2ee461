package sample

import (
	"math"
	"testing"
)

// The iterates of adam on a quadratic are those of the algorithm, written down as its
// authors have it.
func TestAdamIterates(t *testing.T) {
	rates, u := []float64{0.3, 1, 250}, []float64{0.7, -1.3, 1e-4}
	for _, updates := range []int{1, 2, 7, 100} {
		s := told(t, "adam:eta=0.02,beta1=0.8,beta2=0.95,eps=1e-3,count=exact")
		s.Steps = updates
		well := func(f []float64, q Query) error {
			for e, y := range q.Y {
				f[e] = rates[e] * y
			}
			return nil
		}
		m, _ := find("adam")
		got, err := follow(OnHost(well, 3), m, m.Path(Recipe{Spec: s})(), u)
		if err != nil {
			t.Fatal(err)
		}
		for d, x := range u {
			var m, v float64
			for k := range updates {
				g := rates[d] * x
				m, v = 0.8*m+0.2*g, 0.95*v+0.05*g*g
				mHat, vHat := m/(1-math.Pow(0.8, float64(k+1))), v/(1-math.Pow(0.95, float64(k+1)))
				x -= 0.02 * mHat / (math.Sqrt(vHat) + 1e-3)
			}
			if math.Abs(got[d]-x) > 1e-13 {
				t.Errorf("after %d updates u[%d] = %v, want %v", updates, d, got[d], x)
			}
		}
	}
}
