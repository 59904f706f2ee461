package exact

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

func TestMixtureErrors(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	for _, tt := range []struct {
		m    Mixture
		want string
	}{
		{Mixture{}, "got no points"},
		{Mixture{Points: [][]float64{{}}}, "got no points"},
		{Mixture{Points: [][]float64{{1}, {1, 2}}}, "point 1 has dimension 2, want that of point 0, 1"},
		{Mixture{Points: [][]float64{{1}, {math.NaN()}}}, "point 1 has coordinate 0 = NaN"},
		{Mixture{Points: [][]float64{{1e200}}}, "point 0 has squared length +Inf"},
		{Mixture{Points: [][]float64{{1}}, Weights: []float64{1, 2}}, "got 2 weights, want 1"},
		{Mixture{Points: [][]float64{{1}}, Weights: []float64{0}}, "weight 0 is 0"},
		{Mixture{Points: [][]float64{{1}}, Jitter: -1}, "jitter is -1"},
	} {
		if _, err := New(p, tt.m); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	for _, r := range [][2]float64{{0, 2}, {-1, 1}, {0.5, 0.5}, {0.5, math.NaN()}} {
		p := field.NewProcess(s, field.Velocity(s), field.Uniform(r[0], r[1]))
		if _, err := New(p, triangle); err == nil {
			t.Errorf("the range %v was accepted", r)
		}
	}
}
