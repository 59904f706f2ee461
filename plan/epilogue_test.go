package plan_test

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// checkEpilogue: an epilogue is what it says, and writes nothing that the
// contraction before it reads.
func checkEpilogue(t fataler, p *plan.Plan, s int) {
	t.Helper()
	st := &p.Steps[s]
	if st.Epilogue == plan.NoEpilogue {
		return
	}
	of := &p.Steps[s-1]
	if k := of.Op.Kind; k != plan.MatMul && k != plan.Conv && k != plan.ConvData {
		t.Fatalf("step %d finishes a %v in\n%v", s, k, p)
	}
	var kinds []plan.Kind
	for _, in := range st.Chain.Code {
		if in.Kind.Pointwise() {
			kinds = append(kinds, in.Kind)
		}
	}
	want, args := plan.SiLU, 1
	if st.Epilogue == plan.AddTo {
		want, args = plan.Add, 2
	}
	if len(kinds) != 1 || kinds[0] != want || len(st.Chain.Args) != args {
		t.Fatalf("step %d is an epilogue of %v over %d values, want %v over %d, in\n%v",
			s, kinds, len(st.Chain.Args), want, args, p)
	}
	if st.Epilogue == plan.AddTo && overlap(p, p.Addend(s), of.Out) {
		t.Fatalf("step %d adds a part of the result of step %d to it in\n%v", s, s-1, p)
	}
	reads(of, func(v int, _ *plan.View) {
		writes(st, func(w int, _ *plan.View) {
			if overlap(p, v, w) {
				t.Fatalf("step %d writes what step %d reads in\n%v", s, s-1, p)
			}
		})
	})
}

// overlap reports whether two values share a byte of storage.
func overlap(p *plan.Plan, v, w int) bool {
	b, i := p.Root(v)
	c, j := p.Root(w)
	x, y := p.Values[b], p.Values[c]
	i, j = i*x.Storage.Bytes(), j*y.Storage.Bytes()
	if x.Class == plan.Temporary && y.Class == plan.Temporary {
		i, j = i+4*x.Offset, j+4*y.Offset
	} else if b != c {
		return false
	}
	return i < j+p.Values[w].Bytes() && j < i+p.Values[v].Bytes()
}

// Two layers end in silu and in h + …. The plan tells what a device need not
// store, and lays apart what one kernel may not share.
func TestEpilogue(t *testing.T) {
	h, w, b := unary(plan.Tanh, input("x", 8, 16)), state("w", 16, 16), state("b", 16)
	linear := func(x *plan.Node) *plan.Node {
		return binary(plan.Add, binary(plan.MatMul, x, w),
			apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: 16, Shape: []int{8, 16}}, b))
	}
	z := linear(h)
	y := binary(plan.Add, h, linear(unary(plan.SiLU, z)))
	for _, kept := range []bool{false, true} {
		roots := []plan.Root{{Name: "y", Node: y}}
		if kept {
			roots = append(roots, plan.Root{Name: "z", Node: z})
		}
		p := mustCompile(t, roots)
		var got []plan.Epilogue
		for s, st := range p.Steps {
			got = append(got, st.Epilogue)
			if st.Epilogue == plan.SiLUOf && p.Stored(s-1) != kept {
				t.Errorf("kept %v: Stored is %v of the sum", kept, !kept)
			}
			if st.Epilogue == plan.AddTo && p.Values[p.Addend(s)].Name != "tanh#1" {
				t.Errorf("y adds %q to the product, want the tanh", p.Values[p.Addend(s)].Name)
			}
		}
		want := []plan.Epilogue{plan.NoEpilogue, plan.NoEpilogue, plan.SiLUOf, plan.NoEpilogue, plan.AddTo}
		if !slices.Equal(got, want) {
			t.Errorf("epilogues %v, want %v, in\n%v", got, want, p)
		}
	}
}

// h + h·W may not lie where h does: other blocks of the product still read it.
func TestEpilogueApart(t *testing.T) {
	h, w := unary(plan.Tanh, input("x", 8, 16)), state("w", 16, 16)
	p := mustCompile(t, []plan.Root{{Name: "y", Node: binary(plan.Add, h, binary(plan.MatMul, h, w))}})
	if last := p.Steps[len(p.Steps)-1]; last.Epilogue != plan.AddTo {
		t.Errorf("the sum is no epilogue in\n%v", p)
	}
}

// What is added may not be a part of the result itself, seen through a
// concatenation that the result lies in: it would be read before it is written.
func TestEpilogueOfItself(t *testing.T) {
	for off := 0; off <= 64; off += 16 {
		s := binary(plan.MatMul, input("x", 8, 4), state("w", 4, 8))
		one := func(x *plan.Node) *plan.Node {
			return apply(plan.Op{Kind: plan.Reshape,
				Shape: []int{1, 64}}, x)
		}
		both := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{1, 128}},
			one(apply(plan.Op{Kind: plan.Softmax}, input("p", 8, 8))), one(s))
		part := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: off, Width: 64, Shape: []int{8, 8}}, both)
		p := mustCompile(t, []plan.Root{{Name: "y", Node: binary(plan.Add, part, s)}})
		for s, st := range p.Steps {
			if st.Epilogue != plan.NoEpilogue {
				t.Errorf("off %d: step %d is an epilogue in\n%v", off, s, p)
			}
		}
	}
}

// What a kernel's end cannot do is no epilogue.
func TestNoEpilogue(t *testing.T) {
	x, w := input("x", 4, 4), state("w", 4, 4)
	s := binary(plan.MatMul, x, w)
	flipped := apply(plan.Op{Kind: plan.Swap, Dims: [4]int{1, 4, 4, 1}, Shape: []int{4, 4}}, x)
	for name, y := range map[string]*plan.Node{
		"twice the sum":      binary(plan.Add, s, s),
		"another function":   unary(plan.Exp, s),
		"two operators":      unary(plan.Scale, unary(plan.SiLU, s)),
		"a transposed value": binary(plan.Add, s, flipped),
		"not the sum":        unary(plan.SiLU, x),
	} {
		roots := []plan.Root{{Name: "s", Node: s}, {Name: "y", Node: y}}
		for _, st := range mustCompile(t, roots).Steps {
			if st.Epilogue != plan.NoEpilogue {
				t.Errorf("%s: an epilogue", name)
			}
		}
	}
}

// mustCompile compiles roots and holds the plan to its invariants.
func mustCompile(t *testing.T, roots []plan.Root) *plan.Plan {
	t.Helper()
	p, err := plan.Compile(t.Context(), roots, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	return p
}
