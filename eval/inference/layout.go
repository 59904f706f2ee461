package inference

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/plan"
)

var (
	_ = operator(identity, "Identity", "Dropout")
	_ = operator(flatten, "Flatten")
	_ = operator(reshape, "Reshape")
	_ = operator(concat, "Concat")
	_ = operator(transpose, "Transpose")
)

// identity is the first operand.
func identity(n *node) (made, error) {
	if err := n.operands(1, 3); err != nil {
		return made{}, err
	}
	return made{shape: n.in[0].shape, view: true}, nil
}

func flatten(n *node) (made, error) {
	if err := n.operands(1, 1); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	a := n.int("axis", 1)
	if a < 0 {
		a += len(x)
	}
	if a < 0 || a > len(x) {
		return made{}, fmt.Errorf("axis: got %d of shape %v, want one of it", n.int("axis", 1), x)
	}
	return made{shape: []int{plan.Size(x[:a]), plan.Size(x[a:])}, view: true}, nil
}

// reshape has 0 for an axis that stays and −1 for what is left.
func reshape(n *node) (made, error) {
	if err := n.operands(1, 2); err != nil {
		return made{}, err
	}
	to, err := n.wholes(1)
	if err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	rest, known := -1, 1
	for i, d := range to {
		switch {
		case d == 0 && n.int("allowzero", 0) == 0 && i < len(x):
			to[i] = x[i]
		case d == -1 && rest < 0:
			rest = i
			continue
		}
		known *= max(to[i], 0)
	}
	if rest >= 0 && known > 0 {
		to[rest] = plan.Size(x) / known
	}
	if got, ok := floats(to); !ok || got != plan.Size(x) {
		return made{}, fmt.Errorf("got shape %v for the %d elements of %v, want as many", to, plan.Size(x), x)
	}
	return made{shape: to, view: true}, nil
}

// concat puts arrays beside each other along an axis.
func concat(n *node) (made, error) {
	if len(n.in) > 0 && n.in[0].whole != nil {
		return wholeConcat(n)
	}
	if err := n.operands(1, len(n.in)); err != nil {
		return made{}, err
	}
	first := n.in[0].shape
	a, err := axis(n.int("axis", 1), len(first))
	if err != nil {
		return made{}, err
	}
	shape := slices.Clone(first)
	shape[a] = 0
	widths := make([]int, len(n.in))
	for i, v := range n.in {
		if v.absent || v.whole != nil || len(v.shape) != len(first) || !same(v.shape[:a], first[:a]) ||
			!same(v.shape[a+1:], first[a+1:]) {
			return made{}, fmt.Errorf("got shapes %v and %v, want those that differ in axis %d alone", first,
				v.shape, a)
		}
		shape[a] += v.shape[a]
		widths[i] = plan.Size(v.shape[a:])
	}
	outer := plan.Size(first[:a])
	return made{shape: shape, run: func(_ *worker, out []float32, in [][]float32) {
		for o := range outer {
			for i, x := range in {
				copy(out, x[o*widths[i]:(o+1)*widths[i]])
				out = out[widths[i]:]
			}
		}
	}}, nil
}

// transpose exchanges axes.
func transpose(n *node) (made, error) {
	if err := n.operands(1, 1); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	var back []int
	for i := range x {
		back = append(back, len(x)-1-i)
	}
	perm := n.ints("perm", back...)
	sorted := slices.Sorted(slices.Values(perm))
	for i, a := range sorted {
		if a != i || len(perm) != len(x) {
			return made{}, fmt.Errorf("perm: got %v for shape %v, want each axis once", perm, x)
		}
	}
	shape, strides := make([]int, len(x)), make([]int, len(x))
	for i, a := range perm {
		shape[i], strides[i] = x[a], plan.Size(x[a+1:])
	}
	return made{shape: shape, run: func(_ *worker, out []float32, in [][]float32) {
		gather(out, in[0], shape, strides)
	}}, nil
}

// gather sets out, of a shape, to the elements of x that are so far apart along its axes.
func gather(out, x []float32, shape, strides []int) {
	if len(shape) == 0 {
		out[0] = x[0]
		return
	}
	if len(shape) == 1 {
		for i := range shape[0] {
			out[i] = x[i*strides[0]]
		}
		return
	}
	size := plan.Size(shape[1:])
	for i := range shape[0] {
		gather(out[i*size:][:size], x[i*strides[0]:], shape[1:], strides[1:])
	}
}
