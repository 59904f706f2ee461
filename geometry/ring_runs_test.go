package geometry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

func processCalled(t *testing.T, name string) *field.Process {
	t.Helper()
	s, err := field.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Process()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at draws points at that distance from the inner circle.
func at(distance float64) func(context.Context, int, uint64, func(int, int)) ([][]float64, error) {
	return func(_ context.Context, n int, _ uint64, _ func(done, of int)) ([][]float64, error) {
		points := make([][]float64, n)
		for i := range points {
			points[i] = []float64{.5, 0, distance}
		}
		return points, nil
	}
}

// A table of trained fields has each run beside the exact field of its kind and dimension, runs of
// one kind in one row and a second run of a cell in another.
func TestRingRunsFigure(t *testing.T) {
	exact := newRingFigure([]int{2, 8})
	exact.numbers.add("FM velocity", 2, .1, .01, 56., 40., 0., 0.)
	exact.numbers.add("FM velocity", 8, .2, .02, 55., 40., 0., 0.)
	exact.numbers.add("FM velocity, told t", 8, .3, .03, 54., 40., 0., 0.)
	rings := &Result{Prior: "some", Tables: []Table{exact.table, exact.numbers}}
	fm := processCalled(t, "fm")
	runs := []RingRun{
		{Name: "a", Of: "1", Process: fm, Sampler: "ddim", Dim: 8, Draw: at(.25)},
		{Name: "b", Of: "2", Process: fm, Sampler: "ddim", Dim: 2, Draw: at(.05)},
		{Name: "c", Of: "3", Process: fm, Sampler: "ddim", Dim: 8, Draw: at(.75)},
		{Name: "d", Of: "4", Process: fm, Sampler: "ddim", Told: true, Dim: 8, Draw: at(0)},
		{Name: "e", Of: "5", Process: processCalled(t, "ddpm"), Sampler: "ddim", Dim: 32, Draw: at(0)},
	}
	f := RingRuns(runs, rings, Inputs{Seed: 1, Draws: 5})
	r, err := f.Compute(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range r.Tables[0].Rows {
		for _, cell := range row {
			b.WriteString(Text(cell) + "|")
		}
		b.WriteString("\n")
	}
	want := "linear/velocity, ddim|0.050±0.000/100|0.100±0.010/56|0.250±0.000/0|0.200±0.020/55|||\n" +
		"linear/velocity, ddim (2)|||0.750±0.000/0|0.200±0.020/55|||\n" +
		"linear/velocity, told t, ddim|||0.000±0.000/100|0.300±0.030/54|||\n" +
		"vp-sde/noise, ddim|||||0.000±0.000/100||\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if len(r.Tables[1].Rows) != len(runs) || len(r.Plots) != 2 {
		t.Fatalf("%d rows of numbers, %d plots", len(r.Tables[1].Rows), len(r.Plots))
	}
	for _, p := range r.Plots { // runs are in the order of their directories
		for _, l := range p.Lines {
			if !slices.IsSorted(l.X) {
				t.Errorf("%s: %q is drawn by D = %v", p.Name, l.Name, l.X)
			}
		}
	}
	more := RingRuns(runs[:4], rings, Inputs{Seed: 1, Draws: 5})
	if more.key("x") == f.key("x") {
		t.Error("figures of other runs have one key")
	}
	fails := errors.New("no device")
	runs[0].Draw = func(context.Context, int, uint64, func(int, int)) ([][]float64, error) {
		return nil, fails
	}
	if _, err := RingRuns(runs, rings, f.Inputs).Compute(t.Context(), nil); !errors.Is(err, fails) {
		t.Errorf("got %v", err)
	}
}
