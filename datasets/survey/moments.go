package survey

import "math"

// moments are those of values that were added.
type moments struct {
	n, mean, m2 float64 // m2 is Σ (x − mean)²
	lo, hi      float64
}

func newMoments() moments { return moments{lo: math.Inf(1), hi: math.Inf(-1)} }

// momentsOf are those of x[first], x[first+stride], …, all of them finite. The sum of squares
// is of distances from the mean, so that nothing cancels.
func momentsOf(x []float32, first, stride int) moments {
	m, sum := newMoments(), 0.
	for k := first; k < len(x); k += stride {
		v := float64(x[k])
		sum += v
		m.n++
		m.lo, m.hi = min(m.lo, v), max(m.hi, v)
	}
	m.mean = sum / m.n
	for k := first; k < len(x); k += stride {
		d := float64(x[k]) - m.mean
		m.m2 += d * d
	}
	return m
}

// join adds the values of o (T. F. Chan, G. H. Golub and R. J. LeVeque, 1979).
func (m *moments) join(o moments) {
	if o.n == 0 {
		return
	}
	n, d := m.n+o.n, o.mean-m.mean
	m.m2 += o.m2 + d*d*m.n*o.n/n
	m.mean += d * o.n / n
	m.n = n
	m.lo, m.hi = min(m.lo, o.lo), max(m.hi, o.hi)
}

// deviation is √(Σ (x − mean)²/n).
func (m moments) deviation() float64 {
	if m.n == 0 {
		return 0
	}
	return math.Sqrt(m.m2 / m.n)
}
