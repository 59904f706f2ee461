package graph

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stillfield/stillfield/plan"
)

// Builder makes the nodes of one ExprGraph. Its methods return nil once
// something has gone wrong, accept the nil they returned, and Err says what it
// was: the first fault, with shapes.
type Builder struct {
	g      *G.ExprGraph
	dt     tensor.Dtype
	leaves map[string]plan.Kind
	shared map[string]Node // see Shared
	scope  string
	err    error

	recompute     bool
	block, blocks int           // the block under construction, 0 for none, and how many there were
	region        int           // plan.Node.Region of what is built: the block whose gradient it is
	copies        map[Node]Node // of nodes of blocks, see again
}

// New returns a Builder of an empty float32 graph.
func New() *Builder { return newBuilder(tensor.Float32) }

func newBuilder(dt tensor.Dtype) *Builder {
	return &Builder{g: G.NewGraph(), dt: dt, leaves: map[string]plan.Kind{}, shared: map[string]Node{}}
}

// over returns a Builder that adds to the graph of n. Derivative rules, which are
// handed nodes and no Builder, work with one.
func over(n Node) *Builder { return &Builder{g: n.gorgonia().Graph(), dt: n.gorgonia().Dtype()} }

// Err returns the first error.
func (b *Builder) Err() error { return b.err }

// Fail records err, if it is the first.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Scope gives what is built from now on a name, which plans and traces show, and
// returns the name before it.
func (b *Builder) Scope(name string) (before string) {
	before, b.scope = b.scope, name
	return before
}

// Input is a leaf the host writes before each run.
func (b *Builder) Input(name string, shape ...int) Node { return b.leaf(plan.Input, name, shape) }

// State is a leaf that stays on the device from run to run.
func (b *Builder) State(name string, shape ...int) Node { return b.leaf(plan.State, name, shape) }

// Shared is a State that several parts of a graph read: the first call makes it,
// and later ones of the same name and size return the same node.
func (b *Builder) Shared(name string, size int) Node {
	if n := b.shared[name]; n != nil && plan.Size(n.Shape()) == size {
		return n
	}
	n := b.State(name, size)
	if n != nil {
		b.shared[name] = n
	}
	return n
}

// leaf makes a leaf of a name that no other has: Gorgonia takes leaves of one name
// for one node.
func (b *Builder) leaf(kind plan.Kind, name string, shape []int) Node {
	switch {
	case b.err != nil:
		return nil
	case name == "" || b.leaves[name] != plan.None:
		b.Fail(fmt.Errorf("graph: %v %q: want a name that no other leaf has", kind, name))
		return nil
	case len(shape) == 0 || slices.Min(shape) < 1:
		b.Fail(fmt.Errorf("graph: %v %q: got shape %v, want positive extents", kind, name, shape))
		return nil
	}
	b.leaves[name] = kind
	return (*Value)(G.NewTensor(b.g, b.dt, len(shape), G.WithShape(shape...), G.WithName(name)))
}

// Apply adds op over xs to the graph and proves that Gorgonia neither merged
// the node with another nor changed its operands.
func (b *Builder) Apply(op plan.Op, xs ...Node) Node {
	if b.err != nil {
		return nil
	}
	n, err := apply(op, b.scope, xs)
	if err != nil {
		b.Fail(err)
		return nil
	}
	ownOp(n).block, ownOp(n).region = b.block, b.region
	return n
}

func apply(p plan.Op, label string, xs []Node) (Node, error) {
	op := &operator{Op: p, label: label, uid: uids.Add(1)}
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		if x == nil {
			return nil, fmt.Errorf("graph: %v: operand %d is nil", p, i)
		}
		shapes[i] = x.Shape()
		op.ranks = append(op.ranks, len(x.Shape()))
	}
	out, err := p.Infer(shapes...)
	if err != nil {
		if label != "" {
			err = fmt.Errorf("%w (in %s)", err, label)
		}
		return nil, err
	}
	op.out = tensor.Shape(out).Clone()
	node, err := G.ApplyOp(op, gorgonias(xs)...)
	if err != nil {
		return nil, fmt.Errorf("graph: %v: %w", p, err)
	}
	n := (*Value)(node)
	if n.op() != G.Op(op) || !slices.Equal(operands(n), xs) {
		return nil, fmt.Errorf("graph: %v: gorgonia merged it with %v", op, n.op())
	}
	return n, nil
}
