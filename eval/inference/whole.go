package inference

import (
	"fmt"

	"github.com/stillfield/stillfield/format/onnx"
)

// Whole numbers are known before a run, as the shapes that they are worked out of.
var (
	_ = operator(shapeOf, "Shape")
	_ = operator(constantOf, "Constant")
	_ = operator(wholeGather, "Gather")
)

func shapeOf(n *node) (made, error) {
	if len(n.in) != 1 {
		return made{}, fmt.Errorf("got %d operands, want 1", len(n.in))
	}
	x := n.in[0].shape
	from, to := n.int("start", 0), n.int("end", len(x))
	if from < 0 {
		from += len(x)
	}
	if to < 0 {
		to += len(x)
	}
	to = min(to, len(x))
	if from < 0 || from > to {
		return made{}, fmt.Errorf("got axes %d to %d of %v, want some of it", from, to, x)
	}
	whole := []int64{}
	for _, d := range x[from:to] {
		whole = append(whole, int64(d))
	}
	return made{shape: []int{len(whole)}, whole: whole}, nil
}

// constantOf is the tensor, number or numbers that an attribute has.
func constantOf(n *node) (made, error) {
	var t onnx.Tensor
	switch a := n.attr("value"); {
	case a != nil && a.Tensor != nil:
		t = *a.Tensor
	case n.attr("value_int") != nil:
		t.Ints = []int64{n.attr("value_int").Int}
	case n.attr("value_ints") != nil:
		t.Ints = n.attr("value_ints").Ints
		t.Shape = []int{len(t.Ints)}
	case n.attr("value_float") != nil && n.attr("value_float").Float != nil:
		t.Floats = []float32{*n.attr("value_float").Float}
	default:
		return made{}, fmt.Errorf("got no value that is known, want a tensor of float32 or int64")
	}
	v := constant(t)
	return made{shape: v.shape, whole: v.whole, run: func(_ *worker, out []float32, _ [][]float32) {
		copy(out, t.Floats)
	}}, nil
}

// wholeConcat puts lists of whole numbers after each other.
func wholeConcat(n *node) (made, error) {
	whole := []int64{}
	for i, v := range n.in {
		if v.whole == nil || len(v.shape) != 1 {
			return made{}, fmt.Errorf("operand %d: got shape %v, want a list of whole numbers", i, v.shape)
		}
		whole = append(whole, v.whole...)
	}
	return made{shape: []int{len(whole)}, whole: whole}, nil
}

// wholeGather picks whole numbers of a list, or one of them.
func wholeGather(n *node) (made, error) {
	if len(n.in) != 2 || n.in[0].whole == nil || len(n.in[0].shape) != 1 {
		return made{}, fmt.Errorf("got what is no list of whole numbers, want those alone, as of a shape")
	}
	at, err := n.wholes(1)
	if err != nil {
		return made{}, err
	}
	whole := []int64{}
	for _, i := range at {
		k, err := axis(i, len(n.in[0].whole))
		if err != nil {
			return made{}, err
		}
		whole = append(whole, n.in[0].whole[k])
	}
	return made{shape: n.in[1].shape, whole: whole}, nil
}
