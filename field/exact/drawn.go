package exact

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stillfield/stillfield/field"
)

// Drawn is the blind field at a point by Monte Carlo, each number with its standard
// error.
type Drawn struct {
	Energy, EnergyErr float64 // E_marg = −log p(u)
	Field, FieldErr   []float64
	Draws             int
	// Effective is (Σw)²/Σw², how many draws of equal weight would do as well. Below some
	// tens of them the errors themselves are not to be relied on.
	Effective float64
}

// Draw finds the blind field at u of data that can be drawn and need no closed form: datum
// sets x, of u's length, to a datum. With t drawn from the prior and x from the data,
//
//	p(u) = E[w N(u; a x, b² I)]/E[w],   f*(u) = E[w N r]/E[w N],   r = c x + d (u − a x)/b
//
// It shares nothing with the closed forms, which tests hold to it. The same seed gives the
// same numbers. The weights N are of very different sizes in many dimensions or near the
// data: Effective says how many draws count.
func Draw(p *field.Process, u []float64, draws int, seed uint64,
	datum func(x []float64, r *rand.Rand)) (Drawn, error) {
	if draws < 2 {
		return Drawn{}, fmt.Errorf("exact: Draw: got %d draws, want at least 2", draws)
	}
	if i := notFinite(u); i >= 0 {
		return Drawn{}, fmt.Errorf("exact: Draw: coordinate %d of the point is %v, want a finite number",
			i, u[i])
	}
	r := rand.New(rand.NewPCG(seed, 0))
	s := newDrawing(len(u))
	x := make([]float64, len(u))
	for range draws {
		t, err := drawTime(p.Prior, r)
		if err != nil {
			return Drawn{}, err
		}
		datum(x, r)
		if i := notFinite(x); i >= 0 {
			return Drawn{}, fmt.Errorf("exact: Draw: coordinate %d of a datum is %v, want a finite number",
				i, x[i])
		}
		s.add(u, x, p.At(t), p.Prior.Weight.Eval(t))
	}
	return s.drawn(draws)
}

// drawTime draws from p(t). The quantiles of a normal base are cut off at the prior's
// bounds; the density, which the exact fields are of, has no mass there, and what would lie
// there is drawn again.
func drawTime(p field.Prior, r *rand.Rand) (float64, error) {
	if p.Base == field.UniformBase {
		return p.Quantile.Eval(r.Float64()), nil
	}
	const most = 1 << 20
	for range most {
		if t := p.Quantile.Eval(r.NormFloat64()); p.Min < t && t < p.Max {
			return t, nil
		}
	}
	return 0, fmt.Errorf("exact: Draw: none of %d draws from the prior lies in (%g, %g), want a range that "+
		"holds some of it", most, p.Min, p.Max)
}

// drawing sums up draws. Weights are in units of exp(top), the largest so far.
type drawing struct {
	top, weight      float64 // log of the unit; Σw
	sum, square      float64 // Σ wN, Σ (wN)²
	cross, prior2    float64 // Σ (wN) w, Σ w²
	r, zero          []float64
	first, one, more []float64 // Σ wN r, Σ (wN)² r and Σ (wN)² r², of r less that of the first draw
}

func newDrawing(dim int) *drawing {
	s := &drawing{top: math.Inf(-1)}
	for _, v := range []*[]float64{&s.r, &s.zero, &s.first, &s.one, &s.more} {
		*v = make([]float64, dim)
	}
	return s
}

// rescale makes top the unit of the weights.
func (s *drawing) rescale(top float64) {
	k := math.Exp(s.top - top)
	s.top = top
	s.sum, s.square, s.cross = s.sum*k, s.square*k*k, s.cross*k
	for i := range s.first {
		s.first[i], s.one[i], s.more[i] = s.first[i]*k, s.one[i]*k*k, s.more[i]*k*k
	}
}

func (s *drawing) add(u, x []float64, k field.Coefficients, w float64) {
	s.weight += w
	s.prior2 += w * w
	var r2 float64
	for i, v := range u {
		y := v - k.A*x[i]
		r2 += y * y
		s.r[i] = k.C*x[i] + k.D*y/k.B
	}
	log := math.Log(w) + logGauss(len(u), r2, k.B*k.B)
	if !(log > math.Inf(-1)) { // no weight, or b = 0 off the datum
		return
	}
	if math.IsInf(s.top, -1) {
		copy(s.zero, s.r)
	}
	if log > s.top {
		s.rescale(log)
	}
	g := math.Exp(log - s.top)
	s.sum, s.square, s.cross = s.sum+g, s.square+g*g, s.cross+g*w
	for i, v := range s.r {
		v -= s.zero[i]
		s.first[i], s.one[i], s.more[i] = s.first[i]+g*v, s.one[i]+g*g*v, s.more[i]+g*g*v*v
	}
}

// drawn is what the sums say. The errors are those of ratios, to first order.
func (s *drawing) drawn(draws int) (Drawn, error) {
	if !(s.sum > 0 && s.top < math.Inf(1)) {
		return Drawn{}, fmt.Errorf("exact: Draw: none of %d draws explains the point, want more of them, or "+
			"a point nearer to the data", draws)
	}
	n := float64(draws)
	d := Drawn{Energy: -(s.top + math.Log(s.sum/s.weight)), Draws: draws, Effective: s.sum * s.sum / s.square,
		Field: make([]float64, len(s.r)), FieldErr: make([]float64, len(s.r))}
	// Of Σg/Σw: the relative variance of Σ(g/ḡ − w/w̄)/n.
	spread := s.square/(s.sum*s.sum) - 2*s.cross/(s.sum*s.weight) + s.prior2/(s.weight*s.weight)
	d.EnergyErr = math.Sqrt(max(0, spread) * n / (n - 1))
	for i := range d.Field {
		mean := s.first[i] / s.sum
		d.Field[i] = s.zero[i] + mean
		d.FieldErr[i] = math.Sqrt(max(0, s.more[i]-2*mean*s.one[i]+mean*mean*s.square)) / s.sum
	}
	return d, nil
}
