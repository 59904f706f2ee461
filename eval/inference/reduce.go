package inference

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/plan"
)

var (
	_ = operator(reduceMean, "ReduceMean")
	_ = operator(squeeze, "Squeeze", "Unsqueeze")
	_ = operator(layerNorm, "LayerNormalization")
)

// axesOf are the axes that operand 1 or an attribute names, in order, of an array of that rank.
func (n *node) axesOf(rank int) ([]int, error) {
	axes := n.ints("axes")
	if n.has(1) {
		var err error
		if axes, err = n.wholes(1); err != nil {
			return nil, err
		}
	}
	axes = slices.Clone(axes)
	for i, a := range axes {
		var err error
		if axes[i], err = axis(a, rank); err != nil {
			return nil, err
		}
	}
	slices.Sort(axes)
	if len(slices.Compact(slices.Clone(axes))) != len(axes) {
		return nil, fmt.Errorf("axes: got %v, want each once", axes)
	}
	return axes, nil
}

// reduceMean is the mean over axes that stand beside each other, summed in float64.
func reduceMean(n *node) (made, error) {
	if err := n.operands(1, 2); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	axes, err := n.axesOf(len(x))
	if err != nil {
		return made{}, err
	}
	k := len(axes)
	if k == 0 || axes[k-1]-axes[0] != k-1 || axes[0] == 0 {
		return made{}, fmt.Errorf("axes: got %v of %v, want some beside each other, not the first", axes, x)
	}
	before, after := x[:axes[0]], x[axes[k-1]+1:]
	shape := slices.Concat(before, after)
	if n.int("keepdims", 1) == 1 {
		shape = slices.Concat(before, ones(k), after)
	}
	run := means(plan.Size(before), plan.Size(x[axes[0]:axes[k-1]+1]), plan.Size(after))
	return made{shape: shape, run: run}, nil
}

// squeeze takes axes of extent 1 away, or puts them there.
func squeeze(n *node) (made, error) {
	if len(n.in) < 1 || len(n.in) > 2 || n.in[0].absent {
		return made{}, fmt.Errorf("got %d operands, want 1 or 2", len(n.in))
	}
	x, given := n.in[0].shape, n.ints("axes")
	if n.has(1) {
		var err error
		if given, err = n.wholes(1); err != nil {
			return made{}, err
		}
	}
	rank := len(x)
	if n.Op == "Unsqueeze" {
		rank += len(given)
	}
	axes, err := n.axesOf(rank)
	if err != nil {
		return made{}, err
	}
	shape := slices.Clone(x)
	for _, a := range axes {
		if n.Op == "Unsqueeze" {
			shape = slices.Insert(shape, a, 1)
		} else if x[a] != 1 {
			return made{}, fmt.Errorf("axes: got %v of shape %v, want those of extent 1", axes, x)
		}
	}
	if n.Op == "Squeeze" {
		if len(axes) == 0 {
			return made{}, fmt.Errorf("axes: got none, want those to take away")
		}
		for _, a := range slices.Backward(axes) {
			shape = slices.Delete(shape, a, a+1)
		}
	}
	if n.in[0].whole != nil {
		return made{shape: shape, whole: n.in[0].whole}, nil
	}
	return made{shape: shape, view: true}, nil
}

// layerNorm is (x − mean)/√(variance + ε)·scale + bias over the axes from one on.
func layerNorm(n *node) (made, error) {
	if err := n.operands(2, 3); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	a, err := axis(n.int("axis", -1), len(x))
	if err != nil {
		return made{}, err
	}
	width, eps := plan.Size(x[a:]), float64(n.float("epsilon", 1e-5))
	for i, v := range n.in[1:] {
		if !v.absent && plan.Size(v.shape) != width {
			return made{}, fmt.Errorf("operand %d: got shape %v, want that of %v", i+1, v.shape, x[a:])
		}
	}
	return made{shape: x, inPlace: true, run: func(_ *worker, out []float32, in [][]float32) {
		for at := 0; at < len(out); at += width {
			row, mean, square := in[0][at:at+width], 0., 0.
			for _, v := range row {
				mean += float64(v) / float64(width)
			}
			for _, v := range row {
				square += (float64(v) - mean) * (float64(v) - mean) / float64(width)
			}
			for i, v := range row {
				u := (float64(v) - mean) / math.Sqrt(square+eps) * float64(in[1][i])
				if len(in) > 2 && len(in[2]) > 0 {
					u += float64(in[2][i])
				}
				out[at+i] = float32(u)
			}
		}
	}}, nil
}
