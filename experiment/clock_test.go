package experiment

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/plan/reference"
)

// echo is a network whose field is what it is told, in every coordinate.
type echo struct{ model.Condition }

func (echo) String() string { return "echo" }

func (echo) Build(b *graph.Builder, p *model.Params, in model.Inputs) graph.Node {
	shape := in.U.Shape()
	one, what := p.Get(b, "one", model.One, 1), in.T
	if what == nil {
		what = in.Label
	}
	return b.Mul(b.SpreadColumn(what, shape...), b.Expand(one, 1, 1, shape...))
}

// echoing is the experiment of c with an echo for its network.
func echoing(t *testing.T, c *Config) *Experiment {
	t.Helper()
	e, err := New(c, datasets.Shape{H: 1, W: 1, C: 6})
	if err != nil {
		t.Fatal(err)
	}
	e.Net = echo{e.Net.Told()}
	if e.Params, err = model.Declare(e.Net, e.Point()); err != nil {
		t.Fatal(err)
	}
	return e
}

// firstLoss is the loss of e's first step, whose data is 0, by the definition of every
// operator.
func firstLoss(t *testing.T, e *Experiment, controls Controls) float64 {
	t.Helper()
	p, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	for name, x := range map[string][]float32{InputControls: controls.All, StateWeights: {1}} {
		if err := g.Write(name, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	record, err := g.Data(StateRecord)
	if err != nil {
		t.Fatal(err)
	}
	return record[plan.ClipLoss(0)]
}

// A network with a clock is told, in training, the noise variable of each sample: the
// schedule's, of the time that the sample's noise has. In drawing it is told that of
// the time it is given.
func TestClock(t *testing.T) {
	for _, m := range field.Processes.Entries {
		t.Run(m.Name, func(t *testing.T) {
			c := parse(t, "model.clock=true", "field="+m.Name, "sample.sampler=ddim", "accumulate=2")
			e := echoing(t, c)
			proc, want := e.Process, 0.
			base := plan.Uniform
			if proc.Prior.Base == field.NormalBase {
				base = plan.Normal
			}
			clock := func(at float64) float64 {
				if math.IsInf(proc.Schedule.End, 1) {
					return math.Log(at) / 4
				}
				return 1000 * at
			}
			for i := range e.Config.Batch {
				at := proc.Prior.Quantile.Eval(reference.Draw(base, 0, uint64(i), philox.Level, 0))
				for k := range e.Dim() {
					eps := reference.Draw(plan.Normal, 0, uint64(i), philox.Noise, k)
					miss := clock(at) - proc.Target.D.Eval(at)*eps
					want += proc.Prior.Weight.Eval(at) * miss * miss / float64(e.Config.Batch*e.Dim())
				}
			}
			controls := e.NewControls()
			plan.DrawRows(controls.Draws, 0, 0)
			if got := firstLoss(t, e, controls); math.Abs(got-want) > 1e-5*want {
				t.Errorf("loss %v, want %v", got, want)
			}

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
			times[0], times[1] = 0.25, 0.5
			weights, _ := g.Data(StateWeights)
			weights[0] = 1
			if err := g.Run(); err != nil {
				t.Fatal(err)
			}
			y, _ := g.Data("f")
			if math.Abs(y[0]-clock(.25)) > 1e-9 || math.Abs(y[6]-clock(.5)) > 1e-9 {
				t.Errorf("told %v and %v, want %v and %v", y[0], y[6], clock(.25), clock(.5))
			}
		})
	}
}

// A field with a clock cannot be followed by a sampler that has none.
func TestClockless(t *testing.T) {
	for sampler, refused := range map[string]bool{"gd": true, "nag": true, "euler": false, "heun": false} {
		_, err := Parse("c.yaml", []byte(tiny), []string{"model.clock=true", "sample.sampler=" + sampler})
		want := `sample.sampler: got "` + sampler + `", want one with a clock, like heun: ` + sampler +
			" has no time to tell a field with model.clock"
		if refused != (err != nil) || refused && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: error %v, want %q: %t", sampler, err, want, refused)
		}
	}
}

// The rings are there for every process, blind and conditional, by one line each.
func TestRingsOfEveryProcess(t *testing.T) {
	rings := 0
	for _, name := range configs.Names() {
		if !strings.HasPrefix(name, "rings-") {
			continue
		}
		rings++
		text, err := configs.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range field.Processes.Entries {
			for _, clock := range []string{"false", "true"} {
				set := []string{"field=" + m.Name, "model.clock=" + clock}
				if _, err := Parse(name, text, set); err != nil {
					t.Errorf("%s, clock %s: %v", m.Name, clock, err)
				}
			}
		}
	}
	if rings == 0 {
		t.Error("there are no rings among the experiments")
	}
}
