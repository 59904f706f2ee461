package plantest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// program holds a device to what plan.Program says of names, lengths, states, Check
// and Copy, and to what plan.Tracer says.
func program(t *testing.T, d plan.Device, _ Options) {
	x, w := leaf("x", 3, 4), state("w", 4, 5)
	h := apply(plan.Op{Kind: plan.MatMul}, x, w)
	h.Name = "product"
	y := apply(plan.Op{Kind: plan.Log}, h)
	z := apply(plan.Op{Kind: plan.SiLU}, apply(plan.Op{Kind: plan.MatMul}, x, w)) // with an epilogue
	p := compile(t, plan.Float32, plan.Root{Name: "z", Node: z}, plan.Root{Name: "y", Node: y})
	g := load(t, d, p)

	if err := g.Write("z", make([]float32, 3)); err == nil {
		t.Error("Write of an unknown name: no error")
	}
	if err := g.Write("x", make([]float32, 11)); err == nil {
		t.Error("Write of 11 elements to 12: no error")
	}
	if err := g.Read("y", make([]float32, 16)); err == nil {
		t.Error("Read of 15 elements into 16: no error")
	}
	if err := g.Read("nothing", nil); err == nil {
		t.Error("Read of an unknown name: no error")
	}

	xs, ws := make([]float32, 12), make([]float32, 20)
	random(xs, 1, true)
	random(ws, 2, true)
	write(t, "x", xs, g)
	write(t, "w", ws, g)
	run(t, g)
	first := read(t, g, "y", 15)
	if got := read(t, g, "w", 20); bits(got) != bits(ws) {
		t.Error("a state that nothing writes has changed")
	}
	if bad, err := g.Check(); bad != nil || err != nil {
		t.Errorf("Check() = %v, %v, want nothing", bad, err)
	}
	if again := read(t, g, "y", 15); bits(again) != bits(first) {
		t.Error("Check changed an output")
	}
	partly(t, g, ws)
	copies(t, d, g, first)
	traced(t, g, p, xs)
	ws[7] = -100 // Log of a negative product
	write(t, "w", ws, g)
	bad, err := g.Check()
	last := len(p.Steps) - 1
	if err != nil || bad == nil || bad.Step != last || bad.Value != "y" || !math.IsNaN(float64(bad.Got)) {
		t.Errorf("Check() = %+v, %v, want NaN in y at step %d", bad, err, last)
	}
}

// partly holds WriteAt to what plan.Program says of it, with the state w of g, which it
// leaves as it was.
func partly(t *testing.T, g plan.Program, w []float32) {
	t.Helper()
	want := slices.Clone(w)
	for k, part := range [][]float32{{1, 2, 3}, {}, {4}, w} {
		first := []int{5, 20, 19, 0}[k]
		if err := g.WriteAt("w", first, part); err != nil {
			t.Fatal(err)
		}
		copy(want[first:], part)
		if got := read(t, g, "w", len(w)); bits(got) != bits(want) {
			t.Errorf("WriteAt from %d on gave %v, want %v", first, got, want)
		}
	}
	for _, c := range []struct {
		name  string
		first int
		n     int
	}{{"w", -1, 1}, {"w", 18, 3}, {"w", 21, 0}, {"x", 0, 1}, {"y", 0, 1}, {"nothing", 0, 1}} {
		if err := g.WriteAt(c.name, c.first, make([]float32, c.n)); err == nil {
			t.Errorf("WriteAt of %d elements to %q from %d on: no error", c.n, c.name, c.first)
		}
	}
}

// copies holds Copy to what plan.Program says of it, with the output y [3, 5] of g.
func copies(t *testing.T, d plan.Device, g plan.Program, y []float32) {
	t.Helper()
	s, x := state("s", len(y)), leaf("x", 3)
	sum := apply(plan.Op{Kind: plan.Sum, Outer: 3, Inner: 1, Shape: []int{3}}, s)
	p := compile(t, plan.Float32, plan.Root{Name: "sum", Node: apply(plan.Op{Kind: plan.Add}, sum, x)})
	h := load(t, d, p)
	if err := h.Copy("s", g, "y"); err != nil {
		t.Fatal(err)
	}
	run(t, h)
	if got := read(t, h, "s", len(y)); bits(got) != bits(y) {
		t.Errorf("Copy gave %v, want %v", got, y)
	}
	for _, c := range []struct {
		name, from string
		why        string
	}{
		{"x", "y", "an input"}, {"s", "w", "20 elements to 15"}, {"s", "nothing", "no such value"},
		{"nothing", "y", "no such state"},
	} {
		if err := h.Copy(c.name, g, c.from); err == nil {
			t.Errorf("Copy of %q to %q, %s: no error", c.from, c.name, c.why)
		}
	}
	other := reference.Load(p) // of another device, unless that is what is tested
	if _, same := h.(*reference.Program); !same {
		if err := h.Copy("s", other, "s"); err == nil {
			t.Error("Copy from another device: no error")
		}
	}
}

// traced holds a device that traces to what plan.Tracer says: what Trace does is a
// run, to the bit, and its spans are all of the steps, in order. The input of g is
// x [3, 4], and is written again at the end.
func traced(t *testing.T, g plan.Program, p *plan.Plan, x []float32) {
	t.Helper()
	tr, ok := g.(plan.Tracer)
	if !ok {
		return
	}
	other := make([]float32, len(x))
	random(other, 3, true)
	write(t, "x", other, g)
	run(t, g)
	want := read(t, g, "y", 15)
	write(t, "x", x, g)
	run(t, g)
	write(t, "x", other, g)
	spans, err := tr.Trace()
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, g, "y", 15); bits(got) != bits(want) {
		t.Error("a traced run has another result than a run")
	}
	write(t, "x", x, g)
	seen := make([]bool, len(p.Steps))
	step, end := 0, 0.0
	for i, s := range spans {
		if s.Step < step || s.Step >= len(p.Steps) {
			t.Fatalf("span %d is of step %d, want one from %d to %d", i, s.Step, step, len(p.Steps)-1)
		}
		op, with, ended := strings.Cut(s.Op, ", then ")
		named := op == p.Title(s.Step) && (!ended || p.Ended(s.Step) && with == p.Title(s.Step+1))
		// Both ends are of one clock, which a GPU reads to half a microsecond: they
		// go back by no more than its rounding.
		if !named || s.Kernel == "" || !(s.Duration >= 0) || !(s.Start >= end-2e-3) {
			t.Errorf("span %d is %+v after one that ended at %v", i, s, end)
		}
		step, end = s.Step, s.Start+s.Duration
		seen[s.Step] = true
		if ended {
			seen[s.Step+1] = true
		}
	}
	for s, ok := range seen {
		if !ok {
			t.Errorf("step %d, %s, has no span", s, p.Title(s))
		}
	}
	if l := tr.Timeline(); l.Device == "" || l.Stream == "" || l.Clock == "" {
		t.Errorf("Timeline() = %+v, want all of it", l)
	}
}
