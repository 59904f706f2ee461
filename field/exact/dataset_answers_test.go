package exact

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// Energy, posterior and decomposition of a data set are those of its data, as a crowd and
// apart, under priors that end in the open and where the posterior leans against their end.
func TestDatasetAnswersAsItsAtoms(t *testing.T) {
	linear, edm := field.Linear(), field.EDM()
	for name, p := range map[string]*field.Process{
		"flow matching": field.NewProcess(linear, field.Velocity(linear), field.Uniform(0.001, 0.98)),
		"eqm": field.NewProcess(linear, field.Equilibrium(linear, field.TruncatedGain(0.8, 4)),
			field.Uniform(0.02, 0.7)),
		"edm": field.NewProcess(edm, field.Data(edm), field.LogUniform(0.01, 50)),
	} {
		for _, dim := range []int{3, 60} {
			m, points := cloud(400, dim, 24)
			a, d := mustAtoms(t, p, m), must[*Dataset](t)(NewDataset(p, m))
			d.ruled = 100
			post, parts := make([]Posterior, len(points)), make([]Decomposition, len(points))
			if err := d.Posteriors(post, points, 0); err != nil {
				t.Fatal(name, err)
			}
			if err := d.Decompositions(parts, points, 0); err != nil {
				t.Fatal(name, err)
			}
			for i, u := range points {
				name := fmt.Sprintf("%s, D = %d, point %d", name, dim, i)
				want, got := mustAt(t, a, u), post[i]
				scale := 1e-10 * (1 + math.Abs(want.Energy))
				near(t, name+": energy", got.Energy, want.Energy, scale)
				near(t, name+": energy alone", must[float64](t)(d.Energy(u)), want.Energy, scale)
				near(t, name+": E[t]", got.Mean, want.Mean, 1e-10*want.Mean)
				near(t, name+": Var t", got.Var, want.Var, 1e-8*want.Var)
				near(t, name+": low edge", got.EdgeLo, want.EdgeLo, 1e-7*(1e-6+want.EdgeLo))
				near(t, name+": high edge", got.EdgeHi, want.EdgeHi, 1e-7*(1e-6+want.EdgeHi))
				nearTo(t, name+": ∇E", got.Grad, want.Grad, 1e-10)
				nearTo(t, name+": f*", got.Field, want.Field, 1e-10)
				whole := mustDecompose(t, a, u)
				near(t, name+": λ̄", parts[i].Lambda, whole.Lambda, 1e-10*math.Abs(whole.Lambda))
				near(t, name+": c̄", parts[i].Drift, whole.Drift, 1e-10*(1+math.Abs(whole.Drift)))
				nearTo(t, name+": natural", parts[i].Natural, whole.Natural, 1e-9)
				nearVec(t, name+": transport", parts[i].Transport, whole.Transport,
					1e-10*(norm(whole.Natural)+norm(whole.Transport)))
			}
		}
	}
}

// Of points that have no answer each is named, and all others are answered.
func TestDatasetFaultsAreOfPoints(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 0.98))
	m, points := cloud(200, 20, 3*datasetBlock)
	d := must[*Dataset](t)(NewDataset(p, m))
	want := make([][]float64, len(points))
	if err := d.Fields(want, points, 0); err != nil {
		t.Fatal(err)
	}
	bad := []int{5, datasetBlock + 3, 2 * datasetBlock}
	for _, i := range bad {
		points[i] = m.Points[i]
	}
	got := make([][]float64, len(points))
	err := d.Fields(got, points, 0)
	f, ok := err.(*Faults)
	if !ok || fmt.Sprint(f.At) != fmt.Sprint(bad) || !strings.Contains(err.Error(), "and of 2 more points") {
		t.Fatalf("got %v, want the faults of %v", err, bad)
	}
	for i := range points {
		if f.At[0] != i && f.At[1] != i && f.At[2] != i {
			nearTo(t, fmt.Sprintf("point %d", i), got[i], want[i], 0)
		}
	}
}
