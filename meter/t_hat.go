package meter

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/field/readout"
)

// fitted is how many points t̂ is fitted on.
const fitted = 1024

var _ = Meters.Add(choice.Entry[Meter]{
	Name: "t_hat", Example: "t_hat",
	About: "what the field can be read to know of t: t̂ − t beside that of the posterior mean E[t|u]",
	Make: Meter{take: takeTHat, cost: func(s Subject) Cost {
		return Cost{s.points() + fitted, s.points()}
	}},
})

// takeTHat fits a readout on points of training data with noise times as in training, and holds
// it to the meter's own points.
func takeTHat(b *Bench) (*Reading, error) {
	s, err := b.set(ofData)
	if err != nil {
		return nil, err
	}
	fit, err := b.readout()
	if err != nil {
		return nil, err
	}
	off, known, width := make([][]float64, len(b.times)), make([][]float64, len(b.times)),
		make([][]float64, len(b.times))
	for k, t := range b.times {
		f, err := b.learned(s, k)
		if err != nil {
			return nil, err
		}
		posteriors, err := b.posteriors(s, k)
		if err != nil {
			return nil, err
		}
		us, fs := b.wide(b.noisy(s, k)), b.wide(f)
		for i, u := range us {
			off[k] = append(off[k], fit.Time(readout.Of(u, fs[i]))-t)
			known[k] = append(known[k], posteriors[i].mean-t)
			width[k] = append(width[k], posteriors[i].variance)
		}
		b.report(k+1, len(b.times))
	}
	one := ones(off)
	law := func(c Curve) Curve { c.Law = true; return c }
	return &Reading{Title: "The noise time that a point and its field tell", Over: "t",
		Curves: []Curve{
			averaged("bias", "bias of t̂", b.times, off), rooted("rms", "rms of t̂ − "+
				"t", b.times, squared(off), one),
			law(averaged("bias", "bias of E[t|u]", b.times, known)),
			law(rooted("rms", "rms of E[t|u] − t", b.times, squared(known), one)),
			law(rooted("rms", "deviation of t given u", b.times, width, one)),
		},
		Text: fmt.Sprintf("t̂ is read from ‖u‖, ‖f‖ and u·f, by a fit on %d other points of training "+
			"data; u = a x + "+
			"b ε. The posterior mean E[t|u] of the training data has the least rms over all times; the "+
			"deviation is "+
			"√E Var(t|u).", fitted),
		Label: fmt.Sprintf("Monte Carlo over (x, ε), n = %d at each of %d times, standard errors in the "+
			"table; "+
			"E[t|u] and Var(t|u) by quadrature", b.Draws, len(b.times)),
	}, nil
}

// ones has the shape of draws.
func ones(draws [][]float64) [][]float64 { return each(draws, func(float64) float64 { return 1 }) }

// squared is the square of every draw.
func squared(draws [][]float64) [][]float64 {
	return each(draws, func(v float64) float64 { return v * v })
}

func each(draws [][]float64, f func(float64) float64) [][]float64 {
	out := make([][]float64, len(draws))
	for k := range out {
		for _, v := range draws[k] {
			out[k] = append(out[k], f(v))
		}
	}
	return out
}

// readout fits t̂ on points whose times are drawn from the prior.
func (b *Bench) readout() (*readout.Fitted, error) {
	s, err := b.drawn(b.Data, fitted, 1<<32)
	if err != nil {
		return nil, err
	}
	u, f := make([]float32, len(s.x)), make([]float32, len(s.x))
	ts := timesOf(b.Process.Prior, fitted)
	for i, t := range ts {
		c := b.Process.At(t)
		for j := i * b.dim; j < (i+1)*b.dim; j++ {
			u[j] = float32(c.A*float64(s.x[j]) + c.B*float64(s.eps[j]))
		}
	}
	if err := b.eval.Eval(f, u, fitted); err != nil {
		return nil, err
	}
	us, fs := b.wide(u), b.wide(f)
	pairs := make([]readout.Pair, fitted)
	for i, t := range ts {
		pairs[i] = readout.Pair{T: t, Scalars: readout.Of(us[i], fs[i])}
	}
	return readout.Fit(pairs)
}

// moments of t given a point.
type moments struct{ mean, variance float64 }

// posteriors are the moments of t given each point of time k, by the data.
func (b *Bench) posteriors(s *points, k int) ([]moments, error) {
	if s.posterior[k] != nil {
		return s.posterior[k], nil
	}
	if err := b.ready(); err != nil {
		return nil, err
	}
	ps := make([]exact.Posterior, b.Draws)
	if err := b.atoms.Posteriors(ps, b.wide(b.noisy(s, k)), 0); err != nil {
		return nil, fmt.Errorf("exact posterior at t = %g: %w", b.times[k], err)
	}
	for _, p := range ps {
		s.posterior[k] = append(s.posterior[k], moments{p.Mean, math.Max(p.Var, 0)})
	}
	return s.posterior[k], nil
}
