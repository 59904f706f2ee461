package plan

import (
	"context"
	"fmt"
	"slices"
)

// Node is one operator application as a graph hands it to Compile; a leaf is an
// Op of kind Input or State. Nodes are compared by identity.
type Node struct {
	Op    Op
	In    []*Node
	Shape []int
	Name  string // of a leaf: what the host calls it. Otherwise what the step is for

	// Unfused keeps a pointwise operator out of longer chains, whose arguments are
	// all held until the chain runs: of a running sum of large values, memory for two
	// is enough then.
	Unfused bool
	// Order is when the graph made the node, in any unit: steps are emitted in this order as far
	// as operands allow.
	Order int
	// Region keeps pointwise operators of one region out of the chains of another: what is computed
	// again for a gradient would else be computed, and kept, beside what it is a copy of.
	Region int
}

// operands are the nodes whose values n needs. A Fill needs none: its operand only
// ties it to the graph.
func (n *Node) operands() []*Node {
	if n.Op.Kind == Fill {
		return nil
	}
	return n.In
}

// Root is a node that a plan must compute: an output under the name the host
// will read it by, or, with no name, an effect.
type Root struct {
	Name string
	Node *Node
}

// Compile makes a plan of everything that roots need. Equal graphs give equal
// plans, step for step and byte for byte. It checks the shapes of every operator,
// and refuses two leaves of one name, two effects on one state, and effects that
// wait for one another in a circle.
// The cost is in proportion to the nodes; when ctx ends, so does Compile, with the
// cause.
func Compile(ctx context.Context, roots []Root, precision Precision) (*Plan, error) {
	return newCompiler(ctx, precision).compile(roots)
}

func newCompiler(ctx context.Context, precision Precision) *compiler {
	return &compiler{ctx: ctx, plan: &Plan{Precision: precision}, info: map[*Node]*info{},
		names: map[string]*Node{}, parts: map[int][]int{}, stored: precision == BFloat16}
}

func (c *compiler) compile(roots []Root) (*Plan, error) {
	for _, r := range roots {
		if err := c.visit(r.Node, 0); err != nil {
			return nil, fmt.Errorf("%w (output %q)", err, r.Name)
		}
	}
	for _, r := range roots {
		c.get(r.Node).uses++
		c.get(r.Node).root = true
	}
	if err := c.checkNames(roots); err != nil {
		return nil, err
	}
	if err := c.orderEffects(roots); err != nil {
		return nil, err
	}
	c.fuseBias()
	for _, n := range c.order {
		c.get(n).deps = c.depsOf(n)
	}
	if err := c.fuse(); err != nil {
		return nil, err
	}
	if err := c.emit(roots); err != nil {
		return nil, err
	}
	c.plan.splitGradients()
	c.markEpilogues()
	if err := c.store(); err != nil {
		return nil, err
	}
	if err := c.place(); err != nil {
		return nil, err
	}
	return c.plan, nil
}

// ended is an error once the context is over.
func (c *compiler) ended() error {
	if c.ctx.Err() != nil {
		return fmt.Errorf("plan: Compile: %w", context.Cause(c.ctx))
	}
	return nil
}

// checkNames refuses two outputs, or an output and a leaf, of one name.
func (c *compiler) checkNames(roots []Root) error {
	outputs := map[string]bool{}
	for _, r := range roots {
		if r.Name != "" && (outputs[r.Name] || c.names[r.Name] != nil) {
			return fmt.Errorf("plan: Compile: two outputs, or an output and a leaf, are called %q", r.Name)
		}
		outputs[r.Name] = true
	}
	return nil
}

// compiler is the state of one Compile.
type compiler struct {
	ctx    context.Context
	plan   *Plan
	order  []*Node // operands before users
	stored bool    // values get storage types
	info   map[*Node]*info
	names  map[string]*Node // leaves
	walks  int              // how often pathAround has searched the graph
	steps  int              // how many more nodes the present search may visit
	parts  map[int][]int    // the aliases of each value
	looks  int              // at nodes and gaps, in search of one: the cost that could outgrow the graph
	fault  error            // of emit: the context has ended
}

