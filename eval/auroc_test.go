package eval

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// definition is auroc as its equation says it, each pair looked at.
func definition(hi, lo []float64) (area, se float64) {
	a, b := make([]float64, len(hi)), make([]float64, len(lo))
	m, n := float64(len(hi)), float64(len(lo))
	for i, x := range hi {
		for j, y := range lo {
			above := 0.
			switch {
			case x > y:
				above = 1
			case x == y:
				above = .5
			}
			a[i] += above / n
			b[j] += above / m
			area += above / n / m
		}
	}
	var va, vb float64
	for _, v := range a {
		va += (v - area) * (v - area) / (m - 1) / m
	}
	for _, v := range b {
		vb += (v - area) * (v - area) / (n - 1) / n
	}
	return area, math.Sqrt(va + vb)
}

// Sorted, the area and its error are what looking at all pairs gives, with ties, and the
// area the other way round is what is left of 1.
func TestAUROC(t *testing.T) {
	// Few values, so that many are tied, and their neighbours in float64.
	value := rapid.Custom(func(t *rapid.T) float64 {
		v := float64(rapid.IntRange(-3, 3).Draw(t, "value"))
		if rapid.Bool().Draw(t, "next") {
			v = math.Nextafter(v, 9)
		}
		return v
	})
	rapid.Check(t, func(t *rapid.T) {
		hi := rapid.SliceOfN(value, 2, 12).Draw(t, "hi")
		lo := rapid.SliceOfN(value, 2, 12).Draw(t, "lo")
		area, se := auroc(hi, lo)
		want, wantSE := definition(hi, lo)
		if math.Abs(area-want) > 1e-12 || math.Abs(se-wantSE) > 1e-12 {
			t.Errorf("got %v ± %v, want %v ± %v", area, se, want, wantSE)
		}
		if back, _ := auroc(lo, hi); math.Abs(area+back-1) > 1e-12 {
			t.Errorf("%v one way and %v the other, want a sum of 1", area, back)
		}
	})
}
