package plan_test

import (
	"fmt"

	"github.com/stillfield/stillfield/plan"
)

// free returns a state that nothing writes yet.
func (d *dag) free() *plan.Node {
	for _, n := range d.nodes {
		if n.Op.Kind == plan.State && !d.written[n] {
			return n
		}
	}
	return nil
}

// effect adds an Assign, or an AdamW on states of its own.
func (d *dag) effect(x *plan.Node) bool {
	s := d.free()
	if s == nil {
		return false
	}
	i, n := len(d.nodes), plan.Size(x.Shape)
	switch d.int(0, 2, "effect") {
	case 0:
		d.written[s] = true
		y := d.sized(x, s.Shape...)
		if leafOf(y) == s {
			y = d.apply(plan.Op{Kind: plan.Scale, Imm: 2}, y)
		}
		d.roots = append(d.roots, plan.Root{Node: d.apply(plan.Op{Kind: plan.Assign}, s, y)})
	case 1:
		record := d.leaf(plan.State, fmt.Sprintf("record%d", i), []int{5})
		slot := d.apply(plan.Op{Kind: plan.Fill, Imm: 1, Shape: []int{1}}, x)
		d.written[record] = true
		d.roots = append(d.roots, plan.Root{Node: d.apply(plan.Op{Kind: plan.Clip, Max: 1}, record,
			d.apply(plan.Op{Kind: plan.Sin}, d.sized(d.pick(), 1)),
			d.apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, x, x), slot)})
	case 2:
		var in []*plan.Node
		more := d.int(0, 2, "more averages")
		for _, q := range []string{"w", "m", "v", "a", "b", "c"}[:4+more] {
			in = append(in, d.leaf(plan.State, fmt.Sprintf("%s%d", q, i), []int{n}))
			d.written[in[len(in)-1]] = true
		}
		hyper := d.apply(plan.Op{Kind: plan.Fill, Imm: .5, Shape: []int{plan.HyperLen + more}}, x)
		g, scale := d.shaped(x, n), d.apply(plan.Op{Kind: plan.Tanh}, d.sized(d.pick(), 1))
		adam := plan.AdamWConst{Beta1: .5, Beta2: .5, Eps: .1, Decay: .1, DecayLen: n / 2, More: more}
		d.roots = append(d.roots, plan.Root{Node: d.apply(plan.Op{Kind: plan.AdamW, Adam: adam},
			append(in, g, scale, hyper)...)})
	}
	return true
}

func leafOf(n *plan.Node) *plan.Node {
	for n.Op.Kind.View() {
		n = n.In[0]
	}
	return n
}
