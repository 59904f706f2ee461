package inference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/format/onnx"
)

// compiler lays out a network.
type compiler struct {
	Network
	values  map[string]value
	reads   map[string]int // of each name, still to come
	waiting []int          // reads of each slot, still to come
	free    []int          // slots that nothing reads
}

// keep is a read that never comes: of the input's slot and the output.
const keep = 1

func compile(g onnx.Graph, output string) (*Network, error) {
	if err := unknown(g.Nodes); err != nil {
		return nil, err
	}
	if output == "" && len(g.Outputs) > 0 {
		output = g.Outputs[len(g.Outputs)-1].Name
	}
	g = folded(wanted(g, output))
	c := compiler{values: map[string]value{}, reads: map[string]int{output: keep}}
	for _, n := range g.Nodes {
		for _, name := range n.In {
			c.reads[name]++
		}
	}
	for _, t := range g.Weights {
		c.values[t.Name] = constant(t)
	}
	if err := c.take(g.Inputs); err != nil {
		return nil, err
	}
	for _, n := range g.Nodes {
		if err := c.add(n); err != nil {
			return nil, fmt.Errorf("%s %s: %w", n.Op, strings.Join(n.Out, ", "), err)
		}
	}
	v, ok := c.values[output]
	if !ok || v.whole != nil {
		return nil, fmt.Errorf("output: got %q, want a value that the graph makes, like %s", output,
			lastOf(g))
	}
	c.Out, c.output = v.shape, v.operand()
	return &c.Network, nil
}

// lastOf is the name of the last value that is made.
func lastOf(g onnx.Graph) string {
	if len(g.Nodes) == 0 {
		return "none"
	}
	return g.Nodes[len(g.Nodes)-1].Out[0]
}

// wanted is g without the nodes that output does not depend on.
func wanted(g onnx.Graph, output string) onnx.Graph {
	needed := map[string]bool{output: true}
	var nodes []onnx.Node
	for _, n := range slices.Backward(g.Nodes) {
		if slices.ContainsFunc(n.Out, func(name string) bool { return name != "" && needed[name] }) {
			nodes = append(nodes, n)
			for _, name := range n.In {
				needed[name] = true
			}
		}
	}
	slices.Reverse(nodes)
	g.Nodes = nodes
	return g
}

// take takes the one input that is no weight.
func (c *compiler) take(inputs []onnx.Port) error {
	var names []string
	for _, p := range inputs {
		if c.values[p.Name].known() {
			continue
		}
		names = append(names, p.Name)
		if p.Type != onnx.Float || len(p.Dims) < 2 {
			return fmt.Errorf("input %s: got type %d of %d axes, want float32 [points, …]", p.Name, p.Type,
				len(p.Dims))
		}
		c.In = []int{1}
		if d := p.Dims[0]; d.Name == "" && d.Extent > 1 {
			return fmt.Errorf("input %s: got a batch of %d points, want any number, or 1", p.Name, d.Extent)
		}
		for _, d := range p.Dims[1:] {
			if d.Name != "" || d.Extent < 1 {
				return fmt.Errorf("input %s: got an axis of unknown extent (%s), want only the first so",
					p.Name, d.Name)
			}
			c.In = append(c.In, d.Extent)
		}
		if _, ok := floats(c.In); !ok {
			return fmt.Errorf("input %s: got shape %v, want at most %d numbers", p.Name, c.In, maxFloats)
		}
		c.reads[p.Name] += keep
		slot := c.slot(c.In, c.reads[p.Name])
		c.values[p.Name] = value{shape: c.In, slot: slot}
		c.input = slot
	}
	if len(names) != 1 {
		return fmt.Errorf("got inputs %q, want one", names)
	}
	return nil
}

