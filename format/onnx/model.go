package onnx

// Model is a graph with what it was made with.
type Model struct {
	Producer string
	Opset    int // version of the operators
	Metadata map[string]string
	Graph    Graph
}

// Graph is operators in an order in which each comes after what it reads.
type Graph struct {
	Name            string
	Nodes           []Node
	Weights         []Tensor // initializers, by the names that nodes read them by
	Inputs, Outputs []Port
}

// Node applies an operator to values, and names what it makes.
type Node struct {
	Op      string
	In, Out []string
	Attrs   []Attr
}

// Attr is an attribute of a node: a whole number, a list of them, a number, a text or a tensor.
type Attr struct {
	Name   string
	Int    int64
	Ints   []int64  // nil where it is no list
	Float  *float32 // nil where it is no number
	Text   string   // "" where it is no text
	Tensor *Tensor  // nil where it is none
}

// Type is the type of the elements of a tensor, by its number in the format.
type Type int32

// The types that are written.
const (
	Float Type = 1
	Int64 Type = 7
)

// Tensor is a constant: Floats, or where these are nil Ints, row-major.
type Tensor struct {
	Name   string
	Shape  []int
	Floats []float32
	Ints   []int64

	outside *place // nil where the model has them
}

// Type is the type of the elements.
func (t Tensor) Type() Type {
	if t.Floats != nil {
		return Float
	}
	return Int64
}

// Port is an input or output of the graph.
type Port struct {
	Name string
	Type Type
	Dims []Dim
}

// Dim is the extent of an axis: a number, or the name of one that is not known.
type Dim struct {
	Extent int
	Name   string // "" where Extent is it
}
