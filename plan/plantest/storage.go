package plantest

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// storage holds a device to the storage types of package plan: every step that may
// store bfloat16 does, every contraction reads it for either operand, and the results are
// those of the plan in which all is float32, to the bit where the rules promise it.
func storage(t *testing.T, d plan.Device, opt Options) {
	if opt.Precision != plan.BFloat16 {
		return
	}
	for _, c := range storedOperands() {
		if !c.large || !opt.Small {
			t.Run(c.name, func(t *testing.T) { c.run(t, d) })
		}
	}
	for _, c := range storingSteps() {
		t.Run("made by "+c.name, func(t *testing.T) { c.run(t, d) })
	}
	t.Run("seen rounded", func(t *testing.T) { seenRounded(t, d) })
}

// storedCase is a graph in which want values are bfloat16.
type storedCase struct {
	name  string
	roots []plan.Root
	want  int
	large bool
}

// otherKernels are devices that may multiply operands in bfloat16 by other kernels than those
// in float32, which are rounded on the way: sums then differ in their last bits.
type otherKernels interface{ MultipliesStored() bool }

// run holds d to the same bits with storage types and without, or, where the kernels are
// others, to sums that are near.
func (c storedCase) run(t *testing.T, d plan.Device) {
	p, err := plan.Compile(t.Context(), c.roots, plan.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	if n := halfValues(p); n != c.want {
		t.Fatalf("%d values are bf16, want %d, in\n%v", n, c.want, p)
	}
	wide, err := plan.CompileFloat32(t.Context(), c.roots, plan.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	if n := halfValues(wide); n != 0 {
		t.Fatalf("%d values are bf16, want none, in\n%v", n, wide)
	}
	g, _ := both(t, d, p, false)
	h, _ := both(t, d, wide, false)
	rows := rowNumbers(8, 8)
	for range 2 { // the second time over what the first has left
		for _, x := range []plan.Program{g, h} {
			if _, ok := p.Port("rows"); ok {
				write(t, "rows", rows, x)
			}
			run(t, x)
		}
		for _, o := range p.Outputs {
			n := p.Values[o.Value].Size
			got, want := read(t, g, o.Name, n), read(t, h, o.Name, n)
			bound := float32(0)
			if k, ok := d.(otherKernels); ok && k.MultipliesStored() {
				bound = 0x1p-16 * largest(want)
			}
			for i := range got {
				if e := got[i] - want[i]; !(max(e, -e) <= bound) {
					t.Fatalf("%s[%d] is %v, want %v as where all is float32, in\n%v", o.Name, i, got[i],
						want[i], p)
				}
			}
		}
	}
	if bad, err := g.Check(); bad != nil || err != nil {
		t.Errorf("Check() = %v, %v, want nothing", bad, err)
	}
}

// largest is the largest magnitude in x.
func largest(x []float32) (most float32) {
	for _, v := range x {
		most = max(most, v, -v)
	}
	return most
}

// halfValues counts the temporaries that are bfloat16.
func halfValues(p *plan.Plan) (n int) {
	for _, v := range p.Values {
		if v.Class == plan.Temporary && v.Storage == plan.InBFloat16 {
			n++
		}
	}
	return n
}

// made is a temporary of that shape: 1.5 times an input, to the bit what the definition
// makes of it.
func made(name string, shape ...int) *plan.Node {
	return apply(plan.Op{Kind: plan.Scale, Imm: 1.5}, leaf(name, shape...))
}

// storedForms are op with each choice of operands in bfloat16 but none.
func storedForms(name string, op plan.Op, large bool, in ...[]int) (cs []storedCase) {
	for k := 1; k < 1<<len(in); k++ {
		xs := make([]*plan.Node, len(in))
		n := 0
		for i, s := range in {
			if xs[i] = leaf(fmt.Sprint("x", i), s...); k>>i&1 != 0 {
				xs[i] = made(fmt.Sprint("x", i), s...)
				n++
			}
		}
		roots := []plan.Root{{Name: "y", Node: apply(op, xs...)}}
		cs = append(cs, storedCase{fmt.Sprintf("%s %d", name, k), roots, n, large})
	}
	return cs
}

// storedOperands are contractions, each with the left operand, the right one and both in
// bfloat16, at sizes about vectors and tiles and with sums that are cut into slices. What
// need not be whole runs of 16 bytes is odd.
func storedOperands() (cs []storedCase) {
	add := func(name string, op plan.Op, large bool, in ...[]int) {
		cs = append(cs, storedForms(name, op, large, in...)...)
	}
	for _, s := range [][3]int{{1, 8, 8}, {65, 64, 40}, {63, 72, 32}, {7, 16, 1032}, {129, 264, 520}} {
		m, n, k := s[0], s[1], s[2]
		large := m*n*k > 1<<20
		op := plan.Op{Kind: plan.MatMul}
		add(fmt.Sprint("NN", s), op, large, []int{m, k}, []int{k, n})
		if !large {
			add(fmt.Sprint("batch", s), op, false, []int{3, m, k}, []int{3, k, n})
		}
		op.TransB = true
		add(fmt.Sprint("NT", s), op, large, []int{m, k}, []int{n + 1, k})
		op.TransA = true
		add(fmt.Sprint("TT", s), op, large, []int{k, n}, []int{m, k})
		op.TransB = false
		add(fmt.Sprint("TN", s), op, large, []int{k + 1, n}, []int{k + 1, 8})
	}
	for _, s := range [][4]int{ // n, t, c, heads
		{1, 1, 8, 1}, {2, 5, 16, 2}, {2, 65, 48, 2}, {1, 130, 64, 1}, {1, 33, 128, 1},
	} {
		large := s[0]*s[1]*s[1]*s[2] > 1<<19
		qkv := []int{s[0], s[1], 3 * s[2]}
		add(fmt.Sprint("attention", s), plan.Op{Kind: plan.Attention, Groups: s[3]}, large, qkv)
		g := apply(plan.Op{Kind: plan.AttentionGrad, Groups: s[3]}, made("x", qkv...),
			leaf("g", s[0], s[1], s[2]))
		roots := []plan.Root{{Name: "y", Node: g}}
		cs = append(cs, storedCase{fmt.Sprint("attention_grad", s), roots, 1, large})
	}
	return append(cs, storedConvolutions()...)
}

// storedConvolutions are those of them that are convolutions.
func storedConvolutions() (cs []storedCase) {
	for _, s := range [][6]int{ // n, h, w, c, o, k
		{1, 1, 1, 8, 8, 1}, {1, 3, 2, 16, 8, 3}, {2, 5, 7, 8, 40, 3}, {1, 6, 5, 8, 8, 5},
		{3, 7, 7, 32, 72, 1}, {1, 5, 4, 136, 32, 3}, {2, 9, 9, 64, 64, 3},
	} {
		n, h, w, c, o, k := s[0], s[1], s[2], s[3], s[4], s[5]
		x, y, f := []int{n, h, w, c}, []int{n, h, w, o}, []int{k, k, c, o}
		large := n*h*w*c*o*k*k > 1<<21
		cs = append(cs, storedForms(fmt.Sprint("conv", s), plan.Op{Kind: plan.Conv}, large, x, f)...)
		cs = append(cs, storedForms(fmt.Sprint("data", s), plan.Op{Kind: plan.ConvData}, large, y, f)...)
		filter := plan.Op{Kind: plan.ConvFilter, Width: k}
		cs = append(cs, storedForms(fmt.Sprint("filter", s), filter, large, x, y)...)
	}
	return cs
}
