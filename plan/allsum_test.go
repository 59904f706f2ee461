package plan_test

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// checkAllSum: the sum at step s is an alias of the whole of a temporary, which has been written
// and which no later step reads but by a value that was made after the sum; its buckets are that
// temporary, each element once, in the order in which they are whole.
func checkAllSum(t fataler, p *plan.Plan, s int, written [][]bool) {
	t.Helper()
	st := &p.Steps[s]
	base, off := p.Root(st.In[0])
	to, at := p.Root(st.Out)
	size := p.Values[base].Size
	if p.Values[base].Class != plan.Temporary || base != to || off != 0 || at != 0 ||
		p.Values[st.In[0]].Size != size || p.Values[st.Out].Size != size ||
		slices.Contains(written[base], false) {
		t.Fatalf("step %d is no sum in the place of a temporary in\n%v", s, p)
	}
	for k := s + 1; k < len(p.Steps); k++ {
		reads(&p.Steps[k], func(v int, _ *plan.View) {
			if b, _ := p.Root(v); b == base && v < st.Out {
				t.Fatalf("step %d reads %%%d, which the sum at step %d has changed, in\n%v", k, v, s, p)
			}
		})
	}
	for _, most := range []int{1, 7, size} {
		after, seen := 0, make([]bool, size)
		for _, b := range p.Buckets(s, most) {
			if b.Len < 1 || b.Len > most || b.After < after || b.After >= s {
				t.Fatalf("bucket %+v after one whole at step %d, of at most %d, in\n%v", b, after, most, p)
			}
			after = b.After
			for e := b.First; e < b.First+b.Len; e++ {
				if seen[e] {
					t.Fatalf("element %d is in two buckets in\n%v", e, p)
				}
				seen[e] = true
			}
			for k := b.After + 1; k < s; k++ {
				writes(&p.Steps[k], func(v int, view *plan.View) {
					c, off := p.Root(v)
					whole := plan.PlainView(p.Values[v].Size)
					if view == nil {
						view = &whole
					}
					for i := range view.Len() {
						if e := off + view.At(i); c == base && b.First <= e && e < b.First+b.Len {
							t.Fatalf("step %d writes to bucket %+v in\n%v", k, b, p)
						}
					}
				})
			}
		}
		if slices.Contains(seen, false) {
			t.Fatalf("an element is in no bucket in\n%v", p)
		}
	}
}

// Of a flat gradient of two products, a sum of the second and a copy, the products' parts are
// whole when their steps have run, and small parts go with their neighbours.
func TestBuckets(t *testing.T) {
	x, g := input("x", 8, 6), input("g", 8, 5)
	d1 := apply(plan.Op{Kind: plan.MatMul, TransA: true}, x, g)
	d2 := apply(plan.Op{Kind: plan.MatMul, TransA: true}, g, x)
	d3 := apply(plan.Op{Kind: plan.Sum, Outer: 1, Inner: 5, Shape: []int{5}}, g)
	flat := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{66}}, d1, d2, d3, input("loss", 1))
	sum := apply(plan.Op{Kind: plan.AllSum, Ranks: 4, Exact: true}, flat)
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: sum}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	for _, c := range []struct {
		most int
		want []plan.Bucket
	}{
		{66, []plan.Bucket{{First: 0, Len: 66, After: 3}}},
		{32, []plan.Bucket{{First: 0, Len: 30, After: 0}, {First: 30, Len: 30, After: 1},
			{First: 60, Len: 6, After: 3}}},
		{20, []plan.Bucket{{First: 0, Len: 20, After: 0}, {First: 20, Len: 10, After: 0},
			{First: 30, Len: 20, After: 1}, {First: 50, Len: 16, After: 3}}},
	} {
		if got := p.Buckets(len(p.Steps)-1, c.most); !slices.Equal(got, c.want) {
			t.Errorf("of at most %d: %+v, want %+v in\n%v", c.most, got, c.want, p)
		}
	}
}

// A sum is made in the place of a temporary that nobody else reads, and of a copy otherwise.
func TestAllSumInPlace(t *testing.T) {
	sum := func(x *plan.Node) *plan.Node {
		return apply(plan.Op{Kind: plan.AllSum, Ranks: 2}, x)
	}
	x := input("x", 6)
	part, made := unary(plan.Exp, x), unary(plan.Tanh, x)
	side := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{12}}, part, unary(plan.Sin, x))
	view := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: 1, Width: 3, Shape: []int{3}}, unary(plan.Cos, x))
	for _, c := range []struct {
		name  string
		roots []plan.Root
		want  int // steps
	}{
		{"a temporary", []plan.Root{{Name: "y", Node: sum(made)}}, 2},
		{"an input", []plan.Root{{Name: "y", Node: sum(x)}}, 2},
		{"another reader", []plan.Root{{Name: "y", Node: sum(made)}, {Name: "z", Node: made}}, 3},
		{"a reader of a part", []plan.Root{{Name: "y", Node: sum(side)}, {Name: "z", Node: part}}, 4},
		{"a view", []plan.Root{{Name: "y", Node: sum(view)}}, 3},
		{"a sum of a sum", []plan.Root{{Name: "y", Node: sum(sum(made))}}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := plan.Compile(t.Context(), c.roots, plan.Float32)
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, p)
			if len(p.Steps) != c.want {
				t.Errorf("%d steps, want %d:\n%v", len(p.Steps), c.want, p)
			}
		})
	}
}
