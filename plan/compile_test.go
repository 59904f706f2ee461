package plan_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// TestCompiledEqualsGraph runs random graphs twice: compiled, with every part of
// the arena that holds nothing spoilt before each step, and node by node by the
// definitions. Both are float64 and do the same operations in the same order,
// so they must agree to the bit.
func TestCompiledEqualsGraph(t *testing.T) {
	for range 20 { // of 100 graphs
		rapid.Check(t, compiledEqualsGraph)
	}
}

func compiledEqualsGraph(t *rapid.T) {
	d := drawDAG(t)
	p, err := plan.Compile(t.Context(), d.roots, plan.Float32)
	if cyclic(d) {
		if err == nil {
			t.Fatalf("a cycle of effects compiles to\n%v", p)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	values, after := d.eval(t)
	got := runSpoilt(t, p, values)
	for _, r := range d.roots {
		if r.Name != "" {
			same(t, p, r.Name, got, values[r.Node].Data)
		}
	}
	for s, want := range after {
		if _, used := p.Port(s.Name); used {
			same(t, p, s.Name, got, want.Data)
		}
	}
}

func same(t *rapid.T, p *plan.Plan, name string, g *reference.Program, want []float64) {
	got, err := g.Data(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if math.Float64bits(got[i]) != math.Float64bits(w) && !(math.IsNaN(w) && math.IsNaN(got[i])) {
			t.Fatalf("%s[%d] = %v, want %v, in\n%v", name, i, got[i], w, p)
		}
	}
}

// eval computes every node by its definition, all from the states as they are
// before the run; after holds the states that effects have written.
func (d *dag) eval(t *rapid.T) (values, after map[*plan.Node]reference.Tensor) {
	rng := rand.New(rand.NewPCG(1, 2))
	values, after = map[*plan.Node]reference.Tensor{}, map[*plan.Node]reference.Tensor{}
	for _, n := range d.nodes {
		if n.Op.Kind == plan.Input || n.Op.Kind == plan.State {
			x := reference.New(n.Shape...)
			for i := range x.Data {
				x.Data[i] = rng.NormFloat64()
			}
			if len(n.Name) > 6 && n.Name[:6] == "record" {
				x.Data[0] = 0
			}
			values[n] = x
			continue
		}
		in := make([]reference.Tensor, len(n.In))
		for i, x := range n.In {
			in[i] = values[x]
			if i < n.Op.Writes() {
				in[i] = reference.Tensor{Data: append([]float64(nil), in[i].Data...), Shape: in[i].Shape}
				after[x] = in[i]
			}
		}
		y, err := reference.Eval(n.Op, in...)
		if err != nil {
			t.Fatal(err)
		}
		values[n] = y
	}
	return values, after
}

// runSpoilt runs p, and before each step spoils what then holds nothing.
func runSpoilt(t *rapid.T, p *plan.Plan, values map[*plan.Node]reference.Tensor) *reference.Program {
	g := reference.Load(p)
	byName := map[string][]float64{}
	for n, x := range values {
		if n.Op.Kind == plan.Input || n.Op.Kind == plan.State {
			byName[n.Name] = x.Data
		}
	}
	for _, ports := range [][]plan.Port{p.Inputs, p.States} {
		for _, q := range ports {
			x, err := g.Data(q.Name)
			if err != nil {
				t.Fatal(err)
			}
			copy(x, byName[q.Name])
		}
	}
	first, last := lifetimes(p)
	live := make([]bool, p.Arena)
	for s := 0; s <= len(p.Steps); s++ {
		clear(live)
		for v, q := range p.Values {
			if q.Class == plan.Temporary && first[v] >= 0 && first[v] < s && s <= last[v] {
				for i := range q.Size {
					live[q.Offset+i] = true
				}
			}
		}
		for i, l := range live {
			if !l {
				g.Arena()[i] = math.NaN()
			}
		}
		if s == len(p.Steps) {
			break
		}
		if err := g.Step(s); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// cyclic reports whether an effect needs, through others, a reader of a state
// it writes: by brute force over the nodes that the roots need.
func cyclic(d *dag) bool {
	needs := map[*plan.Node][]*plan.Node{}
	var visit func(n *plan.Node)
	visit = func(n *plan.Node) {
		if needs[n] != nil {
			return
		}
		needs[n] = []*plan.Node{}
		if n.Op.Kind != plan.Fill {
			needs[n] = append(needs[n], n.In...)
		}
		for _, x := range needs[n] {
			visit(x)
		}
	}
	for _, r := range d.roots {
		visit(r.Node)
	}
	for _, n := range d.nodes {
		for k := range n.Op.Writes() {
			for r, in := range needs {
				for _, x := range in {
					if r != n && !r.Op.Kind.View() && leafOf(x) == n.In[k] {
						needs[n] = append(needs[n], r)
					}
				}
			}
		}
	}
	color := map[*plan.Node]int{}
	var loop func(n *plan.Node) bool
	loop = func(n *plan.Node) bool {
		if color[n] != 0 {
			return color[n] == 1
		}
		color[n] = 1
		for _, x := range needs[n] {
			if loop(x) {
				return true
			}
		}
		color[n] = 2
		return false
	}
	for n := range needs {
		if loop(n) {
			return true
		}
	}
	return false
}
