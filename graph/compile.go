package graph

import (
	"fmt"

	"github.com/stillfield/stillfield/plan"
)

// Root is a node that a plan must compute: an output, by name, or an effect.
type Root struct {
	Name string
	Node Node
}

// Compile hands the graph to plan. An operator that is not ours is an error
// that names it.
func (b *Builder) Compile(precision plan.Precision, roots ...Root) (*plan.Plan, error) {
	if b.err != nil {
		return nil, b.err
	}
	l := lowering{leaves: b.leaves, nodes: map[Node]*plan.Node{}}
	prs := make([]plan.Root, len(roots))
	for i, r := range roots {
		n, err := l.node(r.Node)
		if err != nil {
			return nil, err
		}
		prs[i] = plan.Root{Name: r.Name, Node: n}
	}
	return plan.Compile(prs, precision)
}

type lowering struct {
	leaves map[string]plan.Kind
	nodes  map[Node]*plan.Node
}

func (l *lowering) node(n Node) (*plan.Node, error) {
	if p := l.nodes[n]; p != nil {
		return p, nil
	}
	if n == nil {
		return nil, fmt.Errorf("graph: Compile: a root is nil")
	}
	p := &plan.Node{Shape: n.Shape(), Name: n.Name()}
	switch op := n.Op().(type) {
	case nil:
		p.Op.Kind = l.leaves[n.Name()]
		if p.Op.Kind == plan.None {
			return nil, fmt.Errorf("graph: Compile: %q is not a leaf of this Builder", n.Name())
		}
	case *Op:
		p.Op, p.Name = op.Op, op.label
		for _, x := range Operands(n) {
			c, err := l.node(x)
			if err != nil {
				return nil, err
			}
			p.In = append(p.In, c)
		}
	default:
		return nil, fmt.Errorf("graph: Compile: cannot compile %T %v", op, op)
	}
	l.nodes[n] = p
	return p, nil
}
