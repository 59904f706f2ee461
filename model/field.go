package model

import (
	"context"
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Inputs is what a field may see of n points. U [n, …] is always there; T [n],
// the noise level, and Label [n], the number of a class or NoLabel, are nil where the
// model is blind to them. Scale [n] is what a network that is told the time has its point
// multiplied by, where it has (Scaled).
type Inputs struct{ U, T, Label, Scale graph.Node }

// Field builds f(u), of U's shape, into a graph. Row i of the result depends on
// row i of the inputs alone. A Field may be built several times into one graph:
// for the parts of a batch, or by a combinator that asks it at two points.
type Field func(b *graph.Builder, in Inputs) graph.Node

// Parametric is a family of fields: one for each value of the weights p, which
// are bound to a graph (Params.Bind).
type Parametric func(p *Params) Field

// Plain is the field that is the network's output.
func Plain(net Network) Parametric {
	return func(p *Params) Field {
		return func(b *graph.Builder, in Inputs) graph.Node { return net.Build(b, p, in) }
	}
}

// Trained is a field with the weights that it reads: what a plan that evaluates
// it is made of.
type Trained struct {
	Field Field
	// Time and Label say which inputs the field wants besides the point.
	Time, Label bool
	// Energy is g [n], of which Field is the gradient, with the same weights; nil where
	// Field is not made as that of one.
	Energy Field
	// States are the arrays the field reads, one for each set of weights.
	States []State
}

// State is an array that a plan keeps on the device: the host writes it once
// after loading the plan.
type State struct {
	Name string
	Data []float32 // not copied
}

// Stored is f with its weights in the state of that name, of p.Len elements.
// Fields that are combined need names of their own.
func Stored(f Parametric, p *Params, name string) Field {
	return func(b *graph.Builder, in Inputs) graph.Node {
		return f(p.Bind(b, b.Shared(name, p.Len)))(b, in)
	}
}

// With is f with the given flat weights, stored under that name.
func With(f Parametric, p *Params, name string, flat []float32) (Trained, error) {
	if len(flat) != p.Len {
		return Trained{}, fmt.Errorf("model: With: %d weights, want %d", len(flat), p.Len)
	}
	t := Untrained(f, p, name)
	t.States = []State{{name, flat}}
	return t, nil
}

// Untrained is f without weights, to be compiled and not run.
func Untrained(f Parametric, p *Params, name string) Trained {
	return Trained{Field: Stored(f, p, name), Time: p.Told.Clock,
		Label: p.Told.Classes > 0}
}

// asked is the point u [n, …] with inputs "t" [n] and "label" [n] where they are wanted.
func asked(b *graph.Builder, u graph.Node, time, label bool) Inputs {
	in := Inputs{U: u}
	if time {
		in.T = b.Input("t", u.Shape()[0])
	}
	if label {
		in.Label = b.Input("label", u.Shape()[0])
	}
	return in
}

// Ask is f at the nodes u [n, …], with inputs "t" [n] and "label" [n] where f
// wants them.
func (f Trained) Ask(b *graph.Builder, u graph.Node) graph.Node {
	return f.At(b, asked(b, u, f.Time, f.Label))
}

// At is f at nodes of the caller's, which must be all that f wants.
func (f Trained) At(b *graph.Builder, in Inputs) graph.Node {
	if b.Err() != nil {
		return nil
	}
	y := f.Field(b, in)
	if b.Err() == nil && !slices.Equal(y.Shape(), in.U.Shape()) {
		b.Fail(fmt.Errorf("model: a field maps %v to %v, want the point's shape", in.U.Shape(), y.Shape()))
	}
	return y
}

// Told reports which inputs f wants besides the point.
func (f Trained) Told() (time, label bool) { return f.Time, f.Label }

// Build is f at the points u [n, …]; t [n] and label [n] are nil where f does not want them.
func (f Trained) Build(b *graph.Builder, u, t, label graph.Node) graph.Node {
	return f.At(b, Inputs{U: u, T: t, Label: label})
}

// Write gives the program of a plan that evaluates f the weights.
func (f Trained) Write(g plan.Program) error {
	for _, s := range f.States {
		if err := g.Write(s.Name, s.Data); err != nil {
			return err
		}
	}
	return nil
}

// Plan evaluates n points of the given shape: input "u", output "f". Compiling ends
// with ctx.
func (f Trained) Plan(ctx context.Context, n int, point []int, precision plan.Precision) (*plan.Plan, error) {
	b := graph.New()
	u := b.Input("u", append([]int{n}, point...)...)
	p, err := b.Compile(ctx, precision, graph.Root{Name: "f", Node: f.Ask(b, u)})
	if err == nil {
		p.RowsIndependent = true
	}
	return p, err
}
