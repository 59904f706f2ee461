package exact

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// What is wrong with a law is said in one line that names the number.
func TestLawErrors(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98))
	one, eye := [][]float64{{0, 0}}, [][]float64{{1, 0}, {0, 1}}
	for _, tt := range []struct {
		law  Law
		want string
	}{
		{Gaussians{}, "got no points"},
		{Gaussians{Means: one}, "got 0 covariances, want 1"},
		{Gaussians{Means: one, Covs: [][][]float64{{{1, 0}}}}, "covariance 0 has 1 rows, want 2"},
		{Gaussians{Means: one, Covs: [][][]float64{{{1, 0}, {0}}}}, "has 1 numbers in row 1, want 2"},
		{Gaussians{Means: one, Covs: [][][]float64{{{1, 0}, {0.5, 1}}}}, "want symmetry"},
		{Gaussians{Means: one, Covs: [][][]float64{{{1, 2}, {2, 1}}}}, "want a positive definite matrix"},
		{Gaussians{Means: one, Covs: [][][]float64{{{1, 1}, {1, 1}}}}, "Lifted puts data on a subspace"},
		{Gaussians{Means: one, Covs: [][][]float64{{{1, math.NaN()}, {0, 1}}}}, "has NaN in row 0, column 1"},
		{Rings{}, "got no points"},
		{Rings{Radii: []float64{1, 0}}, "radius 1 is 0, want a positive number"},
		{Rings{Radii: []float64{1}, Space: 1}, "dimension 1, want at least 2"},
		{Rings{Radii: []float64{1}, Weights: []float64{-1}}, "weight 0 is -1"},
		{Flat(0), "got dimension 0"},
		{Lifted{}, "got <nil>, want a law"},
		{Lifted{Law: Lifted{}}, "want a law that is not lifted yet"},
		{Lifted{Law: triangle, Ambient: 1}, "got 1 dimensions, want at least those of the law, 2"},
		{Lifted{Law: triangle, Ambient: 3, Basis: eye}, "basis vector 0 has length 2, want 3"},
		{Lifted{Law: triangle, Ambient: 2, Basis: eye[:1]}, "got 1 basis vectors, want 2"},
		{Lifted{Law: triangle, Ambient: 2, Basis: [][]float64{{1, 0}, {1, 0}}},
			"product of basis vectors 1 and 0 is 1"},
	} {
		if _, err := New(p, tt.law); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v, want %q", tt.law, err, tt.want)
		}
	}
	reaches := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 1))
	if _, err := New(reaches, Flat(2)); err == nil || !strings.Contains(err.Error(), "where a = 0") {
		t.Errorf("a flat law under a prior that reaches a = 0: %v", err)
	}
}

// A Gaussians of round covariances is the Mixture blurred by their deviation.
func TestRoundGaussiansAreBlurredPoints(t *testing.T) {
	const j = 0.3
	g := Gaussians{Means: triangle.Points, Weights: []float64{1, 2, 0.5}}
	for range g.Means {
		g.Covs = append(g.Covs, [][]float64{{j * j, 0}, {0, j * j}})
	}
	for _, p := range everyProcess(t, 0.02, 0.98) {
		want := mustAt(t, must[*Blind](t)(New(p, blurredTriangle)), probe)
		got := mustAt(t, must[*Blind](t)(New(p, g)), probe)
		near(t, p.String()+" E_marg", got.Energy, want.Energy, 1e-13)
		nearVec(t, p.String()+" f*", got.Field, want.Field, 1e-12)
		nearVec(t, p.String()+" ∇E", got.Grad, want.Grad, 1e-12)
	}
}