// info is what the compiler knows of a node.
type info struct {
	index   int // in compiler.order
	uses    int // how many operands and roots it is
	root    bool
	users   []*Node // the nodes it is an operand of, in order
	deps    []*Node // what must be computed before it; reshapes are looked through
	after   []*Node // of an effect: the other readers of the states it writes
	effects []*Node // of a reader: the effects that wait for it
	group   *group  // of a pointwise node: the chain it is in
	reach   int     // see compiler.reach
	walk    int     // the number of the last search that visited it
	bias    *Node   // of a MatMul or Conv: what fuseBias has it add
	madeBy  *Node   // the node that computes this one's value instead; see fuseBias

	value int  // index into Plan.Values, −1 until emitted
	mark  mark // of the depth-first walk under way
}

// mark is how far a depth-first walk has come with a node: open while its operands
// are visited, so that meeting it again is a cycle.
type mark uint8

const (
	unseen mark = iota
	open
	done
)

func (c *compiler) get(n *Node) *info { return c.info[n] }

// maxDepth bounds the recursion of visit. The graphs of the experiments are some
// thousands deep.
const maxDepth = 1 << 20

// visit puts n into the order, after its operands, and checks its shape.
func (c *compiler) visit(n *Node, depth int) error {
	switch i := c.info[n]; {
	case n == nil:
		return fmt.Errorf("plan: Compile: no node")
	case i != nil && i.mark == open:
		return fmt.Errorf("plan: Compile: %v (%s) is its own operand", n.Op, n.Name)
	case i != nil:
		return nil
	case depth > maxDepth:
		return fmt.Errorf("plan: Compile: graph deeper than %d operators", maxDepth)
	}
	if err := c.ended(); err != nil {
		return err
	}
	i := &info{value: -1, mark: open}
	c.info[n] = i
	for _, x := range n.operands() {
		if err := c.visit(x, depth+1); err != nil {
			return err
		}
	}
	if err := c.check(n); err != nil {
		return err
	}
	i.mark, i.index = unseen, len(c.order)
	c.order = append(c.order, n)
	for _, x := range n.operands() {
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
		case len(n.In) > 0 || len(n.Shape) > 0 && slices.Min(n.Shape) < 1:
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
	if !equal(shape, n.Shape) {
		return fmt.Errorf("plan: %v: the graph says %v, the operands say %v", n.Op, n.Shape, shape)
	}
	for i := range n.Op.Writes() {
		if n.In[i].Op.Kind != State {
			return fmt.Errorf("plan: %v: operand %d is %v, want a state to write to", n.Op, i, n.In[i].Op)
		}
	}
	return nil
}

// fuseBias finds sums of a product or convolution and a vector repeated over its
// rows, where nothing else reads the product. The product then adds the vector as
// its bias, and makes the value of the sum.
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
			width := m.Shape[len(m.Shape)-1]
			if e.Op.Kind != Expand || e.Op.Outer != 1 || e.Op.Inner != width || !leaf(e.In[0]) {
				continue
			}
			c.get(m).bias = e.In[0]
			c.get(n).madeBy = m
			break
		}
	}
}

// leaf reports whether n is an input or a state, or a run of neighbouring elements
// of one. Such a value is there before the first step.
func leaf(n *Node) bool {
	for n.Op.Kind == Reshape || n.Op.Kind == Narrow && n.Op.Rows == 1 {
		n = n.In[0]
	}
	return n.Op.Kind == Input || n.Op.Kind == State
}

// real returns the node that computes the value of n: n itself but for a reshape,
// and for a sum that a product computes with its bias.
func (c *compiler) real(n *Node) *Node {
	for {
		switch i := c.get(n); {
		case i.madeBy != nil:
			n = i.madeBy
		case n.Op.Kind == Reshape:
			n = n.In[0]
		default:
			return n
		}
	}
}

// depsOf returns the nodes that must be computed before n; reshapes are looked through.
func (c *compiler) depsOf(n *Node) []*Node {
	i := c.get(n)
	ds := make([]*Node, 0, len(n.In)+1+len(i.after))
	for _, x := range n.operands() {
		ds = append(ds, c.real(x))
	}
	if i.bias != nil {
		ds = append(ds, c.real(i.bias))
	}
	for _, r := range i.after {
		ds = append(ds, c.real(r))
	}
	return ds
}
