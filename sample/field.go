package sample

import (
	"context"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Field is what a stage on a device follows: a field that is built into a graph, with the
// weights it reads. Which network it is of, if any, is not a sampler's business; a
// model.Trained is one.
type Field interface {
	// Told reports what the field wants besides the point: the time, a class.
	Told() (time, label bool)
	// Build is f at the points u [n, …]. t [n] and label [n] are nil where they are not wanted.
	Build(b *graph.Builder, u, t, label graph.Node) graph.Node
	// Write gives the program of a plan that evaluates the field its weights.
	Write(g plan.Program) error
	// EnergyPlan evaluates the energy that the field is the gradient of at n points of that
	// shape: inputs "u", and "t" and "label" where they are wanted, output "g". It is an error
	// where there is none.
	EnergyPlan(ctx context.Context, n int, point []int, precision plan.Precision) (*plan.Plan, error)
}
