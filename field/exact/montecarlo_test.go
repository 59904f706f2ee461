package exact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// datumOf is draw as Draw takes it.
func datumOf(draw func(r *rand.Rand) []float64) func(x []float64, r *rand.Rand) {
	return func(x []float64, r *rand.Rand) { copy(x, draw(r)) }
}

// The blind field drawn shares nothing with the closed forms, and agrees to five standard
// errors, as the energy does; under a prior with a weight, and one with a normal base, too.
func TestMonteCarlo(t *testing.T) {
	s := field.Linear()
	weighted := field.Uniform(0.3, 0.95)
	weighted.Weight = field.One.Div(field.T.Square())
	for name, prior := range map[string]field.Prior{"uniform": field.Uniform(0.3, 0.95), "weighted": weighted,
		"logit-normal": field.LogitNormal(0, 1, 0.2, 0.9)} {
		p := field.NewProcess(s, field.Velocity(s), prior)
		for i, lc := range everyLaw {
			if lc.draw == nil || name != "uniform" && i > 0 {
				continue
			}
			t.Run(name+"/"+lc.name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, uint64(i)))
				a := must[*Blind](t)(New(p, lc.law))
				u := lc.draw(r)
				addScaled(u, 1, normalVector(r, len(u), 0.3))
				want := mustAt(t, a, u)
				got := must[Drawn](t)(Draw(p, u, 100_000, uint64(i), datumOf(lc.draw)))
				near(t, "E_marg drawn", got.Energy, want.Energy, 5*got.EnergyErr)
				if got.Effective < 1000 || got.EnergyErr > 0.05 {
					t.Errorf("%.0f draws count, and the energy is off by %.3g", got.Effective, got.EnergyErr)
				}
				for i, f := range got.Field {
					near(t, fmt.Sprintf("f*[%d] drawn", i), f, want.Field[i], 5*got.FieldErr[i])
				}
			})
		}
	}
}

// The standard errors are those of the spread over seeds.
func TestDrawErrors(t *testing.T) {
	s := field.Linear()
	prior := field.Uniform(0.3, 0.95)
	prior.Weight = field.T
	p := field.NewProcess(s, field.Velocity(s), prior)
	const seeds = 200
	var sum, square, told [2]float64
	for seed := range uint64(seeds) {
		d := must[Drawn](t)(Draw(p, probe, 500, seed, datumOf(drawPoints(triangle))))
		for k, v := range [2][2]float64{{d.Energy, d.EnergyErr}, {d.Field[0], d.FieldErr[0]}} {
			sum[k], square[k], told[k] = sum[k]+v[0], square[k]+v[0]*v[0], told[k]+v[1]/seeds
		}
	}
	for k := range sum {
		std := math.Sqrt(square[k]/seeds - sum[k]/seeds*sum[k]/seeds)
		near(t, "standard error over the deviation between seeds", told[k]/std, 1, 0.2)
	}
}

func TestDrawRefuses(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.01, 0.02))
	at := func(v float64) func(x []float64, _ *rand.Rand) {
		return func(x []float64, _ *rand.Rand) { x[0] = v }
	}
	for want, c := range map[string]struct {
		u     float64
		draws int
		datum float64
	}{
		"got 1 draws": {0, 1, 0}, "of the point is NaN": {math.NaN(), 9, 0},
		"of a datum is +Inf": {0, 9, math.Inf(1)}, "none of 9 draws": {1e200, 9, 0},
	} {
		if _, err := Draw(p, []float64{c.u}, c.draws, 0, at(c.datum)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
