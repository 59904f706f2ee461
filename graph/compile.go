package graph

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/plan"
)

// Root is a node that a plan must compute: an output, by name, or an effect.
type Root struct {
	Name string
	Node Node
}

// Compile hands the graph to plan, each part of it as often as its Parts say. An
// operator that is not ours is an error that names it; when ctx ends, so does
// Compile, with the cause.
func (b *Builder) Compile(ctx context.Context, precision plan.Precision, roots ...Root) (*plan.Plan, error) {
	prs, err := b.Lower(ctx, roots...)
	if err != nil {
		return nil, err
	}
	return plan.Compile(ctx, prs, precision)
}

// Lower is the graph as nodes of plan, as Compile hands them over.
func (b *Builder) Lower(ctx context.Context, roots ...Root) ([]plan.Root, error) {
	if b.err != nil {
		return nil, b.err
	}
	l := lowering{ctx: ctx, leaves: b.leaves, nodes: map[Node]*plan.Node{}, after: map[Node]bool{}}
	prs := make([]plan.Root, len(roots))
	for i, r := range roots {
		n, err := l.node(r.Node)
		if err != nil {
			return nil, err
		}
		prs[i] = plan.Root{Name: r.Name, Node: n}
	}
	return prs, nil
}

// lowering makes nodes of plan out of those of a graph.
type lowering struct {
	ctx    context.Context
	leaves map[string]plan.Kind
	nodes  map[Node]*plan.Node // the same in every part
	part   *part               // that is being lowered; nil outside
	after  map[Node]bool       // those made from sums of parts, as far as it is known
	parts  int                 // the most that a batch is taken in
}

// part is one of Parts.
type part struct {
	of    *Parts
	k     int
	own   map[Node]bool       // whether a node depends on a window
	nodes map[Node]*plan.Node // those that do, in this part
}

// node returns what n is in the plan.
func (l *lowering) node(n Node) (*plan.Node, error) {
	if n == nil {
		return nil, fmt.Errorf("graph: Compile: a root is nil")
	}
	known := l.nodes
	if l.part != nil && l.part.differs(n) {
		known = l.part.nodes
	}
	if p := known[n]; p != nil {
		return p, nil
	}
	if l.ctx.Err() != nil {
		return nil, fmt.Errorf("graph: Compile: %w", context.Cause(l.ctx))
	}
	if op, ok := n.op().(*sumOfParts); ok {
		if l.part != nil && l.part.differs(n) {
			return nil, fmt.Errorf("graph: Compile: %v is part of a part, want it outside", op)
		}
		if err := l.sums(op.Parts); err != nil {
			return nil, err
		}
		return l.nodes[n], nil
	}
	p, err := l.lower(n)
	if err == nil {
		known[n] = p
	}
	return p, err
}

// lower makes the node of plan for n, a leaf or an operator of plan.
func (l *lowering) lower(n Node) (*plan.Node, error) {
	p := &plan.Node{Shape: n.Shape(), Order: l.order(n)}
	switch op := n.op().(type) {
	case nil:
		p.Name = n.Name()
		p.Op.Kind = l.leaves[p.Name]
		if p.Op.Kind == plan.None {
			return nil, fmt.Errorf("graph: Compile: %q is not a leaf of this Builder", p.Name)
		}
	case *operator:
		p.Op, p.Name, p.Region = op.Op, op.label, op.region
		if l.part != nil {
			p.Op.Off += l.part.k * l.part.of.windows[n]
		}
		for _, x := range operands(n) {
			c, err := l.node(x)
			if err != nil {
				return nil, err
			}
			p.In = append(p.In, c)
		}
	default:
		return nil, fmt.Errorf("graph: Compile: cannot compile %T %v", op, op)
	}
	return p, nil
}

// nodeBytes is the memory that a node takes at least while its plan is compiled, in
// all its forms: 2,300 and more were measured.
const nodeBytes = 2000

