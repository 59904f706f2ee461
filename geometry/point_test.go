package geometry

import (
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

// blind is the exact field of a law under a process of the tables with t ~ U[.02, .98].
func blind(t testing.TB, schedule, target string, law exact.Law) (*exact.Blind, error) {
	t.Helper()
	p, err := field.Spec{Schedule: choice.Choice{Kind: schedule}, Target: choice.Choice{Kind: target},
		Prior: choice.Choice{Kind: "uniform", Params: choice.Values{"min": .02, "max": .98}}}.Process()
	if err != nil {
		t.Fatal(err)
	}
	return exact.New(p, law)
}

// Every golden value is met to half its last digit.
func TestGoldenTable(t *testing.T) {
	table, worst, quadrature, err := goldenTable()
	if err != nil {
		t.Fatal(err)
	}
	if !(worst <= 1) || !(quadrature < 1e-13) || len(table.Rows) != len(goldens()) {
		t.Errorf("%d rows, worst %v of what is allowed, quadrature %v", len(table.Rows), worst, quadrature)
	}
	for _, row := range table.Rows {
		if diff, allowed := row[4].(float64), row[5].(float64); !(math.Abs(diff) <= allowed) {
			t.Errorf("%v of %v: off by %v, want %v", row[1], row[0], diff, allowed)
		}
	}
}

// The parts add up to the field, for every schedule and target of the tables, and one
// core measures what all do.
func TestMeasure(t *testing.T) {
	points := [][]float64{probe, {0, 0}, {-1, 0.31}, {2, -2}}
	for _, schedule := range field.Schedules.Names() {
		for _, target := range field.Targets.Names() {
			a, err := blind(t, schedule, target, triangle)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Measure(t.Context(), a, points, Derivatives{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, p := range got {
				for i, f := range p.Field {
					size := math.Abs(p.Natural[i]) + math.Abs(p.Transport[i]) + math.Abs(p.Drift[i])
					rest := f - p.Natural[i] - p.Transport[i] - p.Drift[i]
					if !(math.Abs(rest) <= 1e-12*size) {
						t.Errorf("%s/%s at %v: the parts leave %v of %v", schedule, target, points[k],
							rest, f)
					}
				}
			}
			before := runtime.GOMAXPROCS(1)
			one, err := Measure(t.Context(), a, points, Derivatives{}, nil)
			runtime.GOMAXPROCS(before)
			if err != nil || !reflect.DeepEqual(one, got) {
				t.Errorf("%s/%s: on one core %v (%v), on all %v", schedule, target, one, err, got)
			}
		}
	}
}

// Where the decomposition is infinite it is left out, with the reason, and the field
// stays.
func TestMeasureWithoutDecomposition(t *testing.T) {
	s := field.Linear()
	a, err := exact.New(field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1)), triangle)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Measure(t.Context(), a, [][]float64{probe}, Derivatives{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := got[0]; p.Note == "" || p.Lambda != nil || p.Natural != nil || len(p.Field) != 2 {
		t.Errorf("got %+v, want a field, a note and no decomposition", p)
	}
	// A datum itself has no field where the prior reaches t = 0.
	if _, err := Measure(t.Context(), a, [][]float64{probe, triangle.Points[1]}, Derivatives{},
		nil); err == nil {
		t.Error("a datum is measured, want an error that names point 1")
	}
}

// Derivatives are those of the gradient and of the field, by central differences.
func TestDerivatives(t *testing.T) {
	a, err := blind(t, "linear", "velocity", triangle)
	if err != nil {
		t.Fatal(err)
	}
	const h = 1e-5
	points := [][]float64{probe}
	for i := range probe {
		for _, side := range []float64{-h, h} {
			u := []float64{probe[0], probe[1]}
			u[i] += side
			points = append(points, u)
		}
	}
	got, err := Measure(t.Context(), a, points, Derivatives{Hessian: true, Jacobian: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range probe {
		down, up := got[1+2*i], got[2+2*i]
		for j := range probe {
			for what, pair := range map[string][2]float64{
				"hessian":  {got[0].Hessian[j][i], (up.GradEnergy[j] - down.GradEnergy[j]) / (2 * h)},
				"jacobian": {got[0].Jacobian[j][i], (up.Field[j] - down.Field[j]) / (2 * h)},
			} {
				if !(math.Abs(pair[0]-pair[1]) <= 1e-7) {
					t.Errorf("%s, row %d, column %d: %v, difference quotient %v", what, j, i, pair[0],
						pair[1])
				}
			}
		}
	}
}
