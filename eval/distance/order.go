package distance

import "slices"

// middle is the median of values, the mean of the two in the middle where their number is
// even. It sorts them.
func middle(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
