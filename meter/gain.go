package meter

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
)

var _ = Meters.Add(choice.Entry[Meter]{
	Name: "gain", Example: "gain",
	About: "how much of the target's direction the field has, f·r/‖r‖², against the target's gain κ(t)",
	Make:  Meter{take: takeGain, cost: func(s Subject) Cost { return Cost{s.points(), s.points()} }},
})

// takeGain measures the gain along v, from datum to noise: for a target that is κ(t) times the
// velocity v = ȧ x + ḃ ε it is f·v/‖v‖², which would be κ(t) if f were told t and x; for every
// other it is f·r/‖r‖², which would be 1.
func takeGain(b *Bench) (*Reading, error) {
	s, err := b.set(ofData)
	if err != nil {
		return nil, err
	}
	g := b.Process.Target.Gain
	law := Curve{Kind: "gain", Name: "1", Law: true}
	if g != nil {
		law.Name = "κ(t)"
	}
	gains := make([][2][]float64, len(b.times))
	for k, t := range b.times {
		f, err := b.learned(s, k)
		if err != nil {
			return nil, err
		}
		e, err := b.exactly(s, k)
		if err != nil {
			return nil, err
		}
		p, q, kappa := b.Process.At(t).C, b.Process.At(t).D, 1.
		if g != nil {
			p, q, kappa = b.Process.DA.Eval(t), b.Process.DB.Eval(t), g.Eval(t)
		}
		law.add(t, Estimate{Mean: kappa})
		v := b.mixed(s, p, q)
		for i := range b.Draws {
			var square, learned, exact float64
			for j := range b.dim {
				v := float64(v[i*b.dim+j])
				square += v * v
				learned += v * float64(f[i*b.dim+j])
				exact += v * e[i][j]
			}
			gains[k][0] = append(gains[k][0], learned/square)
			gains[k][1] = append(gains[k][1], exact/square)
		}
		b.report(k+1, len(b.times))
	}
	learned, exact := Curve{Kind: "gain", Name: "learned"}, Curve{Kind: "gain", Name: "exact blind " +
		"field", Law: true}
	for k, t := range b.times {
		learned.add(t, Mean(gains[k][0]))
		exact.add(t, Mean(gains[k][1]))
	}
	return &Reading{Title: "The gain of the field from data to noise", Over: "t",
		Curves: []Curve{learned, exact, law},
		Text: "The mean of f·v/‖v‖² at u = a x + b ε of the training data, with v the velocity ȧ x + ḃ ε " +
			"where the " +
			"target is κ(t) times that, and the target itself elsewhere. A field that is told t and x has " +
			"κ(t), or " +
			"1. What a blind field is short of it does not know.",
		Label: fmt.Sprintf("Monte Carlo over (x, ε), n = %d at each of %d times, standard errors in the "+
			"table; "+
			"exact field by quadrature; κ(t) exact", b.Draws, len(b.times)),
	}, nil
}
