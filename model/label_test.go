package model

import (
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// A label picks its row of the table, NoLabel the last; and the gradient in a row is the
// sum of those of the points that picked it.
func TestLabelRows(t *testing.T) {
	const classes, features = 5, 3
	const size = (classes + 1) * features
	b := graph.New()
	labels, weight := b.Input("labels", 4), b.Input("weight", 4, features)
	p := &Params{List: []Param{{Name: "x.table", Shape: []int{classes + 1, features}}}, Len: size,
		find: map[string]int{"x.table": 0}}
	p = p.Bind(b, b.State("x.table", size))
	rows := begin(b, p).at("x").label(labels, classes, features)
	grad := p.Gradient(b, b.Dot(rows, weight, 1))
	pl, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "rows", Node: rows},
		graph.Root{Name: "grad", Node: grad})
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(pl)
	table, w := make([]float32, size), make([]float32, 4*features)
	for i := range table {
		table[i] = float32(i)
	}
	for i := range w {
		w[i] = float32(math.Pow(2, float64(i)))
	}
	for name, x := range map[string][]float32{"labels": {4, 0, NoLabel, 4}, "x.table": table, "weight": w} {
		if err := g.Write(name, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	got, _ := g.Data("rows")
	if want := []float64{12, 13, 14, 0, 1, 2, 15, 16, 17, 12, 13, 14}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	got, _ = g.Data("grad")
	want := make([]float64, len(table))
	copy(want, []float64{8, 16, 32})
	copy(want[12:], []float64{1 + 512, 2 + 1024, 4 + 2048})
	copy(want[15:], []float64{64, 128, 256})
	if !slices.Equal(got, want) {
		t.Errorf("gradient %v, want %v", got, want)
	}
}

// Guidance is what it says, of every channel or of the first ones alone.
func TestGuided(t *testing.T) {
	f := func(b *graph.Builder, in Inputs) graph.Node { // u + label in every channel
		return b.Add(in.U, b.SpreadColumn(in.Label, in.U.Shape()...))
	}
	u := []float32{0, 1, 2, 3, 4, 5, 6, 7}
	for _, tt := range []struct {
		w        float64
		channels int
		want     []float64 // f(k) − f(∅) is 4 for label 3
	}{
		{1, 0, []float64{3, 4, 5, 6, 7, 8, 9, 10}},
		{0, 0, []float64{-1, 0, 1, 2, 3, 4, 5, 6}},
		{2.5, 0, []float64{9, 10, 11, 12, 13, 14, 15, 16}},
		{2.5, 3, []float64{9, 10, 11, 6, 13, 14, 15, 10}},
		{2.5, 4, []float64{9, 10, 11, 12, 13, 14, 15, 16}},
	} {
		got := evaluated(t, Trained{Field: Guided(f, tt.w, tt.channels), Label: true}, []int{1, 2, 4}, 1,
			map[string][]float32{"u": u, "label": {3}})
		if !slices.Equal(got, tt.want) {
			t.Errorf("w = %v of %d channels: %v, want %v", tt.w, tt.channels, got, tt.want)
		}
	}
	b := graph.New()
	if Guided(f, 2, 0)(b, Inputs{U: b.Input("u", 1, 4)}); b.Err() == nil {
		t.Error("a field that is told no label is guided")
	}
}
