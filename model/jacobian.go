package model

import (
	"context"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// TurnPlan measures how far the Jacobian J of f is from a symmetric one: inputs "u"
// [n, …], and "v" of u's shape, one direction a point; outputs
//
//	"odd"   [n]  ‖Jv − Jᵀv‖²
//	"even"  [n]  ‖Jv + Jᵀv‖²
//
// For v with E[vvᵀ] = I their means are ‖J − Jᵀ‖² and ‖J + Jᵀ‖² (Frobenius). Jᵀv is the
// gradient of v·f in u. It is linear in v, and the gradient of Jᵀw·v in w is Jv, so that two
// reverse sweeps are enough; they cost about six times f. f sees no time and no label.
// Compiling ends with ctx.
func (f Trained) TurnPlan(ctx context.Context, n int, point []int, precision plan.Precision) (
	*plan.Plan, error) {
	b := graph.New()
	shape := append([]int{n}, point...)
	u, v := b.Input("u", shape...), b.Input("v", shape...)
	// The gradient in w is wanted where it is not v, so w is a node of its own.
	w := b.Scale(1, v)
	y := f.Ask(b, u)
	total := func(p, q graph.Node) graph.Node { return b.Dot(p, q, 1, 1) }
	pulled := b.Gradients(total(y, w), u)[0]
	pushed := b.Gradients(total(pulled, v), w)[0]
	odd, even := b.Sub(pushed, pulled), b.Add(pushed, pulled)
	p, err := b.Compile(ctx, precision,
		graph.Root{Name: "odd", Node: b.Dot(odd, odd, n, n)},
		graph.Root{Name: "even", Node: b.Dot(even, even, n, n)})
	if err == nil {
		p.RowsIndependent = true
	}
	return p, err
}
