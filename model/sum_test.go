package model

import (
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/graph"
)

// scaled is the field k·u + shift, with k in a state.
func scaled(name string, k float32, shift float64) Trained {
	f := func(b *graph.Builder, in Inputs) graph.Node {
		return b.Shift(shift, b.Mul(b.Expand(b.State(name, 1), 1, 1, in.U.Shape()...), in.U))
	}
	return Trained{States: []State{{name, []float32{k}}}, Field: f}
}

// A sum of fields is the sum, with the states of all and what any of them is told.
func TestSum(t *testing.T) {
	told := Trained{Time: true, Label: true, Field: func(b *graph.Builder, in Inputs) graph.Node {
		shape := in.U.Shape()
		return b.Add(b.SpreadColumn(in.T, shape...), b.SpreadColumn(in.Label, shape...))
	}}
	f, err := Sum([]float64{0.5, -2, 1}, scaled("a", 4, 0), scaled("b", 1, 3), told)
	if err != nil {
		t.Fatal(err)
	}
	got := evaluated(t, f, []int{1, 2}, 1, map[string][]float32{"u": {1, 10}, "t": {0.25}, "label": {7}})
	if want := []float64{-6 + 7.25, -6 + 7.25}; !slices.Equal(got, want) { // 2u − 2(u + 3) + t + label
		t.Errorf("got %v, want %v", got, want)
	}
	if f.Energy != nil {
		t.Error("a sum of fields without an energy has one")
	}
	g := scaled("a", 4, 0)
	g.Energy = func(b *graph.Builder, in Inputs) graph.Node { return b.Dot(in.U, in.U, 1, 1) }
	if f, err = Sum([]float64{2}, g); err != nil || f.Energy == nil {
		t.Errorf("the sum of one field with an energy has none: %v", err)
	}
	for _, tt := range []struct {
		weights []float64
		fields  []Trained
		want    string
	}{
		{nil, nil, "0 weights of 0 fields"},
		{[]float64{1}, []Trained{g, g}, "1 weights of 2 fields"},
		{[]float64{1, 1}, []Trained{g, g}, `state "a": got it of two fields`},
		{[]float64{1 / zeroWeight}, []Trained{g}, "weight 0: got +Inf"},
	} {
		if _, err := Sum(tt.weights, tt.fields...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.weights, err, tt.want)
		}
	}
}

var zeroWeight float64

// Classes that are composed are asked for one by one, whatever class the field is told.
func TestComposed(t *testing.T) {
	f := func(b *graph.Builder, in Inputs) graph.Node { // (1 + label) u
		return b.Mul(b.SpreadColumn(b.Shift(1, in.Label), in.U.Shape()...), in.U)
	}
	got := evaluated(t, Trained{Field: Composed(f, []int{3, 8, -1}, []float64{.5, -.25, 9})}, []int{1, 2}, 1,
		map[string][]float32{"u": {1, 2}})
	if want := []float64{2 - 2.25, 4 - 4.5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
