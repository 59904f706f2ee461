package readout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Fewest is how many pairs a fit takes at least: two of its smallest bins, in halves.
const Fewest = 64

// Pair is a time t and what is seen of a point u = a(t) x + b(t) ε there.
type Pair struct {
	T float64
	Scalars
}

// Fit makes a readout of pairs, whose t should be spread as those of training are: their
// density is the prior of t̂. The order of the pairs does not matter where no two have one
// t. A thousand pairs are plenty. Its Spread is found by fitting each half of the pairs
// alone, every other one in the order of t, and reading the other half.
func Fit(pairs []Pair) (*Fitted, error) {
	if len(pairs) < Fewest {
		return nil, fmt.Errorf("readout: Fit: got %d pairs, want at least %d", len(pairs), Fewest)
	}
	for i, p := range pairs {
		if !(0 < p.T && p.T <= math.MaxFloat64) || !p.finite() {
			return nil, fmt.Errorf("readout: Fit: pair %d: got t = %v, ‖u‖²/D = %v, u·f/D = %v, ‖f‖²/D = %v,"+
				" want finite numbers and t > 0", i, p.T, p.UU, p.UF, p.FF)
		}
	}
	sorted := slices.Clone(pairs)
	slices.SortStableFunc(sorted, func(p, q Pair) int { return cmp.Compare(p.T, q.T) })
	f, err := fit(sorted)
	if err != nil {
		return nil, err
	}
	return f, f.judge(sorted)
}

// judge finds the spread of f's kind of fit on pairs in the order of t.
func (f *Fitted) judge(sorted []Pair) error {
	var halves [2][]Pair
	for i, p := range sorted {
		halves[i%2] = append(halves[i%2], p)
	}
	square, count := make([]float64, len(f.Bins)), make([]float64, len(f.Bins))
	var sum float64
	for k, half := range halves {
		h, err := fit(half)
		if err != nil {
			return err
		}
		for _, p := range halves[1-k] {
			miss := h.Time(p.Scalars) - p.T
			sum += miss * miss
			b := f.binOf(p.T)
			square[b], count[b] = square[b]+miss*miss, count[b]+1
		}
	}
	f.Spread = math.Sqrt(sum / float64(len(sorted)))
	for b := range f.Bins {
		f.Bins[b].Spread = math.Sqrt(square[b] / max(1, count[b]))
	}
	return nil
}

// binOf is the bin that t is in.
func (f *Fitted) binOf(t float64) int {
	for b := range f.Bins {
		if math.Log(t) <= f.Bins[b].Hi {
			return b
		}
	}
	return len(f.Bins) - 1
}

// fit is the readout of pairs in the order of t, without its spread.
func fit(sorted []Pair) (*Fitted, error) {
	const fewest, most = 16, 32 // pairs of a bin, bins
	n := len(sorted)
	bins := min(most, n/fewest)
	f := &Fitted{Bins: make([]Bin, bins), Pairs: n}
	floor := scatter(sorted)
	for k := range f.Bins {
		from, to := k*n/bins, (k+1)*n/bins
		b := &f.Bins[k]
		b.line(sorted[from:to], floor)
		b.Lo, b.Hi = math.Log(sorted[from].T), math.Log(sorted[to-1].T)
		if k > 0 {
			b.Lo = f.Bins[k-1].Hi
		}
		if to < n {
			b.Hi = (b.Hi + math.Log(sorted[to].T)) / 2
		}
		if !b.prepare() {
			return nil, fmt.Errorf("readout: Fit: t from %.4g to %.4g: the scatter of the scalars has no"+
				" inverse", math.Exp(b.Lo), math.Exp(b.Hi))
		}
	}
	return f, nil
}

// scatter is the least variance of each feature that a bin is given: that of a
// thousandth of the feature's deviation over all pairs, and of float32.
func scatter(pairs []Pair) (floor [features]float64) {
	n := float64(len(pairs))
	for j := range floor {
		var sum, square float64
		for _, p := range pairs {
			sum += p.features()[j]
		}
		for _, p := range pairs {
			d := p.features()[j] - sum/n
			square += d * d
		}
		floor[j] = 1e-6*square/n + 1e-12
	}
	return floor
}

// line fits the features of pairs to a straight line in log t.
func (b *Bin) line(pairs []Pair, floor [features]float64) {
	n := float64(len(pairs))
	var ll float64
	for _, p := range pairs {
		b.Center += math.Log(p.T) / n
		for j, x := range p.features() {
			b.Mean[j] += x / n
		}
	}
	for _, p := range pairs {
		l := math.Log(p.T) - b.Center
		ll += l * l
		for j, x := range p.features() {
			b.Slope[j] += l * (x - b.Mean[j])
		}
	}
	var s [features][features]float64
	for j := range b.Slope {
		if b.Slope[j] /= ll; !(ll > 1e-12*n) { // all at one t
			b.Slope[j] = 0
		}
		s[j][j] = floor[j]
	}
	for _, p := range pairs {
		l, x := math.Log(p.T)-b.Center, p.features()
		for j := range x {
			x[j] -= b.Mean[j] + b.Slope[j]*l
		}
		for j := range x {
			for k := range x {
				s[j][k] += x[j] * x[k] / (n - 2)
			}
		}
	}
	b.Precision = inverse(s)
}

// inverse is that of a symmetric positive matrix, by its cofactors.
func inverse(s [features][features]float64) (p [features][features]float64) {
	cofactor := func(i, j int) float64 {
		a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return s[a][c]*s[b][d] - s[a][d]*s[b][c]
	}
	det := s[0][0]*cofactor(0, 0) + s[0][1]*cofactor(0, 1) + s[0][2]*cofactor(0, 2)
	for i := range p {
		for j := range p {
			p[i][j] = (cofactor(i, j) + cofactor(j, i)) / (2 * det)
		}
	}
	return p
}

// UnmarshalJSON reads what JSON kept of a readout, and refuses what cannot be one.
func (f *Fitted) UnmarshalJSON(text []byte) error {
	type plain Fitted // without this method
	var g plain
	if err := json.Unmarshal(text, &g); err != nil {
		return err
	}
	if len(g.Bins) == 0 {
		return fmt.Errorf("readout: bins: got none, want at least 1")
	}
	for k := range g.Bins {
		if !g.Bins[k].prepare() || k > 0 && g.Bins[k].Lo < g.Bins[k-1].Hi {
			return fmt.Errorf("readout: bins[%d]: got one from %v to %v, want ends in order, finite numbers"+
				" and a positive precision", k, g.Bins[k].Lo, g.Bins[k].Hi)
		}
	}
	*f = Fitted(g)
	return nil
}
