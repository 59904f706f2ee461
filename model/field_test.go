package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// with is the field of the first network of tiny with weights of its own, under
// that name.
func with(t *testing.T, name string, seed uint64) Trained {
	t.Helper()
	p := declare(t, tiny[0].net, tiny[0].point)
	w := make([]float32, p.Len)
	p.Start(w, seed)
	for i := range w {
		w[i] += float32(.3 * math.Cos(float64(i)+float64(seed)))
	}
	f, err := With(Plain(tiny[0].net), p, name, w)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// at is f at n points, by the definition of every operator.
func at(t *testing.T, f Trained, x []float32, n int) []float32 {
	t.Helper()
	e, err := NewEvaluator(t.Context(), reference.Device{}, f, tiny[0].point, n, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	y := make([]float32, len(x))
	if err := e.Eval(y, x, n); err != nil {
		t.Fatal(err)
	}
	return y
}

func points(n int) []float32 {
	x := make([]float32, n*plan.Size(tiny[0].point))
	for i := range x {
		x[i] = float32(math.Sin(2 * float64(i)))
	}
	return x
}

// Fields combine by wrapping one another: the sum of two sets of weights is the sum
// of what each gives. (Package model will have such combinators; here is why it can.)
func TestFieldsAdd(t *testing.T) {
	f, g := with(t, "first", 1), with(t, "second", 2)
	sum := Trained{
		Field:  func(b *graph.Builder, in Inputs) graph.Node { return b.Add(f.Field(b, in), g.Field(b, in)) },
		States: slices.Concat(f.States, g.States),
	}
	const n = 3
	x := points(n)
	got, y, z := at(t, sum, x, n), at(t, f, x, n), at(t, g, x, n)
	for i := range got {
		if want := y[i] + z[i]; math.Abs(float64(got[i]-want)) > 1e-6 || y[i] == z[i] {
			t.Errorf("f + g is %v at %d, want %v + %v", got[i], i, y[i], z[i])
		}
	}
}

// What a field asks for it is given, and a field of another shape is refused.
func TestAsk(t *testing.T) {
	ask := func(f Trained) (*plan.Plan, error) { return f.Plan(t.Context(), 2, []int{3}, plan.Float32) }
	told := Trained{Time: true, Label: true, Field: func(b *graph.Builder, in Inputs) graph.Node {
		return b.Mul(in.U, b.SpreadColumn(b.Add(in.T, in.Label), 2, 3))
	}}
	p, err := ask(told)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"u", "t", "label"} {
		if _, ok := p.Port(name); !ok {
			t.Errorf("the plan has no input %q", name)
		}
	}
	blind := Trained{Field: func(b *graph.Builder, in Inputs) graph.Node {
		if in.T != nil || in.Label != nil {
			t.Error("a blind field is told more than the point")
		}
		return b.Reshape(in.U, 6)
	}}
	if _, err := ask(blind); err == nil || !strings.Contains(err.Error(),
		"maps [2 3] to [6], want the point's shape") {
		t.Errorf("a field of another shape: %v", err)
	}
	if _, err := NewEvaluator(t.Context(), reference.Device{}, told, []int{3}, 1, plan.Float32); err == nil {
		t.Error("an evaluator that has no time takes a field that wants one")
	}
}
