package exact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// The blind field drawn: f*(u) = E[r | u] is the mean of c x + d ε over (x, t) drawn
// from the law and the prior, each weighted by the density of u given both, where
// ε = (u − a x)/b. It shares nothing with the closed forms, and agrees to five
// standard errors, as p(u) does.
func TestMonteCarlo(t *testing.T) {
	const draws = 100_000
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.3, 0.95))
	for i, lc := range everyLaw {
		if lc.draw == nil {
			continue
		}
		t.Run(lc.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			a := must[*Blind](t)(New(p, lc.law))
			u := lc.draw(r)
			addScaled(u, 1, normalVector(r, len(u), 0.3))
			want := mustAt(t, a, u)
			var total, square float64
			sum, spread := make([]float64, len(u)), make([]float64, len(u))
			for range draws {
				k := p.At(p.Prior.Quantile.Eval(r.Float64()))
				x := lc.draw(r)
				var r2 float64
				for i := range u {
					r2 += (u[i] - k.A*x[i]) * (u[i] - k.A*x[i])
				}
				w := math.Exp(want.Energy + logGauss(len(u), r2, k.B*k.B))
				total += w
				square += w * w
				for i := range u {
					miss := k.C*x[i] + k.D*(u[i]-k.A*x[i])/k.B - want.Field[i]
					sum[i] += w * miss
					spread[i] += w * w * miss * miss
				}
			}
			mean := total / draws
			near(t, "p(u) drawn over p(u)", mean, 1, 5*math.Sqrt((square/draws-mean*mean)/draws))
			for i := range u {
				name := fmt.Sprintf("f*[%d] drawn, less f*", i)
				near(t, name, sum[i]/total, 0, 5*math.Sqrt(spread[i])/total)
			}
		})
	}
}
