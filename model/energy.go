package model

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Energy says of which scalar g of a network's output f(u) a field is the gradient, as in
// the explicit-energy form of Equilibrium Matching (arXiv 2510.02300). ∇g is what is
// trained to the target and what a sampler follows, never f itself. So g of Equilibrium
// Matching, whose target points from the datum to the noise, is low at data.
//
// ∇g costs f and one sweep back to u: twice the FLOPs of f, in training and in sampling.
// Attention is the exception: its second derivative, in training alone, takes about six
// matrices of tokens × tokens for each head and point, of one layer at a time.
type Energy string

// Of what g is made.
const (
	Implicit   Energy = "none" // of nothing: the field is f
	DotEnergy  Energy = "dot"  // g = u·f(u)
	NormEnergy Energy = "norm" // g = −½‖f(u)‖²
)

// energies is the parameter of an Energy, which every network takes.
var energies = []choice.Param{{Name: "energy", Default: string(Implicit),
	In: choice.Words(string(Implicit), string(DotEnergy), string(NormEnergy)),
	About: "none: the field is the network's output f; dot: the gradient of u·f(u); " +
		"norm: that of −½‖f(u)‖²;" +
		" both at twice the cost"}}

// Of is g [n] of the field f.
func (e Energy) Of(f Field) Field {
	return func(b *graph.Builder, in Inputs) graph.Node {
		y := f(b, in)
		if b.Err() != nil {
			return nil
		}
		n := y.Shape()[0]
		switch e {
		case DotEnergy:
			return b.Dot(in.U, y, n, n)
		case NormEnergy:
			return b.Scale(-.5, b.Dot(y, y, n, n))
		}
		b.Fail(fmt.Errorf("model: Energy: got %q, want %s or %s", e, DotEnergy, NormEnergy))
		return nil
	}
}

// Slope is the field ∇_u g of an energy g [n]. As row i of g depends on row i of u alone,
// it is the gradient of their sum.
func Slope(g Field) Field {
	return func(b *graph.Builder, in Inputs) graph.Node {
		rows := g(b, in)
		if b.Err() != nil {
			return nil
		}
		return b.Gradients(b.Sum(rows, 1, 1), in.U)[0]
	}
}

// Conservative is a network whose field is the gradient of an energy of Network's output.
// Of a Network of this package NormEnergy starts the output layer as FanIn does: from
// zero, no weight would have a gradient of −½‖f‖².
type Conservative struct {
	Network
	Energy Energy
}

// Build is ∇_u g.
func (c Conservative) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	return Slope(c.energy(p))(b, in)
}

// energy is g with the weights p.
func (c Conservative) energy(p *Params) Field { return c.Energy.Of(Plain(c.Network)(p)) }

func (c Conservative) String() string {
	return fmt.Sprintf("%v, the gradient of %s", c.Network,
		map[Energy]string{DotEnergy: "u·f(u)", NormEnergy: "−½‖f(u)‖²"}[c.Energy])
}

// Potential is the energy g [n] whose gradient the field of net is, nil where net is not
// made as that of one.
func Potential(net Network) Parametric {
	if c, ok := net.(Conservative); ok {
		return c.energy
	}
	return nil
}

// last is how a network's output layer starts: from zero, where the energy that is made of
// it lets it leave that.
func (n net) last(fanIn int) Init {
	if n.params.energy == NormEnergy {
		return FanIn(fanIn)
	}
	return Zero
}

// EnergyPlan evaluates the energy of n points of the given shape: input "u", and "t" and
// "label" where the field wants them, output "g" [n]. Compiling ends with ctx.
func (f Trained) EnergyPlan(ctx context.Context, n int, point []int, precision plan.Precision) (
	*plan.Plan, error) {
	if f.Energy == nil {
		return nil, fmt.Errorf("model: EnergyPlan: the field is the gradient of no energy")
	}
	b := graph.New()
	in := asked(b, b.Input("u", append([]int{n}, point...)...), f.Time, f.Label)
	p, err := b.Compile(ctx, precision, graph.Root{Name: "g", Node: f.Energy(b, in)})
	if err == nil {
		p.RowsIndependent = true
	}
	return p, err
}