// slot is one for an array of that shape, which is read so often: a free one, the best that is
// large enough, else the largest, which grows.
func (c *compiler) slot(shape []int, reads int) int {
	n, _ := floats(shape)
	at := -1
	for i, s := range c.free {
		size := c.slots[s]
		if at < 0 || size >= n && (c.slots[c.free[at]] < n || size < c.slots[c.free[at]]) ||
			c.slots[c.free[at]] < n && size > c.slots[c.free[at]] {
			at = i
		}
	}
	if at < 0 {
		c.slots, c.waiting = append(c.slots, n), append(c.waiting, reads)
		return len(c.slots) - 1
	}
	s := c.free[at]
	c.free = slices.Delete(c.free, at, at+1)
	c.slots[s], c.waiting[s] = max(c.slots[s], n), reads
	return s
}

// total is how many floats the arena has.
func (c *compiler) total() (n int) {
	for _, s := range c.slots {
		n += s
	}
	return n
}

// add adds a node.
func (c *compiler) add(of onnx.Node) error {
	n := node{Node: of}
	for _, name := range of.In {
		v, ok := c.values[name]
		if !ok && name != "" {
			return fmt.Errorf("got operand %q, which nothing makes before it", name)
		}
		v.absent = name == ""
		n.in = append(n.in, v)
	}
	if err := c.oneOutput(of); err != nil {
		return err
	}
	m, err := operators[of.Op](&n)
	if err != nil {
		return err
	}
	if n, ok := floats(m.shape); !ok || n == 0 && m.whole == nil {
		return fmt.Errorf("makes an array of shape %v, want 1 to %d numbers", m.shape, maxFloats)
	}
	c.values[of.Out[0]] = c.place(&n, m)
	for _, v := range n.in {
		if v.absent || v.known() {
			continue
		}
		if c.waiting[v.slot]--; c.waiting[v.slot] == 0 {
			c.free = append(c.free, v.slot)
		}
	}
	if n := c.total(); n > maxFloats {
		return fmt.Errorf("needs %d numbers at once, want at most %d", n, maxFloats)
	}
	return nil
}

// oneOutput refuses a node of which more than the first output is read.
func (c *compiler) oneOutput(of onnx.Node) error {
	if len(of.Out) == 0 {
		return fmt.Errorf("makes nothing")
	}
	for _, name := range of.Out[1:] {
		if name != "" && c.reads[name] > 0 {
			return fmt.Errorf("its output %s is read, want only the first", name)
		}
	}
	if _, ok := c.values[of.Out[0]]; ok {
		return fmt.Errorf("%s is made twice", of.Out[0])
	}
	return nil
}

// place gives what a node makes a slot, and adds the step that makes it. What depends on
// constants alone is worked out here.
func (c *compiler) place(n *node, m made) value {
	reads := c.reads[n.Out[0]]
	if m.whole != nil {
		return value{shape: m.shape, whole: m.whole}
	}
	if m.view {
		v := n.in[0]
		v.shape = m.shape
		if !v.known() {
			c.waiting[v.slot] += reads
		}
		return v
	}
	s := step{run: m.run}
	known := true
	for _, v := range n.in {
		known = known && (v.absent || v.known())
		if v.absent {
			s.in = append(s.in, operand{constant: []float32{}})
			continue
		}
		s.in = append(s.in, v.operand())
	}
	if known {
		return value{shape: m.shape, floats: once(s, m.shape)}
	}
	v := value{shape: m.shape}
	if first := n.in[0]; m.inPlace && !first.known() && c.waiting[first.slot] == 1 &&
		same(first.shape, m.shape) {
		v.slot = first.slot
		c.waiting[v.slot] += reads
	} else {
		v.slot = c.slot(m.shape, reads)
	}
	s.out = v.operand()
	c.steps = append(c.steps, s)
	return v
}

// once is what a step makes of constants.
func once(s step, shape []int) []float32 {
	n, _ := floats(shape)
	s.out.constant = make([]float32, n)
	e, err := kernels.New(kernels.Options{Workers: 1})
	if err != nil {
		panic(fmt.Sprintf("inference: %v", err)) // such an engine runs on every machine
	}
	defer e.Close()
	w := &worker{engine: e, vec: kernels.NewVec(e.Level())}
	w.do(&s)
	return s.out.constant
}
