package meter

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/sample"
)

func TestTable(t *testing.T) {
	if err := Meters.Verify(); err != nil {
		t.Error(err)
	}
}

// matrix is the field f(u) = M u, with M by rows for weights.
func matrix(dim int, m []float32) model.Trained {
	return model.Trained{States: []model.State{{Name: "m", Data: m}},
		Field: func(b *graph.Builder, in model.Inputs) graph.Node {
			return b.MatMul(in.U, b.Reshape(b.Shared("m", dim*dim), dim, dim), false, true)
		}}
}

// scaled is the weights of f(u) = k u.
func scaled(dim int, k float32) []float32 {
	m := make([]float32, dim*dim)
	for i := range dim {
		m[i*dim+i] = k
	}
	return m
}

// bent is matrix with 1e-4 u∘u added, whose Jacobian is at u.
func bent(dim int, m []float32) model.Trained {
	f := matrix(dim, m)
	straight := f.Field
	f.Field = func(b *graph.Builder, in model.Inputs) graph.Node {
		return b.Add(straight(b, in), b.Scale(1e-4, b.Mul(in.U, in.U)))
	}
	return f
}

func choiceOf(t *testing.T, text string) choice.Choice {
	t.Helper()
	c, err := choice.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func rings(t *testing.T, dim, count int, split string) datasets.Source {
	t.Helper()
	src, err := datasets.Open(choice.Choice{Kind: "rings", Params: choice.Values{"dim": dim, "count": count,
		"split": split}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func named(t *testing.T, name string) *field.Process {
	t.Helper()
	s, err := field.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return process(t, s)
}

func process(t *testing.T, s field.Spec) *field.Process {
	t.Helper()
	p, err := s.Process()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bench is f on the CPU, against 40 points of two rings in so many dimensions.
func bench(t *testing.T, process string, dim int, f model.Trained, change func(*Subject)) *Bench {
	t.Helper()
	dev, err := cpu.New(cpu.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	s := Subject{Process: named(t, process), Field: f, Point: []int{dim}, Data: rings(t, dim, 40, "train"),
		Held: rings(t, dim, 40, "test"), Sample: sample.Defaults(), Seed: 1, Draws: 50, Times: 8}
	if change != nil {
		change(&s)
	}
	b, err := New(t.Context(), dev, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func take(t *testing.T, b *Bench, name string) *Reading {
	t.Helper()
	last := [2]int{}
	r, err := b.Take(name, func(done, of int) { last = [2]int{done, of} })
	if err != nil {
		t.Fatal(err)
	}
	if last[0] < 1 || name != "norms" && last[0] != last[1] {
		t.Errorf("%s ends at %d of %d", name, last[0], last[1])
	}
	if r.Meter != name || r.Title == "" || r.Text == "" || r.Label == "" {
		t.Errorf("%s says too little: %+v", name, r)
	}
	return r
}

func curve(t *testing.T, r *Reading, name string) Curve {
	t.Helper()
	for _, c := range r.Curves {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("%s has no curve %q", r.Meter, name)
	return Curve{}
}

// The exact field that a field is held to is that of the data, at the points of float32.
func TestExactField(t *testing.T) {
	b := bench(t, "fm", 3, matrix(3, scaled(3, 1)), nil)
	var m exact.Mixture
	x := make([]float32, 3)
	for i := range 40 {
		if _, err := b.Data.Read(x, i); err != nil {
			t.Fatal(err)
		}
		m.Points = append(m.Points, b.wide(x)...)
	}
	a, err := exact.New(b.Process, m)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.set(ofHeld)
	if err != nil {
		t.Fatal(err)
	}
	for k := range b.times {
		got, err := b.exactly(s, k)
		if err != nil {
			t.Fatal(err)
		}
		for i, u := range b.wide(b.noisy(s, k)) {
			want, err := a.Field(u)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range want {
				if math.Abs(got[i][j]-v) > 1e-9*(1+math.Abs(v)) {
					t.Fatalf("t = %v, point %d: f*[%d] = %v, want %v", b.times[k], i, j, got[i][j], v)
				}
			}
		}
	}
}

// On training data the loss of any field is that of the exact one and the excess, and no
// field has less; a field that is 0 is off by all of the exact one.
func TestExactMeter(t *testing.T) {
	many := func(s *Subject) { s.Draws, s.Held = 100, nil }
	for _, process := range []string{"eqm", "uedm"} {
		r := take(t, bench(t, process, 2, matrix(2, []float32{.3, -.7, .2, .9}), many), "exact")
		loss, least, excess := curve(t, r, "loss, training data").Whole,
			curve(t, r, "loss of the exact field, training data").Whole, curve(t, r, "excess, training "+
				"data").Whole
		off := loss.Mean - least.Mean - excess.Mean
		se := math.Hypot(loss.SE, math.Hypot(least.SE, excess.SE))
		if math.Abs(off) > 4*se || !(excess.Mean > 2*se) {
			t.Errorf("%s: loss %v, of the exact field %v, excess %v: off by %v, want 4 of %v at "+
				"most", process,
				loss.Mean, least.Mean, excess.Mean, off, se)
		}
	}
	r := take(t, bench(t, "eqm", 2, matrix(2, scaled(2, 0)), nil), "exact")
	for _, set := range setNames {
		for i, e := range curve(t, r, "relative error, "+set).Values {
			if math.Abs(e.Mean-1) > 1e-6 || e.SE > 1e-6 || e.N != 50 {
				t.Errorf("%s, time %d: relative error of 0 is %+v, want 1", set, i, e)
			}
		}
	}
}

// The exact field has learnt its data by heart; one that loses the same everywhere has not.
func TestMemorisation(t *testing.T) {
	b := bench(t, "fm", 2, matrix(2, scaled(2, 1)), func(s *Subject) {
		spec := s.Process.Spec
		spec.Prior = choiceOf(t, "uniform:max=0.1")
		s.Process, s.Draws = process(t, spec), 200
	})
	var all [2]*losses
	for which := range all {
		var err error
		if all[which], err = b.lossesOf(which, func() {}); err != nil {
			t.Fatal(err)
		}
	}
	byHeart, not := *all[ofHeld], *all[ofHeld]
	data := *all[ofData]
	data.learned, byHeart.learned = data.least, byHeart.least
	c := memorised(b.times, &data, &byHeart)
	if len(c.At) < 3 || c.Whole == nil {
		t.Fatalf("memorisation is known at %v", c.At)
	}
	for i, e := range append(c.Values, *c.Whole) {
		if math.Abs(e.Mean-1) > 1e-12 {
			t.Errorf("%d: the exact field has memorisation %+v, want 1", i, e)
		}
	}
	not.learned = data.learned
	for i, e := range memorised(b.times, &data, &not).Values {
		if e.Mean != 0 {
			t.Errorf("%d: a field with one loss on both sets has memorisation %+v, want 0", i, e)
		}
	}
}

// Points are those of training: their noise times part the prior evenly.
func TestTimes(t *testing.T) {
	for name, p := range map[string]field.Prior{"uniform": field.Uniform(.2, .6),
		"log-normal": field.LogNormal(-1.2, 1.2, .002, 80)} {
		ts := timesOf(p, 5)
		mass, last, steps := 0., p.Min, 200000
		next := 0
		for i := range steps {
			at := p.Min * math.Pow(p.Max/p.Min, (float64(i)+.5)/float64(steps))
			mass += p.Density.Eval(at) * at * math.Log(p.Max/p.Min) / float64(steps)
			if next < len(ts) && at >= ts[next] {
				if want := (float64(next) + .5) / 5; math.Abs(mass-want) > 1e-3 {
					t.Errorf("%s: mass %v below %v, want %v", name, mass, ts[next], want)
				}
				next++
			}
			last = at
		}
		if next != len(ts) {
			t.Errorf("%s: times %v up to %v", name, ts, last)
		}
	}
}
