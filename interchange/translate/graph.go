package translate

import (
	"fmt"
	"strings"

	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/plan"
)

// Opset is the version of the operators.
const Opset = 17

// Weight is part of a state: its name in the model, and its elements.
type Weight struct {
	Name string
	Data []float32
}

// Weights finds the elements off to off+n−1 of a state.
type Weights func(state string, off, n int) (Weight, error)

// Input is one of the model's; the first is that of the points, an extent of which is their
// number.
type Input struct {
	Name  string
	Whole bool // it is of whole numbers, which are numbers in the graph
}

// Graph is what root is, an output of that name, for any number of points, from the same
// root of graphs of A and of B points. Inputs that the graph does not read are not the
// model's. An axis that has as many extents as there are points is called batch.
func Graph(a, b plan.Root, weights Weights, inputs ...Input) (onnx.Graph, error) {
	w := &writer{weights: weights, values: map[*plan.Node]value{}, counts: map[string]int{},
		sizes: map[int]string{}, known: map[string]bool{}}
	read := map[string]pair{}
	leaves(pair{a.Node, b.Node}, read, map[*plan.Node]bool{})
	for _, in := range inputs {
		if p, ok := read[in.Name]; ok {
			w.values[p.a] = w.input(in, p.dims())
		}
	}
	y, err := w.value(a.Node, b.Node)
	if err != nil {
		return onnx.Graph{}, fmt.Errorf("translate: %w", err)
	}
	w.nodes = append(w.nodes, onnx.Node{Op: "Identity", In: []string{w.full(y).name}, Out: []string{a.Name}})
	if w.err != nil {
		return onnx.Graph{}, fmt.Errorf("translate: %w", w.err)
	}
	return onnx.Graph{Name: a.Name, Nodes: w.nodes, Weights: w.tensors, Inputs: w.inputs,
		Outputs: []onnx.Port{{Name: a.Name, Type: onnx.Float, Dims: ports(y.dims)}}}, nil
}

// writer writes a graph.
type writer struct {
	weights Weights

	nodes   []onnx.Node
	tensors []onnx.Tensor
	inputs  []onnx.Port
	values  map[*plan.Node]value
	counts  map[string]int  // how many values an operator has made
	known   map[string]bool // tensors
	sizes   map[int]string  // the value that is k times the number of points, by k
	scope   string
	err     error // of the first form that could not be written
}

// value is what a node of plan is in the model: an array of the shape dims, in which the axes
// that are small have one element, which stands for all.
type value struct {
	name  string
	dims  []dim
	small []bool
}

// pair is a node at both sizes.
type pair struct{ a, b *plan.Node }

func (p pair) in(i int) pair { return pair{p.a.In[i], p.b.In[i]} }

// outer, inner, rows, off and width are attributes of the operator.
func (p pair) outer() dim { return dimOf(p.a.Op.Outer, p.b.Op.Outer) }
func (p pair) inner() dim { return dimOf(p.a.Op.Inner, p.b.Op.Inner) }
func (p pair) rows() dim  { return dimOf(p.a.Op.Rows, p.b.Op.Rows) }
func (p pair) off() dim   { return dimOf(p.a.Op.Off, p.b.Op.Off) }
func (p pair) width() dim { return dimOf(p.a.Op.Width, p.b.Op.Width) }

// dims is the shape of what the operator makes.
func (p pair) dims() []dim { return dimsOf(p.a.Shape, p.b.Shape) }

// size is the number of elements.
func (p pair) size() dim { return dimOf(plan.Size(p.a.Shape), plan.Size(p.b.Shape)) }

