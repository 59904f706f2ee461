package inference

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/format/onnx"
)

// attr is the attribute of that name, nil where the node has none.
func (n *node) attr(name string) *onnx.Attr {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return &n.Attrs[i]
		}
	}
	return nil
}

// int is a whole number, usual where it is not given.
func (n *node) int(name string, usual int) int {
	if a := n.attr(name); a != nil {
		return int(a.Int)
	}
	return usual
}

// float is a number, usual where it is not given.
func (n *node) float(name string, usual float32) float32 {
	if a := n.attr(name); a != nil && a.Float != nil {
		return *a.Float
	}
	return usual
}

// ints are whole numbers, usual where they are not given.
func (n *node) ints(name string, usual ...int) []int {
	a := n.attr(name)
	if a == nil {
		return usual
	}
	v := make([]int, len(a.Ints))
	for i, x := range a.Ints {
		v[i] = int(x)
	}
	return v
}

// only refuses attributes that are neither of those nor of the usual value that says nothing.
func (n *node) only(names ...string) error {
	for _, a := range n.Attrs {
		if !slices.Contains(names, a.Name) {
			return fmt.Errorf("got attribute %s, want only %v", a.Name, names)
		}
	}
	return nil
}

// axis is an axis of an array of that rank, counted from the end where it is negative.
func axis(a, rank int) (int, error) {
	if a < -rank || a >= rank {
		return 0, fmt.Errorf("axis: got %d, want one of %d axes", a, rank)
	}
	if a < 0 {
		a += rank
	}
	return a, nil
}

// operands refuses a node that has not between lo and hi operands, or whose first lo are
// absent or whole numbers.
func (n *node) operands(lo, hi int) error {
	if len(n.in) < lo || len(n.in) > hi {
		return fmt.Errorf("got %d operands, want %d to %d", len(n.in), lo, hi)
	}
	for i, v := range n.in[:lo] {
		if v.absent || v.whole != nil {
			return fmt.Errorf("operand %d: got none or whole numbers, want an array of float32", i)
		}
	}
	return nil
}

// has reports whether operand i is there.
func (n *node) has(i int) bool { return i < len(n.in) && !n.in[i].absent }

// wholes are the whole numbers that are operand i, which must be known.
func (n *node) wholes(i int) ([]int, error) {
	if !n.has(i) || n.in[i].whole == nil {
		return nil, fmt.Errorf("operand %d: got an array that is not known before the run, or of no whole"+
			" numbers, want a constant", i)
	}
	v := make([]int, len(n.in[i].whole))
	for k, x := range n.in[i].whole {
		v[k] = int(x)
	}
	return v, nil
}
