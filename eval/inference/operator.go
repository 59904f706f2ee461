package inference

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/onnx"
)

// value is what a name of the graph stands for: whole numbers that are known, floats that are
// known, or an array in a slot.
type value struct {
	shape  []int
	whole  []int64   // nil where it is of floats
	floats []float32 // nil where it is in a slot
	slot   int
	absent bool // an operand that is left out
}

// known reports whether v is a constant.
func (v value) known() bool { return v.whole != nil || v.floats != nil }

func (v value) operand() operand {
	n, _ := floats(v.shape)
	return operand{constant: v.floats, slot: v.slot, size: n}
}

// node is an operator with its operands.
type node struct {
	onnx.Node
	in []value
}

// made is what an operator makes: an array of a shape by a kernel; where that is nil, the first
// operand in another shape; or whole numbers.
type made struct {
	shape   []int
	run     kernel
	inPlace bool // run may write on the first operand, which has the shape
	whole   []int64
	view    bool
}

// operators are those that are known, by name. Each says what a node makes, or what of it is
// not known.
var operators = map[string]func(n *node) (made, error){}

// operator adds to the operators, in the file that has it.
func operator(f func(n *node) (made, error), names ...string) bool {
	for _, name := range names {
		operators[name] = f
	}
	return true
}

// Operators lists the operators that are known.
func Operators() []string { return slices.Sorted(maps.Keys(operators)) }

// unknown is the error that names all operators that are not known, at once.
func unknown(nodes []onnx.Node) error {
	not := map[string]bool{}
	for _, n := range nodes {
		if operators[n.Op] == nil {
			not[n.Op] = true
		}
	}
	if len(not) == 0 {
		return nil
	}
	return fmt.Errorf("got operators %s, want only %s", strings.Join(slices.Sorted(maps.Keys(not)), ", "),
		strings.Join(Operators(), ", "))
}

// constant is the value of a tensor.
func constant(t onnx.Tensor) value {
	v := value{shape: t.Shape, floats: t.Floats, whole: t.Ints}
	if v.shape == nil {
		v.shape = []int{}
	}
	return v
}
