package graph

import (
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stillfield/stillfield/plan"
)

// Parts takes a batch in parts: what is built from the windows of the first part
// is computed for every part in turn, and Sum adds up the results,
//
//	Sum(y) = ((y₀ + y₁) + y₂) + …        yₖ = y of the windows of part k
//
// Parts may also be grouped in leaves, as many parts in each. Each leaf is such a sum, and
// leaves are added as a binary tree. With 4 of them,
//
//	Sum(y) = (l₀ + l₁) + (l₂ + l₃)       lₖ the sum of leaf k
//
// so that a half of the leaves, or a quarter, has a sum of its own which is a part of the
// whole one.
//
// The graph holds one part, whatever their number, for a graph of n nodes costs
// Gorgonia n²/2 comparisons: it looks for each new node among all before it. The
// plan holds every part, and the parts follow one another in the same arena.
type Parts struct {
	b       *Builder
	n       int
	leaves  int
	apart   bool
	windows map[Node]int // how far apart the windows of two parts are, in elements
	sums    []Node
}

// Parts returns n parts, at least 1, with neither windows nor sums.
func (b *Builder) Parts(n int) *Parts {
	if n < 1 {
		b.Fail(fmt.Errorf("graph: Parts: got %d parts, want at least 1", n))
	}
	return &Parts{b: b, n: n, leaves: 1, windows: map[Node]int{}}
}

// InLeaves groups the parts in n leaves, a power of 2 that divides the parts, and returns p.
func (p *Parts) InLeaves(n int) *Parts {
	if n < 1 || n&(n-1) != 0 || p.n%n != 0 {
		p.b.Fail(fmt.Errorf("graph: InLeaves: got %d leaves of %d parts, want a power of 2 that divides them",
			n, p.n))
	}
	p.leaves = n
	return p
}

// Window is the k-th run of elements of x in part k, under the given shape. The
// first run starts at element off.
func (p *Parts) Window(x Node, off int, shape ...int) Node {
	if p.b.err != nil {
		return nil
	}
	n, size := plan.Size(shape), plan.Size(x.Shape())
	if off < 0 || off+p.n*n > size {
		p.b.Fail(fmt.Errorf("graph: Window: %d windows of %d elements from %d on, want them in the %d of %v",
			p.n, n, off, size, x.Shape()))
		return nil
	}
	if p.n == 1 && n == size {
		return p.b.Reshape(x, shape...)
	}
	w := p.b.Apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: off, Width: n, Shape: own(shape)}, x)
	if w != nil {
		p.windows[w] = n
	}
	return w
}

// Apart has each piece of a Concat that Sum adds up added by itself in the last part, as soon
// as it is there: whoever reads the sum piece by piece need not wait for the whole of the last
// part. It returns p.
func (p *Parts) Apart() *Parts {
	p.apart = true
	return p
}

// Sum adds up y of every part. It has no derivative: the
// gradient of a sum is the Sum of the gradients. It cannot be part of another part.
func (p *Parts) Sum(y Node) Node {
	if p.b.err != nil {
		return nil
	}
	if p.n == 1 {
		return y
	}
	op := &sumOfParts{Parts: p, label: p.b.scope, shape: slices.Clone(y.Shape()), uid: uids.Add(1)}
	n, err := G.ApplyOp(op, y.gorgonia())
	if err == nil && n.Op() != G.Op(op) {
		err = fmt.Errorf("gorgonia merged it with %v", n.Op())
	}
	if err != nil {
		p.b.Fail(fmt.Errorf("graph: Sum: %w", err))
		return nil
	}
	p.sums = append(p.sums, (*Value)(n))
	return (*Value)(n)
}

// sumOfParts stands for Sum in the graph. It is no SDOp, so that a sweep which
// comes to it fails.
type sumOfParts struct {
	*Parts
	label string
	shape tensor.Shape
	uid   uint32
}

// Arity is 1.
func (*sumOfParts) Arity() int { return 1 }

// Type is a → a over tensors of the operand's rank.
func (op *sumOfParts) Type() hm.Type {
	return hm.NewFnType(typeOf(op.shape.Dims()), typeOf(op.shape.Dims()))
}

// InferShape returns the operand's shape.
func (op *sumOfParts) InferShape(...G.DimSizer) (tensor.Shape, error) { return op.shape.Clone(), nil }

// Do is an error: one value of the operand does not tell those of the other parts.
func (op *sumOfParts) Do(...G.Value) (G.Value, error) {
	return nil, errors.New("graph: a sum of parts has a value in a plan alone")
}

// ReturnsPtr, CallsExtern and OverwritesInput are those of Op.
func (*sumOfParts) ReturnsPtr() bool { return true }

// CallsExtern is false.
func (*sumOfParts) CallsExtern() bool { return false }

// OverwritesInput is −1.
func (*sumOfParts) OverwritesInput() int { return -1 }

// Hashcode is the number of the application.
func (op *sumOfParts) Hashcode() uint32 { return op.uid }

// WriteHash writes the number.
func (op *sumOfParts) WriteHash(h hash.Hash) { fmt.Fprintf(h, "parts%d", op.uid) }

func (op *sumOfParts) String() string { return fmt.Sprintf("sum of %d parts#%d", op.n, op.uid) }
