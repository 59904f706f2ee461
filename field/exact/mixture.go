package exact

import (
	"fmt"
	"math"
)

// Mixture is a data distribution: points with weights, each blurred by a
// normal of deviation Jitter in every direction. Jitter 0 leaves atoms.
type Mixture struct {
	Points  [][]float64 // K points of one dimension
	Weights []float64   // K positive numbers, normalised here; nil for equal ones
	Jitter  float64
}

func (m Mixture) check() error {
	if len(m.Points) == 0 || len(m.Points[0]) == 0 {
		return fmt.Errorf("exact: Mixture: got no points, want at least one of dimension at least 1")
	}
	for k, x := range m.Points {
		if len(x) != len(m.Points[0]) {
			return fmt.Errorf("exact: Mixture: point %d has dimension %d, want that of point 0, %d",
				k, len(x), len(m.Points[0]))
		}
		if j := notFinite(x); j >= 0 {
			return fmt.Errorf("exact: Mixture: point %d has coordinate %d = %v, want a finite number",
				k, j, x[j])
		}
		if n2 := dot(x, x); !(n2 <= math.MaxFloat64) {
			return fmt.Errorf("exact: Mixture: point %d has squared length %v, want a finite number", k, n2)
		}
	}
	if m.Weights != nil && len(m.Weights) != len(m.Points) {
		return fmt.Errorf("exact: Mixture: got %d weights, want %d or none", len(m.Weights), len(m.Points))
	}
	for k, w := range m.Weights {
		if !(0 < w && w <= math.MaxFloat64) {
			return fmt.Errorf("exact: Mixture: weight %d is %v, want a finite number > 0", k, w)
		}
	}
	if !(0 <= m.Jitter && m.Jitter <= math.MaxFloat64) {
		return fmt.Errorf("exact: Mixture: jitter is %v, want a finite number ≥ 0", m.Jitter)
	}
	return nil
}

// notFinite is the index of the first NaN or infinity of v, −1 where there is
// none.
func notFinite(v []float64) int {
	for i, x := range v {
		if !(math.Abs(x) <= math.MaxFloat64) {
			return i
		}
	}
	return -1
}

// logWeights is log π_k.
func (m Mixture) logWeights() []float64 {
	log := make([]float64, len(m.Points))
	if m.Weights == nil {
		for k := range log {
			log[k] = -math.Log(float64(len(log)))
		}
		return log
	}
	var total float64
	for _, w := range m.Weights {
		total += w
	}
	for k, w := range m.Weights {
		log[k] = math.Log(w) - math.Log(total)
	}
	return log
}

func dot(x, y []float64) float64 {
	var s float64
	for i, v := range x {
		s += v * y[i]
	}
	return s
}
