package meter

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/plan/philox"
)

var _ = Meters.Add(choice.Entry[Meter]{
	Name: "antisymmetry", Example: "antisymmetry",
	About: "how far the field is from a gradient: ‖J − Jᵀ‖/‖J + Jᵀ‖ of its Jacobian, by random directions",
	Make: Meter{take: takeAntisymmetry, cost: func(s Subject) Cost {
		// f, a sweep, and a sweep of both; of the exact field a difference and what turns
		return Cost{Evaluations: 6 * s.points(), Exact: 3 * s.points()}
	}},
})

// turning is how many points of a plan are measured at a time: it keeps the temporaries of
// the field and of two sweeps.
const turning = 16

func takeAntisymmetry(b *Bench) (*Reading, error) {
	s, err := b.set(ofData)
	if err != nil {
		return nil, err
	}
	odd, even, err := b.turned(s)
	if err != nil {
		return nil, err
	}
	const kind = "‖J − Jᵀ‖/‖J + Jᵀ‖"
	r := &Reading{Title: "How far the field is from a gradient", Over: "t",
		Curves: []Curve{rooted(kind, "learned", b.times, odd, even)},
		Text: "√(E‖Jv − Jᵀv‖²/E‖Jv + Jᵀv‖²) = ‖J − Jᵀ‖/‖J + Jᵀ‖ of the Jacobian J of f at u = a x + b ε " +
			"of the training data, in root mean square. It is 0 for the gradient of an energy, but for the " +
			"rounding of the precision, about 1e-6 in float32. The exact blind field of the training data, " +
			"by the same points and directions, is no gradient either: what a network has beyond it is " +
			"its own.",
		Label: fmt.Sprintf("Monte Carlo over (x, ε, v), one direction v of ±1 for each of n = %d points "+
			"at each of %d times, standard errors in the table; f* by quadrature, its J v a central "+
			"difference right to about 1e-6", b.Draws, len(b.times)),
	}
	exactOdd, exactEven := make([][]float64, len(b.times)), make([][]float64, len(b.times))
	if err := b.ready(); err != nil {
		return nil, err
	}
	for k, t := range b.times {
		exactOdd[k], exactEven[k] = make([]float64, b.Draws), make([]float64, b.Draws)
		err := b.atoms.Turns(exactOdd[k], exactEven[k], b.wide(b.noisy(s, k)), b.wide(b.directions(k)),
			b.Process.At(t).B, 0)
		if err = errors.Join(err, context.Cause(b.ctx)); err != nil {
			return nil, fmt.Errorf("exact field at t = %g: %w", t, err)
		}
		b.report(len(b.times)+k+1, 2*len(b.times))
	}
	law := rooted(kind, "exact field", b.times, exactOdd, exactEven)
	law.Law = true
	r.Curves = append(r.Curves, law)
	return r, nil
}

// turned are ‖Jv − Jᵀv‖² and ‖Jv + Jᵀv‖² of the learned field at every point of s, by time.
func (b *Bench) turned(s *points) (odd, even [][]float64, err error) {
	rows := min(turning, b.Draws)
	p, err := b.Field.TurnPlan(b.ctx, rows, b.Point, b.Precision)
	if err != nil {
		return nil, nil, err
	}
	g, err := b.dev.Load(b.ctx, p)
	if err != nil {
		return nil, nil, err
	}
	odd, even = make([][]float64, len(b.times)), make([][]float64, len(b.times))
	err = b.Field.Write(g)
	for k := range b.times {
		err = errors.Join(err, context.Cause(b.ctx))
		u, v := b.noisy(s, k), b.directions(k)
		for from := 0; from < b.Draws && err == nil; from += rows {
			n := min(rows, b.Draws-from)
			part := func(x []float32) []float32 {
				whole := make([]float32, rows*b.dim)
				copy(whole, x[from*b.dim:(from+n)*b.dim])
				return whole
			}
			o, e := make([]float32, rows), make([]float32, rows)
			err = errors.Join(g.Write("u", part(u)), g.Write("v", part(v)), g.Run(), g.Read("odd", o),
				g.Read("even", e))
			for i := range n {
				odd[k], even[k] = append(odd[k], float64(o[i])), append(even[k], float64(e[i]))
			}
		}
		b.report(k+1, 2*len(b.times))
	}
	return odd, even, errors.Join(err, g.Close())
}

// directions are vectors of ±1, one for each draw, for time k.
func (b *Bench) directions(k int) []float32 {
	v := make([]float32, b.Draws*b.dim)
	for i := range b.Draws {
		var w [4]uint32
		for j := range b.dim {
			if j%128 == 0 {
				draw := philox.Draw(philox.Meter, drawProbe+uint32(k))
				w = philox.Words(b.Seed, uint64(i), draw, uint32(j/128))
			}
			v[i*b.dim+j] = 1 - 2*float32(w[j%128/32]>>(j%32)&1)
		}
	}
	return v
}
