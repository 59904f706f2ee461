package readout

import "math"

// Fitted reads t from the three scalars of a point by what they were on points of known
// t. It is small, and JSON keeps all of it.
//
// The range of t is cut into bins. In each the features x of a point (logarithms of the
// norms, and the cosine) are a straight line in l = log t and a scatter S about it, with
// tails that forgive what training never saw:
//
//	p(x|t) ∝ |S|^−½ (1 + q/5)^−4,   q = (x − m − k(l − l₀))ᵀ S⁻¹ (x − m − k(l − l₀))
//
// the t distribution of 5 degrees in 3 dimensions. With the density of the t's it was
// fitted on for a prior, t̂ is the posterior mean and its deviation is known. So t̂ never
// leaves the range it was fitted on, however far a point is from all of it.
type Fitted struct {
	Bins   []Bin   `json:"bins"`
	Pairs  int     `json:"pairs"`  // it was fitted on
	Spread float64 `json:"spread"` // rms of t̂ − t on pairs that it was not fitted on
}

// Bin is one range of t, with as many of the pairs in it as any other.
type Bin struct {
	Lo     float64           `json:"lo"` // log t at its ends
	Hi     float64           `json:"hi"`
	Center float64           `json:"center"` // l₀
	Mean   [features]float64 `json:"mean"`   // m
	Slope  [features]float64 `json:"slope"`  // k

	Precision [features][features]float64 `json:"precision"` // S⁻¹

	Spread float64 `json:"spread"` // of Fitted, of the pairs in this bin

	root    float64           // |S|^−½
	inverse [features]float64 // S⁻¹ k
	square  float64           // kᵀ S⁻¹ k
	nodes   [perBin]node
}

// node is a place in a bin, and the share of the bin's mass there.
type node struct{ l, t, mass float64 }

// perBin is how many times of a bin t̂ is an average over.
const perBin = 16

// prepare derives what Read uses; it reports whether the bin is one. Within the bounds
// there are on its numbers no q⁴ is infinite, for a feature is below 1000.
func (b *Bin) prepare() bool {
	p := &b.Precision
	minor := p[0][0]*p[1][1] - p[0][1]*p[1][0]
	det := p[0][0]*(p[1][1]*p[2][2]-p[1][2]*p[2][1]) - p[0][1]*(p[1][0]*p[2][2]-p[1][2]*p[2][0]) +
		p[0][2]*(p[1][0]*p[2][1]-p[1][1]*p[2][0])
	ok := b.Lo <= b.Hi && p[0][0] > 0 && minor > 0 && det > 1e-60
	b.root, b.inverse, b.square = math.Sqrt(det), [features]float64{}, 0
	for i := range p {
		for j := range p {
			ok = ok && math.Abs(p[i][j]) < 1e15
			b.inverse[i] += float64(p[i][j] * b.Slope[j])
		}
		ok = ok && math.Abs(b.Mean[i]) < 1e3 && math.Abs(b.Slope[i]) < 1e10
		b.square += float64(b.inverse[i] * b.Slope[i])
	}
	ok = ok && math.Abs(b.Lo)+math.Abs(b.Hi)+math.Abs(b.Center) < 500
	step, total := (b.Hi-b.Lo)/perBin, 0.
	for j := range b.nodes {
		l := b.Lo + (float64(j)+.5)*step
		b.nodes[j] = node{l: l - b.Center, t: math.Exp(l), mass: math.Exp(l)}
		total += math.Exp(l)
	}
	for j := range b.nodes {
		b.nodes[j].mass /= total
	}
	return ok
}

// Time is t̂.
func (f *Fitted) Time(s Scalars) float64 {
	t, _ := f.Read(s)
	return t
}

// Read returns t̂ and the deviation of what t may be.
func (f *Fitted) Read(s Scalars) (t, std float64) {
	if !s.finite() {
		return math.NaN(), math.NaN()
	}
	x := s.features()
	var mass, first, second float64
	for i := range f.Bins {
		b := &f.Bins[i]
		var d [features]float64
		for j := range d {
			d[j] = x[j] - b.Mean[j]
		}
		var along, apart float64
		for j := range d {
			along += float64(d[j] * b.inverse[j])
			for k := range d {
				apart += float64(d[j] * b.Precision[j][k] * d[k])
			}
		}
		for _, n := range b.nodes {
			near := 1 + max(0, apart-n.l*(2*along-n.l*b.square))/5
			near *= near
			w := b.root * n.mass / (near * near)
			mass += w
			first += w * n.t
			second += w * n.t * n.t
		}
	}
	t = first / mass
	return t, math.Sqrt(max(0, second/mass-t*t))
}
