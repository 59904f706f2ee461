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
		return Cost{Evaluations: 6 * s.points()} // f, a sweep, and a sweep of both
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
	rows := min(turning, b.Draws)
	p, err := b.Field.TurnPlan(b.ctx, rows, b.Point, b.Precision)
	if err != nil {
		return nil, err
	}
	g, err := b.dev.Load(b.ctx, p)
	if err != nil {
		return nil, err
	}
	odd, even := make([][]float64, len(b.times)), make([][]float64, len(b.times))
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
		b.report(k+1, len(b.times))
	}
	if err = errors.Join(err, g.Close()); err != nil {
		return nil, err
	}
	return &Reading{Title: "How far the field is from a gradient", Over: "t",
		Curves: []Curve{rooted("‖J − Jᵀ‖/‖J + Jᵀ‖", "learned", b.times, odd, even)},
		Text: "√(E‖Jv − Jᵀv‖²/E‖Jv + Jᵀv‖²) = ‖J − Jᵀ‖/‖J + Jᵀ‖ of the Jacobian J of f at u = a x + b ε " +
			"of the " +
			"training data, in root mean square. It is 0 for the gradient of an energy, but for the " +
			"rounding of " +
			"the precision, about 1e-6 in float32.",
		Label: fmt.Sprintf("Monte Carlo over (x, ε, v), one direction v of ±1 for each of n = %d points "+
			"at each of "+
			"%d times, standard errors in the table", b.Draws, len(b.times)),
	}, nil
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
