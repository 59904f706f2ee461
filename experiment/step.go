package experiment

import (
	"context"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// Names of the training step's inputs and states.
const (
	InputX        = "x"        // [batch, …] data
	InputControls = "controls" // see Controls

	StateWeights = "weights"
	StateM       = "adam.m"
	StateV       = "adam.v"
	StateAverage = "average" // the first of Average.Kept; others say which they are
	StateRecord  = "record"  // see plan.ClipFailed
	StateStop    = "stop"    // [1] how many processes were asked to stop; where there are many
)

// Step is what a training step is built from.
type Step struct {
	Process    *field.Process
	Field      model.Parametric
	Params     *model.Params // of the field
	Point      []int         // shape of one sample
	Batch      int           // samples, of all processes
	Accumulate int           // parts the batch is taken in, to save memory
	Division   Division      // of the batch among processes
	Recompute  bool          // whether blocks are computed again, to save memory: no bit changes
	Seed       uint64
	Update     Update
	Averages   []Kept  // at least one
	Clip       float64 // the largest gradient norm, 0 for no limit
	Slots      int     // steps whose loss the device keeps
	Precision  plan.Precision
}

// Compile builds the plan of the step:
//
//	t ~ p,  ε ~ N(0, I),  u = a x + b ε,  r = c x + d ε      f is told t, label where it asks
//	L = Σ w(t) ‖f(u) − r‖² / (batch·D)
//	θ, m, v, θ̄… ← Update(clip(∇L))
//
// With Accumulate > 1 the parts follow one another in the same arena, and their
// gradients are added in order: the sum of the whole batch, but for the rounding of
// as many additions. Of many processes each takes its rows of the batch, and an AllSum
// makes loss and gradient those of the whole one.
func (s Step) Compile(ctx context.Context) (*plan.Plan, error) {
	n, err := s.Division.rows(s.Batch, s.Accumulate)
	if err != nil {
		return nil, err
	}
	b := graph.New()
	if s.Recompute {
		b.Recompute()
	}
	x := b.Input(InputX, append([]int{n.rank}, s.Point...)...)
	weights := s.Params.Len
	theta := b.State(StateWeights, weights)
	params := s.Params.Bind(b, theta)

	parts := b.Parts(n.rank / n.part).InLeaves(n.leaves)
	if s.Division.many() {
		parts.Apart()
	}
	x = parts.Window(x, 0, append([]int{n.part}, s.Point...)...)
	c := s.controls(b, parts, n)
	part := s.loss(b, params, x, c)
	grad := parts.Sum(params.Gradient(b, part))
	loss := parts.Sum(part)
	roots := make([]graph.Root, 1, 2)
	if s.Division.many() {
		var stop graph.Node
		grad, loss, stop = s.allSum(b, grad, loss, c.stop)
		keep := b.Apply(plan.Op{Kind: plan.Assign}, b.State(StateStop, 1), stop)
		roots = append(roots, graph.Root{Node: keep})
	}
	b.Scope("clip")
	record := b.State(StateRecord, plan.ClipLen(s.Slots))
	gg := b.Dot(grad, grad, 1, 1)
	scale := b.Apply(plan.Op{Kind: plan.Clip, Max: s.Clip}, record, loss, gg, c.slot)
	b.Scope("update")
	moving := Moving{
		Weights: theta, M: b.State(StateM, weights), V: b.State(StateV, weights),
		Grad: grad, Scale: scale, Hyper: c.hyper, DecayLen: s.Params.DecayLen,
	}
	for _, k := range s.Averages {
		moving.Averages = append(moving.Averages, b.State(k.State, weights))
	}
	roots[0].Node = s.Update.Build(b, moving)
	return b.Compile(ctx, s.Precision, roots...)
}

// allSum is the gradient, the loss and the number of processes that are asked to stop, of all
// processes: one sum has all three.
func (s Step) allSum(b *graph.Builder, grad, loss, stop graph.Node) (g, l, n graph.Node) {
	if b.Err() != nil {
		return grad, loss, stop
	}
	b.Scope("all_sum")
	weights := s.Params.Len
	all := b.Concat(1, []int{weights + 2}, grad, loss, stop)
	all = b.AllSum(all, s.Division.Ranks, s.Division.Leaves > 0)
	part := func(off, n int) graph.Node { return b.Narrow(all, 1, off, n, n) }
	return part(0, weights), part(weights, 1), part(weights+1, 1)
}

// loss is the part of L that the samples x [n, …] contribute. c says which random
// numbers each of them draws, and its class.
func (s Step) loss(b *graph.Builder, params *model.Params, x graph.Node, c told) graph.Node {
	if b.Err() != nil {
		return nil
	}
	n, dim := x.Shape()[0], plan.Size(s.Point)
	shape := append([]int{n}, s.Point...)
	b.Scope("noise")
	base := plan.Uniform
	if s.Process.Prior.Base == field.NormalBase {
		base = plan.Normal
	}
	level := b.Draw(base, c.draws, s.Seed, philox.Level, n)
	eps := b.Draw(plan.Normal, c.draws, s.Seed, philox.Noise, shape...)
	t := field.Fold(s.Process.Prior.Quantile, algebra{b, level})
	sch, target := s.Process.Schedule, s.Process.Target
	at := field.FoldAll(algebra{b, t}, sch.A, sch.B, target.C, target.D, s.Process.Prior.Weight)
	mix := func(p, q graph.Node) graph.Node { // p x + q ε
		return b.Add(b.Mul(b.SpreadColumn(p, shape...), x), b.Mul(b.SpreadColumn(q, shape...), eps))
	}
	u, r := mix(at[0], at[1]), mix(at[2], at[3])

	in := model.Inputs{U: u}
	if s.Params.Told.Clock {
		in.T = t
	}
	if s.Params.Told.Classes > 0 {
		in.Label = s.labels(b, c)
	}
	f := s.Field(params)(b, in)
	b.Scope("loss")
	miss := b.Sub(f, r)
	weighted := miss
	if !s.Process.Prior.Weight.Equal(field.One) {
		weighted = b.Mul(b.SpreadColumn(at[4], shape...), miss)
	}
	return b.Scale(1/float64(s.Batch*dim), b.Dot(miss, weighted, 1))
}

// labels are the classes of the samples, some of which are withheld, each by a number of
// its own: it is told model.NoLabel with the probability Dropout.
func (s Step) labels(b *graph.Builder, c told) graph.Node {
	if s.Params.Told.Dropout == 0 || b.Err() != nil {
		return c.labels
	}
	n := c.labels.Shape()[0]
	drawn := b.Draw(plan.Uniform, c.draws, s.Seed, philox.Label, n)
	withheld := b.Binary(plan.Less, drawn, b.Fill(s.Params.Told.Dropout, drawn, n))
	return b.Add(c.labels, b.Mul(withheld, b.Shift(model.NoLabel, b.Scale(-1, c.labels))))
}

// algebra turns an expression in one variable into nodes of the variable's shape.
type algebra struct {
	b *graph.Builder
	v graph.Node
}

func (a algebra) Var() graph.Node { return a.v }

func (a algebra) Const(v float64) graph.Node {
	if a.v == nil {
		return nil
	}
	return a.b.Fill(v, a.v, a.v.Shape()...)
}

func (a algebra) Unary(op field.UnaryOp, x graph.Node) graph.Node {
	if op == field.OpNeg {
		return a.b.Scale(-1, x)
	}
	return a.b.Unary(map[field.UnaryOp]plan.Kind{
		field.OpSqrt: plan.Sqrt, field.OpExp: plan.Exp, field.OpLog: plan.Log,
		field.OpSin: plan.Sin, field.OpCos: plan.Cos, field.OpTanh: plan.Tanh,
	}[op], x)
}

func (a algebra) Binary(op field.BinaryOp, x, y graph.Node) graph.Node {
	return a.b.Binary(map[field.BinaryOp]plan.Kind{
		field.OpAdd: plan.Add, field.OpSub: plan.Sub, field.OpMul: plan.Mul, field.OpDiv: plan.Div,
		field.OpMin: plan.Min, field.OpMax: plan.Max, field.OpLess: plan.Less,
	}[op], x, y)
}
