package plan

import "fmt"

// Node is one operator application as a graph hands it to Compile; a leaf is an
// Op of kind Input or State. Nodes are compared by identity.
type Node struct {
	Op    Op
	In    []*Node
	Shape []int
	Name  string // of a leaf: what the host calls it. Otherwise what the step is for
}

// Root is a node that a plan must compute: an output under the name the host
// will read it by, or, with no name, an effect.
type Root struct {
	Name string
	Node *Node
}

// Compile makes a plan of everything that roots need. Equal graphs give equal
// plans, step for step and byte for byte. It checks every operator's shapes and
// refuses leaves of one name, two effects on one state, and cycles of effects.
func Compile(roots []Root, precision Precision) (*Plan, error) {
	c := &compiler{plan: &Plan{Precision: precision}, info: map[*Node]*info{}, names: map[string]*Node{}}
	for _, r := range roots {
		if r.Node == nil {
			return nil, fmt.Errorf("plan: Compile: output %q: no node", r.Name)
		}
		if err := c.visit(r.Node, 0); err != nil {
			return nil, err
		}
	}
	for _, r := range roots {
		c.get(r.Node).uses++
		c.get(r.Node).root = true
	}
	c.fuseBias()
	c.fuse()
	if err := c.emit(roots); err != nil {
		return nil, err
	}
	c.place()
	return c.plan, nil
}

// compiler holds what is known of each node while a plan is made.
type compiler struct {
	plan  *Plan
	order []*Node // operands before users
	info  map[*Node]*info
	names map[string]*Node // leaves
	walks int              // of detour, so far
}

// info is what the compiler knows of a node.
type info struct {
	index int // in order
	uses  int // by nodes and roots
	root  bool
	users []*Node // in order
	group *group  // of a pointwise node
	reach int     // see compiler.reach
	walk  int     // last walk of detour that came here
	bias  *Node   // MatMul, Conv: what fuseBias added
	as    *Node   // the node that computes this one's value instead; see fuseBias

	value int  // index into Plan.Values, −1 until emitted
	mark  mark // of emit's walk
}

// mark is how far a walk has come with a node.
type mark uint8

const (
	unseen mark = iota
	open
	done
)

func (c *compiler) get(n *Node) *info { return c.info[n] }

// maxDepth bounds the recursion of visit: a graph of ours is some thousands deep.
const maxDepth = 1 << 20

// visit puts n into the order, after its operands, and checks its shape.
func (c *compiler) visit(n *Node, depth int) error {
	if c.info[n] != nil {
		return nil
	}
	if depth > maxDepth {
		return fmt.Errorf("plan: Compile: graph deeper than %d operators", maxDepth)
	}
	for _, x := range n.In {
		if err := c.visit(x, depth+1); err != nil {
			return err
		}
	}
	if err := c.check(n); err != nil {
		return err
	}
	c.info[n] = &info{index: len(c.order), value: -1}
	c.order = append(c.order, n)
	for _, x := range n.In {
		i := c.get(x)
		i.uses++
		i.users = append(i.users, n)
	}
	return nil
}

func (c *compiler) check(n *Node) error {
	if n.Op.Kind == Input || n.Op.Kind == State {
		switch {
		case n.Name == "":
			return fmt.Errorf("plan: Compile: %v %v has no name", n.Op.Kind, n.Shape)
		case c.names[n.Name] != nil:
			return fmt.Errorf("plan: Compile: two leaves are called %q", n.Name)
		case len(n.In) > 0 || Size(n.Shape) < 1:
			return fmt.Errorf("plan: Compile: %q %v: want a leaf with positive extents", n.Name, n.Shape)
		}
		c.names[n.Name] = n
		return nil
	}
	shapes := make([][]int, len(n.In))
	for i, x := range n.In {
		shapes[i] = x.Shape
	}
	shape, err := n.Op.Infer(shapes...)
	if err != nil {
		return err
	}
	if Size(shape) != Size(n.Shape) || len(shape) != len(n.Shape) && len(n.Shape) > 0 {
		return fmt.Errorf("plan: %v: the graph says %v, the operands say %v", n.Op, n.Shape, shape)
	}
	for i := range n.Op.Kind.Writes() {
		if n.In[i].Op.Kind != State {
			return fmt.Errorf("plan: %v: operand %d is %v, want a state to write to", n.Op, i, n.In[i].Op)
		}
	}
	return nil
}

// fuseBias turns add(contraction, expand(b)) with b added to every row of the
// result into the contraction with a bias, where nobody else reads the
// contraction. The add's place is taken by the contraction.
func (c *compiler) fuseBias() {
	for _, n := range c.order {
		if n.Op.Kind != Add {
			continue
		}
		for side := range 2 {
			m, e := n.In[side], n.In[1-side]
			for m.Op.Kind == Reshape && c.get(m).uses == 1 {
				m = m.In[0]
			}
			if k := m.Op.Kind; k != MatMul && k != Conv || c.get(m).uses != 1 || c.get(m).bias != nil {
				continue
			}
			if e.Op.Kind != Expand || e.Op.Outer != 1 || e.Op.Inner != m.Shape[len(m.Shape)-1] || !leaf(e.In[0]) {
				continue
			}
			c.get(m).bias = e.In[0]
			c.get(n).as = m
			break
		}
	}
}

// leaf reports whether n is a leaf or a run of elements of one: such a value
// is there before any step.
func leaf(n *Node) bool {
	for n.Op.Kind == Reshape || n.Op.Kind == Narrow && n.Op.Rows == 1 {
		n = n.In[0]
	}
	return n.Op.Kind == Input || n.Op.Kind == State
}

// real follows nodes whose value another node computes: biases and reshapes.
func (c *compiler) real(n *Node) *Node {
	for {
		switch i := c.get(n); {
		case i.as != nil:
			n = i.as
		case n.Op.Kind == Reshape:
			n = n.In[0]
		default:
			return n
		}
	}
}

// deps are the nodes that must be computed before n, reshapes seen through.
func (c *compiler) deps(n *Node) []*Node {
	if n.Op.Kind == Fill { // its operand is only an anchor
		return nil
	}
	ds := make([]*Node, 0, len(n.In)+1)
	for _, x := range n.In {
		ds = append(ds, c.real(x))
	}
	if b := c.get(n).bias; b != nil {
		ds = append(ds, c.real(b))
	}
	return ds
}
