package experiment

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// The σd by which a network's input is scaled follows from the schedule, and from what
// else has one; whoever says it is taken at his word, and what an earlier version kept has
// none.
func TestScalingFollowsTheSchedule(t *testing.T) {
	for _, tt := range []struct {
		set  []string
		want float64
	}{
		{nil, 0},
		{[]string{"field=fm"}, 0},
		{[]string{"field=ddpm"}, 0},
		{[]string{"field=edm"}, .5},
		{[]string{"field=uedm"}, .5},
		{[]string{"field=uedm", "field.target.sigma_data=2"}, 2},
		{[]string{"field=edm", "field.weight.sigma_data=3"}, 3},
		{[]string{"field.schedule=edm", "field.target=velocity"}, .5},
		{[]string{"field=edm", "model.sigma_data=0"}, 0},
		{[]string{"field=fm", "model.sigma_data=1"}, 1},
	} {
		if got := parse(t, tt.set...).Model.Params.Float("sigma_data"); got != tt.want {
			t.Errorf("%v: sigma_data is %v, want %v", tt.set, got, tt.want)
		}
	}
	c, err := ParseKept("config.yaml", []byte("model: {kind: mlp}\nfield: edm\n"), nil)
	if err != nil || c.Model.Params.Float("sigma_data") != 0 {
		t.Errorf("kept without it: %v, %v", c.Model, err)
	}
}

// mirror is a network whose field is the point that it sees.
type mirror struct{ model.Condition }

func (mirror) String() string { return "mirror" }

func (mirror) Build(b *graph.Builder, p *model.Params, in model.Inputs) graph.Node {
	return b.Mul(in.U, b.Expand(p.Get(b, "one", model.One, 1), 1, 1, in.U.Shape()...))
}

// A network that is told the time sees c_in·u, by the time and the schedule that it has.
func TestInputScale(t *testing.T) {
	for _, process := range []string{"edm", "ddpm"} {
		e := echoing(t, parse(t, "field="+process, "model.clock=true", "model.sigma_data=0.25",
			"sample.sampler=ddim"))
		e.Net = model.Scaled{Network: mirror{e.Net.Told()}, SigmaData: .25}
		f, err := e.Trained([]float32{1})
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Plan(t.Context(), 2, e.Point(), plan.Float32)
		if err != nil {
			t.Fatal(err)
		}
		g := reference.Load(p)
		times, _ := g.Data("t")
		copy(times, []float64{.01, .5})
		u, _ := g.Data("u")
		for i := range u {
			u[i] = 1
		}
		weights, _ := g.Data(StateWeights)
		weights[0] = 1
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		y, _ := g.Data("f")
		for i, at := range []float64{.01, .5} {
			a, b := e.Process.Schedule.A.Eval(at), e.Process.Schedule.B.Eval(at)
			if want := 1 / math.Hypot(.25*a, b); math.Abs(y[i*e.Dim()]-want) > 1e-12*want {
				t.Errorf("%s at %v: sees %v of the point, want %v", process, at, y[i*e.Dim()], want)
			}
		}
	}
}
