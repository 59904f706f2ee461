package experiment

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
	"github.com/stillfield/stillfield/sample"
)

// energetic are small networks that make a field of an energy: a product for each form,
// and convolutions, group norms and attention.
var energetic = []struct {
	set   []string
	shape datasets.Shape
}{
	{[]string{"model.energy=dot"}, datasets.Shape{H: 1, W: 1, C: 6}},
	{[]string{"model.energy=norm"}, datasets.Shape{H: 1, W: 1, C: 6}},
	{[]string{"model=unet:channels=4,levels=[1],attention=[2],heads=2", "model.energy=dot"},
		datasets.Shape{H: 2, W: 2, C: 1}},
	{[]string{"model=unet:channels=4,levels=[1],attention=[2],heads=2", "model.energy=norm"},
		datasets.Shape{H: 2, W: 2, C: 1}},
}

// slope is the plan of ‖∇g − r‖² of two points, "cost", and of its gradient in the
// weights, "grad".
func slope(t *testing.T, e *Experiment) *plan.Plan {
	t.Helper()
	shape := append([]int{2}, e.Point()...)
	b := graph.New()
	bound := e.Params.Bind(b, b.State(StateWeights, e.Params.Len))
	f := e.Net.Build(b, bound, model.Inputs{U: b.Input("u", shape...)})
	miss := b.Sub(f, b.Input("r", shape...))
	cost := b.Dot(miss, miss, 1, 1)
	p, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "cost", Node: cost},
		graph.Root{Name: "grad", Node: bound.Gradient(b, cost)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Training a field that is a gradient takes second derivatives. On every device the step's
// gradient is that of differences of the cost in float64, to the roundings of float32.
func TestSecondOrderOnDevices(t *testing.T) {
	host, err := cpu.New(cpu.Options{Workers: 2, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	gpu, err := cuda.New(emu.New(emu.Options{Major: 8}), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gpu.Close()
	for _, tt := range energetic {
		e, err := New(parse(t, tt.set...), tt.shape)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(e.Net.String(), func(t *testing.T) {
			p := slope(t, e)
			in := map[string][]float32{"u": nil, "r": nil, StateWeights: nil}
			for name := range in {
				v, _ := p.Port(name)
				x := make([]float32, p.Values[v].Size)
				for i := range x {
					x[i] = float32(.5 * math.Cos(float64(i*len(name))+float64(name[0])))
				}
				in[name] = x
			}
			want := wantGradient(t, e, p, in)
			for _, dev := range []plan.Device{host, gpu} {
				g := loaded(t, dev, p, in)
				got := make([]float32, e.Params.Len)
				if err := g.Read("grad", got); err != nil {
					t.Fatal(err)
				}
				compareGradient(t, dev.Name(), got, want)
			}
		})
	}
}

// loaded has run p on dev once.
func loaded(t *testing.T, dev plan.Device, p *plan.Plan, in map[string][]float32) plan.Program {
	t.Helper()
	g, err := dev.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	for name, x := range in {
		if err := g.Write(name, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	return g
}

// wantGradient is the derivative of the cost in the first and the last element of each
// weight, by central differences in float64; NaN elsewhere.
func wantGradient(t *testing.T, e *Experiment, p *plan.Plan, in map[string][]float32) []float64 {
	t.Helper()
	g := loaded(t, reference.Device{}, p, in).(*reference.Program)
	w, err := g.Data(StateWeights)
	if err != nil {
		t.Fatal(err)
	}
	cost, err := g.Data("cost")
	if err != nil {
		t.Fatal(err)
	}
	at := func(i int, x float64) float64 {
		before := w[i]
		w[i] = x
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		w[i] = before
		return cost[0]
	}
	want := slices.Repeat([]float64{math.NaN()}, len(w))
	const h = 1e-5
	for _, q := range e.Params.List {
		for _, i := range []int{q.Offset, q.Offset + q.Size() - 1} {
			want[i] = (at(i, w[i]+h) - at(i, w[i]-h)) / (2 * h)
		}
	}
	return want
}

func compareGradient(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	most, worst := 0., 0.
	for i, x := range want {
		if !math.IsNaN(x) {
			most, worst = max(most, math.Abs(x)), max(worst, math.Abs(float64(got[i])-x))
		}
	}
	if !(worst <= 2e-5*most) || most < 1e-3 {
		t.Errorf("%s: off by %.2g, of gradients to %.2g", name, worst, most)
	}
	t.Logf("%s: off by %.2g of the largest", name, worst/most)
}

// What is drawn from is the gradient of the energy that is told of it, whatever the network
// is told and however it is guided; of a field of which a part is guided none is told.
func TestEnergyOfWhatIsDrawn(t *testing.T) {
	for _, tt := range []struct {
		set  []string
		none bool
	}{
		{set: []string{"model.clock=true", "sample.sampler=heun"}},
		{set: []string{"model.classes=3", "model.label_dropout=0.1"}},
		{set: []string{"model.classes=3", "model.label_dropout=0.1", "sample.guidance=2.5"}},
		{set: []string{"model.classes=3", "model.label_dropout=0.1", "sample.guidance=2.5",
			"sample.guided=" + sample.FirstThree}, none: true},
	} {
		e, err := New(parse(t, append(tt.set, "model.energy=dot")...), datasets.Shape{H: 1, W: 1, C: 6})
		if err != nil {
			t.Fatal(err)
		}
		w := make([]float32, e.Params.Len)
		for i := range w {
			w[i] = float32(.5 * math.Cos(float64(i)))
		}
		f, _, err := e.Drawn(w, e.Config.Sample)
		if err != nil {
			t.Fatal(err)
		}
		if (f.Energy == nil) != tt.none {
			t.Errorf("%v: an energy is told: %t, want %t", tt.set, f.Energy != nil, !tt.none)
		}
		if f.Energy == nil {
			continue
		}
		u := []float64{.3, -.5, .8, 1, -.2, .1}
		energy, field := toldAt(t, f, e, "g"), toldAt(t, f, e, "f")
		const h = 1e-5
		for i, got := range field(u) {
			up, down := slices.Clone(u), slices.Clone(u)
			up[i] += h
			down[i] -= h
			want := (energy(up)[0] - energy(down)[0]) / (2 * h)
			if math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("%v: the field is %v at %d, the energy's slope %v", tt.set, got, i, want)
			}
		}
	}
}

// toldAt is the field "f" or the energy "g" of f at one point of class 1 at the time 0.3.
func toldAt(t *testing.T, f model.Trained, e *Experiment, name string) func(u []float64) []float64 {
	t.Helper()
	compile := map[string]func(context.Context, int, []int, plan.Precision) (*plan.Plan, error){
		"f": f.Plan, "g": f.EnergyPlan}[name]
	p, err := compile(t.Context(), 1, e.Point(), plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]float32{}
	if f.Time {
		in["t"] = []float32{.3}
	}
	if f.Label {
		in["label"] = []float32{1}
	}
	for _, s := range f.States {
		in[s.Name] = s.Data
	}
	g := loaded(t, reference.Device{}, p, in).(*reference.Program)
	x, err := g.Data("u")
	if err != nil {
		t.Fatal(err)
	}
	y, err := g.Data(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(u []float64) []float64 {
		copy(x, u)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(y)
	}
}
