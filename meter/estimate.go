package meter

import "math"

// Estimate is an average over N draws with its standard error. An exact number has
// neither: N = 0 and SE = 0.
type Estimate struct {
	Mean float64 `json:"mean"`
	SE   float64 `json:"se"`
	N    int     `json:"n"`
}

// Mean averages independent draws, of which there are at least two, in their order.
func Mean(draws []float64) Estimate {
	var sum, square float64
	for _, v := range draws {
		sum += v
	}
	n := float64(len(draws))
	mean := sum / n
	for _, v := range draws {
		square += (v - mean) * (v - mean)
	}
	return Estimate{mean, math.Sqrt(square / (n - 1) / n), len(draws)}
}

// Ratio is Σ over/Σ under of pairs of draws, with the standard error of its linear part:
// that of (over − ratio·under)/mean(under).
func Ratio(over, under []float64) Estimate {
	up, down := Mean(over), Mean(under)
	ratio := up.Mean / down.Mean
	rest := make([]float64, len(over))
	for i := range rest {
		rest[i] = (over[i] - ratio*under[i]) / down.Mean
	}
	return Estimate{ratio, Mean(rest).SE, len(over)}
}

// Root is √e, with the standard error of its linear part.
func (e Estimate) Root() Estimate {
	root := math.Sqrt(e.Mean)
	if root == 0 {
		return Estimate{N: e.N}
	}
	return Estimate{root, e.SE / (2 * root), e.N}
}
