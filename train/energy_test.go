package train

import (
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
	"github.com/stillfield/stillfield/run"
)

// The gradient of an energy of either form learns the digits from the first step on, and
// is still a gradient afterwards: its Jacobian is symmetric, to the error of the differences
// that measure it. That of the network trained alone is not.
func TestEnergyTrains(t *testing.T) {
	for _, energy := range []string{"none", "dot", "norm"} {
		t.Run(energy, func(t *testing.T) {
			c := parse(t, "data={name: digits}", "steps=60", "batch=64", "optimizer.lr=3e-3",
				"log.checkpoint=60",
				"sample.n=1", "sample.steps=2", "model.energy="+energy)
			dir := t.TempDir()
			trained(t, dir, c)
			ls := lines(t, dir)
			if first := ls[0]; !(first.GradNorm > 1e-3) {
				t.Errorf("the first step has a gradient of %v", first.GradNorm)
			}
			mean := func(ls []run.Line) (sum float64) {
				for _, l := range ls {
					sum += l.Loss / float64(len(ls))
				}
				return sum
			}
			if early, late := mean(ls[:10]), mean(ls[len(ls)-10:]); !(late < .9*early) {
				t.Errorf("loss %v at the start, %v at the end: want a tenth less", early, late)
			}
			ck, _, err := run.Newest(dir, run.LoadPart(experiment.StateWeights))
			if err != nil {
				t.Fatal(err)
			}
			a := asymmetry(t, ck.Experiment, ck.Weights.Part(experiment.StateWeights))
			if (a < 1e-7) != (energy != "none") || a > 1e-7 && a < .05 {
				t.Errorf("asymmetry of the Jacobian %.2g", a)
			}
			t.Logf("loss %.3g, asymmetry %.2g", ls[len(ls)-1].Loss, a)
		})
	}
}

// asymmetry is ‖J − Jᵀ‖ / ‖J + Jᵀ‖ of the field's Jacobian J at a point, by central
// differences in float64.
func asymmetry(t *testing.T, e *experiment.Experiment, weights []float32) float64 {
	t.Helper()
	f, err := e.Trained(weights)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Plan(t.Context(), 1, e.Point(), plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	if err := f.Write(g); err != nil {
		t.Fatal(err)
	}
	u, _ := g.Data("u")
	y, _ := g.Data("f")
	at := func(i int, h float64) []float64 {
		for k := range u {
			u[k] = math.Sin(float64(k))
		}
		u[i] += h
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(y)
	}
	const h = 1e-5
	j := make([][]float64, len(u))
	for i := range j {
		j[i] = at(i, h)
		for k, low := range at(i, -h) {
			j[i][k] -= low
		}
	}
	var minus, plus float64
	for i := range j {
		for k := range j {
			minus += (j[i][k] - j[k][i]) * (j[i][k] - j[k][i])
			plus += (j[i][k] + j[k][i]) * (j[i][k] + j[k][i])
		}
	}
	return math.Sqrt(minus / plus)
}