// value writes what a is, once, after what it needs.
func (w *writer) value(a, b *plan.Node) (value, error) {
	if v, ok := w.values[a]; ok {
		return v, nil
	}
	p := pair{a, b}
	if a.Op.Kind != b.Op.Kind || len(a.In) != len(b.In) || len(a.Shape) != len(b.Shape) {
		return value{}, fmt.Errorf("%v: graphs of %d and %d points differ in more than numbers", a.Op, A, B)
	}
	v, written, err := w.special(p)
	if err != nil || written {
		w.values[a] = v
		return v, err
	}
	write := forms[a.Op.Kind]
	if write == nil {
		return value{}, fmt.Errorf("%v in %q: ONNX has no form of it", a.Op, a.Name)
	}
	xs := make([]value, len(a.In))
	for i := range a.In {
		if a.Op.Kind == plan.Fill { // its operand ties it to the graph and is not needed
			break
		}
		if xs[i], err = w.value(a.In[i], b.In[i]); err != nil {
			return value{}, err
		}
	}
	w.scope = a.Name
	v = write(w, p, xs)
	if w.err != nil {
		return value{}, fmt.Errorf("%v in %q: %w", a.Op, a.Name, w.err)
	}
	v.dims = p.dims()
	if v.small == nil {
		v.small = make([]bool, len(v.dims))
	}
	w.values[a] = v
	return v, nil
}

// special writes leaves, and parts of leaves and bundles that are never there as a whole.
func (w *writer) special(p pair) (v value, written bool, err error) {
	a := p.a
	v = value{name: a.Name, dims: p.dims(), small: make([]bool, len(a.Shape))}
	switch {
	case a.Op.Kind == plan.Input:
		return v, true, fmt.Errorf("input %q is not one that is known", a.Name)
	case a.Op.Kind == plan.State:
		v.name, err = w.weight(a.Name, 0, a.Shape)
		return v, true, err
	case a.Op.Kind == plan.Narrow && a.Op.Rows == 1 && a.In[0].Op.Kind == plan.State && p.off().k == 0:
		v.name, err = w.weight(a.In[0].Name, a.Op.Off, a.Shape)
		return v, true, err
	case a.Op.Kind == plan.Narrow && a.In[0].Op.Kind == plan.NormGrad:
		v, err = w.normGrad(p)
		return v, true, err
	}
	return v, false, nil
}

// leaves finds the inputs that a node depends on, by name.
func leaves(p pair, found map[string]pair, seen map[*plan.Node]bool) {
	if seen[p.a] || len(p.a.In) != len(p.b.In) {
		return
	}
	seen[p.a] = true
	if p.a.Op.Kind == plan.Input {
		found[p.a.Name] = p
	}
	for i := range p.a.In {
		leaves(p.in(i), found, seen)
	}
}

// input is an input of the model, as numbers.
func (w *writer) input(in Input, dims []dim) value {
	v := value{in.Name, dims, make([]bool, len(dims))}
	port := onnx.Port{Name: in.Name, Type: onnx.Float, Dims: ports(dims)}
	if in.Whole {
		port.Type = onnx.Int64
		v.name = w.node("Cast", []string{in.Name}, integer("to", int(onnx.Float)))
	}
	w.inputs = append(w.inputs, port)
	return v
}

// weight is the weight that begins at an element of a state.
func (w *writer) weight(state string, off int, shape []int) (string, error) {
	t, err := w.weights(state, off, plan.Size(shape))
	if err != nil {
		return "", err
	}
	if !w.known[t.Name] {
		w.known[t.Name] = true
		w.tensors = append(w.tensors, onnx.Tensor{Name: t.Name, Shape: shape, Floats: t.Data})
	}
	return t.Name, nil
}

// batch is what the model calls the number of points.
const batch = "batch"

// ports are extents as the model declares them.
func ports(ds []dim) []onnx.Dim {
	out := make([]onnx.Dim, len(ds))
	for i, d := range ds {
		out[i].Extent = d.c
		if d == (dim{1, 0}) {
			out[i] = onnx.Dim{Name: batch}
		} else if d.k != 0 {
			out[i] = onnx.Dim{Name: strings.ReplaceAll(d.String(), "·n", "·batch")}
		}
	}
	return out
}
