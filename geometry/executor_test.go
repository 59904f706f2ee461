package geometry

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

// A point on a datum stays there and is counted once, and the points beside it go on as without it.
func TestArrivedPointsStayAndOthersGoOn(t *testing.T) {
	fm, edm := field.Linear(), field.EDM()
	for name, p := range map[string]*field.Process{
		"velocity": field.NewProcess(fm, field.Velocity(fm), field.Uniform(0, 0.98)),
		"eqm":      field.NewProcess(fm, field.Equilibrium(fm, field.T), field.Uniform(0, 0.98)),
		"noise":    field.NewProcess(edm, field.Noise(edm), field.Uniform(0, 2)),
		"data":     field.NewProcess(edm, field.Data(edm), field.Uniform(0, 2)),
	} {
		a, err := exact.New(p, triangle)
		if err != nil {
			t.Fatal(err)
		}
		alone := follow(t, OnHost(t.Context(), a, p, false), p, probe)
		x := OnHost(t.Context(), a, p, false)
		both := follow(t, x, p, append(append([]float64(nil), triangle.Points[1]...), probe...))
		if x.Arrived() != 1 {
			t.Errorf("%s: %d samples have arrived, want 1", name, x.Arrived())
		}
		for i, want := range append(append([]float64(nil), triangle.Points[1]...), alone...) {
			if !(math.Abs(both[i]-want) <= 1e-6) {
				t.Errorf("%s: coordinate %d ends at %v, want %v", name, i, both[i], want)
			}
		}
	}
}

// follow moves the points u by 20 steps of the two-point rule from t = 0.5 to 0.4 and returns them.
func follow(t *testing.T, x *Follower, p *field.Process, u []float64) []float64 {
	t.Helper()
	n := len(u) / 2
	if err := x.Reserve(sample.Form{Registers: 1}, n); err != nil {
		t.Fatal(err)
	}
	if err := x.Begin(u); err != nil {
		t.Fatal(err)
	}
	points := make([]int, n)
	for step := range 20 {
		kappa, eta := p.Step(0.5-0.005*float64(step), 0.495-0.005*float64(step))
		all := make([]sample.Row, n)
		for i := range all {
			points[i] = i
			all[i] = sample.Row{Stage: &sample.Stage{Ask: []float64{1}, Set: [][]float64{{kappa, eta, 0}}},
				Sample: uint64(i)}
		}
		if err := x.Step(all); err != nil {
			t.Fatal("step ", step, err)
		}
	}
	out := make([]float32, len(u))
	if err := x.Points(out, points); err != nil {
		t.Fatal(err)
	}
	wide := make([]float64, len(u))
	for i, v := range out {
		wide[i] = float64(v)
	}
	return wide
}
