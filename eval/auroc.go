package eval

import (
	"math"
	"slices"
)

// byDeLong is how the error of an AUROC is found.
const byDeLong = "DeLong; 0 where nothing overlaps"

// auroc is the probability that a score of hi is above one of lo, ties half, and its
// standard error by DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988):
//
//	A = mean over i, j of [hiᵢ > loⱼ] + ½[hiᵢ = loⱼ],   se² = var(aᵢ)/m + var(bⱼ)/n
//
// where aᵢ is the mean over j alone and bⱼ that over i. Sorting costs (m + n) log(m + n).
// The error needs two scores of each.
func auroc(hi, lo []float64) (area, se float64) {
	a, b := placements(hi, lo), placements(lo, hi)
	for i, v := range b {
		b[i] = 1 - v
	}
	area, va := moments(a)
	_, vb := moments(b)
	return area, math.Sqrt(va/float64(len(a)) + vb/float64(len(b)))
}

// placements is, for each x, the share of ys below it, ties half.
func placements(xs, ys []float64) []float64 {
	sorted := slices.Sorted(slices.Values(ys))
	p := make([]float64, len(xs))
	for i, x := range xs {
		below, tied := slices.BinarySearch(sorted, x)
		upTo := below
		if tied {
			upTo, _ = slices.BinarySearch(sorted, math.Nextafter(x, math.Inf(1)))
		}
		p[i] = float64(below+upTo) / 2 / float64(len(ys))
	}
	return p
}

// moments are the mean and the variance, with n−1, of independent values.
func moments(values []float64) (mean, variance float64) {
	for _, v := range values {
		mean += v
	}
	n := float64(len(values))
	mean /= n
	for _, v := range values {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / (n - 1)
}
