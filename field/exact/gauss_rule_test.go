package exact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A Gauss rule of n nodes has the moments of its measure up to degree 2n − 1, lies within it, and
// tells by its tail what it does not resolve.
func TestGaussRuleOfAMeasure(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	at, mu := uniforms(r, 300, -1, 1), make([]float64, 300)
	var total float64
	for i, x := range at {
		mu[i] = math.Exp(-20 * x * x)
		total += mu[i]
	}
	for i := range mu {
		mu[i] /= total
	}
	for _, n := range []int{2, 8, 24, 54} {
		rule, ok := newGaussRule(at, mu, n, newScratch())
		if !ok {
			t.Fatalf("no rule of %d nodes", n)
		}
		for degree := range 2 * n {
			var want, got, size float64
			for i, x := range at {
				want += mu[i] * math.Pow(x, float64(degree))
				size += mu[i] * math.Pow(math.Abs(x), float64(degree))
			}
			for i, x := range rule.node {
				got += rule.weight[i] * math.Pow(x, float64(degree))
			}
			near(t, fmt.Sprintf("n = %d, moment %d", n, degree), got, want, 1e-12*size)
		}
		f := make([]float64, n)
		for width, resolved := range map[float64]bool{0.5: n >= 24, 1e-4: false} {
			for i, x := range rule.node {
				f[i] = rule.weight[i] / (width*width + (x-0.1)*(x-0.1))
			}
			if size, err := rule.tail(f); (err <= 1e-6*size) != resolved {
				t.Errorf("n = %d, a pole %g off: the error is put at %g of %g", n, width, err, size)
			}
		}
	}
	if _, ok := newGaussRule(at[:5], mu[:5], 8, newScratch()); ok {
		t.Error("5 times have a rule of 8 nodes")
	}
}
