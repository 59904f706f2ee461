package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/graph"
)

// Sum is the weighted sum Σ wᵢ fᵢ(u) of fields that have been trained for one process: of
// several checkpoints, or networks. Equilibrium Matching (arXiv 2510.02300) composes
// models so, by the sum of their gradients. Weights that add up to 1 keep the length that
// samplers reckon with. Each fᵢ is told what it wants of t and label, and their states,
// which must have names of their own, are those of all. It has an energy, the same sum,
// where every fᵢ has one. It costs what they cost together.
func Sum(weights []float64, fields ...Trained) (Trained, error) {
	if len(weights) != len(fields) || len(fields) == 0 {
		return Trained{}, fmt.Errorf("model: Sum: %d weights of %d fields, want one for each of at least 1",
			len(weights), len(fields))
	}
	var sum Trained
	names, parts, energies := map[string]bool{}, make([]Field, len(fields)), make([]Field, len(fields))
	for i, f := range fields {
		if !(math.Abs(weights[i]) <= math.MaxFloat64) {
			return Trained{}, fmt.Errorf("model: Sum: weight %d: got %v, want a finite number", i, weights[i])
		}
		for _, s := range f.States {
			if names[s.Name] {
				return Trained{}, fmt.Errorf("model: Sum: state %q: got it of two fields, want names of"+
					" their own", s.Name)
			}
			names[s.Name] = true
		}
		sum.States = append(sum.States, f.States...)
		sum.Time, sum.Label = sum.Time || f.Time, sum.Label || f.Label
		parts[i], energies[i] = f.Field, f.Energy
	}
	sum.Field = added(weights, parts)
	if !slices.ContainsFunc(fields, func(f Trained) bool { return f.Energy == nil }) {
		sum.Energy = added(weights, energies)
	}
	return sum, nil
}

// added is the field Σ wᵢ fᵢ.
func added(weights []float64, fields []Field) Field {
	return func(b *graph.Builder, in Inputs) graph.Node {
		var sum graph.Node
		for i, f := range fields {
			part := b.Scale(weights[i], f(b, in))
			if sum == nil {
				sum = part
			} else {
				sum = b.Add(sum, part)
			}
		}
		return sum
	}
}

// Composed is the weighted sum Σ wₖ f(u, k) over classes k of a field that is told one. It is
// told none itself, and costs as many times f as there are classes.
func Composed(f Field, labels []int, weights []float64) Field {
	parts := make([]Field, len(labels))
	for i, label := range labels {
		parts[i] = func(b *graph.Builder, in Inputs) graph.Node {
			in.Label = b.Fill(float64(label), in.U, in.U.Shape()[0])
			return f(b, in)
		}
	}
	return added(weights, parts)
}