// sums lowers every part of p and adds up what is to be: numbers in chains, and
// larger values part by part, so that two of them are held at a time, and one more for each
// level of the tree of leaves.
func (l *lowering) sums(p *Parts) error {
	outer := l.part
	defer func() { l.part = outer }()
	l.parts = max(l.parts, p.n)
	own := map[Node]bool{}
	for _, s := range p.sums {
		own[s] = true // what a part is made of cannot be made from its sums
	}
	trees := make([]tree, len(p.sums))
	for k := range p.n {
		l.part = &part{of: p, k: k, own: own, nodes: map[Node]*plan.Node{}}
		for i, s := range p.sums {
			y, err := l.node(operands(s)[0])
			if err != nil {
				return err
			}
			label := s.op().(*sumOfParts).label
			if p.apart && k == p.n-1 && y.Op.Kind == plan.Concat && y.Op.Rows == 1 {
				l.nodes[s] = trees[i].pieces(y, label)
				continue
			}
			trees[i].add(y, k, p.n/p.leaves, label)
			l.nodes[s] = trees[i].top()
		}
		if k == 0 { // now it is known what the others take
			if err := memory.Fits(nodeBytes * uint64(p.n-1) * uint64(len(l.part.nodes))); err != nil {
				return fmt.Errorf("graph: Compile: %d parts of %d nodes each: %w",
					p.n, len(l.part.nodes), err)
			}
		}
	}
	return nil
}

// tree is the sum of parts so far: of the leaves that are whole, trees of 1, 2, 4, … of them
// that wait for as many more, the largest first; and after them of the leaf that is not.
type tree []*plan.Node

// add adds y of part k, where so many parts make a leaf, as a step of that name.
func (t *tree) add(y *plan.Node, k, leaf int, name string) {
	if k%leaf == 0 {
		*t = append(*t, y)
	} else {
		t.merge(y, name)
	}
	for n := (k + 1) / leaf; (k+1)%leaf == 0 && n%2 == 0; n /= 2 { // leaves, in pairs
		y := t.top()
		*t = (*t)[:len(*t)-1]
		t.merge(y, name)
	}
}

// merge adds y to the last of t.
func (t *tree) merge(y *plan.Node, name string) { (*t)[len(*t)-1] = plus(t.top(), y, name) }

// plus is x + y as a step of that name.
func plus(x, y *plan.Node, name string) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.Add}, In: []*plan.Node{x, y}, Shape: y.Shape,
		Name: name, Unfused: plan.Size(y.Shape) > 1, Order: max(x.Order, y.Order)}
}

// pieces is the sum of t and y, the last part, which is a Concat of one row: add's, but with
// the sum of each operand made before the next operand.
func (t tree) pieces(y *plan.Node, name string) *plan.Node {
	sums, off := make([]*plan.Node, len(y.In)), 0
	for i, sum := range y.In {
		n := plan.Size(sum.Shape)
		for k := len(t) - 1; k >= 0; k-- { // every tree waits for this part
			part := plan.Op{Kind: plan.Narrow, Rows: 1, Off: off, Width: n, Shape: own(sum.Shape)}
			x := &plan.Node{Op: part, In: []*plan.Node{t[k]}, Shape: sum.Shape, Order: t[k].Order}
			sum = plus(x, sum, name)
		}
		sums[i], off = sum, off+n
	}
	return &plan.Node{Op: y.Op, In: sums, Shape: y.Shape, Name: y.Name, Order: y.Order}
}

// top is the last of t: when every part is added, all there is.
func (t *tree) top() *plan.Node { return (*t)[len(*t)-1] }

// differs reports whether n is a window or made from one.
func (p *part) differs(n Node) bool {
	own, known := p.own[n]
	if known {
		return own
	}
	_, own = p.of.windows[n]
	for _, x := range operands(n) {
		own = own || p.differs(x)
	}
	p.own[n] = own
	return own
}
