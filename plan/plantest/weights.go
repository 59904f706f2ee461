package plantest

import (
	"errors"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// weighted is a contraction whose right operand is part of the weights.
type weighted struct {
	name string
	op   plan.Op
	x, w []int // shapes
	off  int   // numbers of the weights before w
}

// weightLen is how many weights there are.
const weightLen = 3000

// weightedOps are contractions with matrices and filters that begin at a vector
// of 8 numbers, of 4 and of 2, and at an odd number, with rows of as many.
var weightedOps = []weighted{
	{"nn", plan.Op{Kind: plan.MatMul}, []int{5, 24}, []int{24, 40}, 0},
	{"nt", plan.Op{Kind: plan.MatMul, TransB: true}, []int{5, 40}, []int{24, 40}, 0},
	{"tn", plan.Op{Kind: plan.MatMul, TransA: true}, []int{24, 5}, []int{24, 40}, 0},
	{"nn4", plan.Op{Kind: plan.MatMul}, []int{3, 12}, []int{12, 20}, 4},
	{"nt2", plan.Op{Kind: plan.MatMul, TransB: true}, []int{3, 18}, []int{10, 18}, 962},
	{"odd", plan.Op{Kind: plan.MatMul}, []int{3, 7}, []int{7, 9}, 961},
	{"batch", plan.Op{Kind: plan.MatMul}, []int{3, 4, 8}, []int{3, 8, 16}, 1160},
	{"conv", plan.Op{Kind: plan.Conv}, []int{2, 5, 4, 8}, []int{3, 3, 8, 16}, 1600},
	{"data", plan.Op{Kind: plan.ConvData}, []int{2, 5, 4, 16}, []int{3, 3, 8, 16}, 1600},
	{"conv2", plan.Op{Kind: plan.Conv}, []int{1, 4, 3, 2}, []int{3, 3, 2, 6}, 2754},
	{"data1", plan.Op{Kind: plan.ConvData}, []int{1, 4, 3, 3}, []int{3, 3, 2, 3}, 2863},
}

// weights holds a plan to multiply with the weights it has now, however they came
// there: the host wrote them, AdamW took a step, another program's were copied, and Check
// put them back. A device that keeps the weights in another form as well keeps
// that form up to date.
func weights(t *testing.T, d plan.Device, opt Options) {
	p, still := weightPlan(t, opt.Precision, true), weightPlan(t, opt.Precision, false)
	g, s := load(t, d, p), load(t, d, still)
	fill := func(name string, n, seed int, gs ...plan.Program) {
		x := make([]float32, n)
		random(x, uint64(seed), name == "v")
		write(t, name, x, gs...)
	}
	for k, c := range weightedOps {
		fill("x "+c.name, plan.Size(c.x), k, g, s)
	}
	for k, name := range []string{"w", "m", "v", "avg", "g"} {
		fill(name, weightLen, 20+k, g)
	}
	write(t, "hyper", []float32{.5, 1, 1, .125}, g)
	scale := []float32{1}
	step := func(after string, moves bool) {
		t.Helper()
		write(t, "scale", scale, g)
		w := read(t, g, "w", weightLen)
		run(t, g)
		multiply(t, opt.Precision, after, g, w)
		if moved := bits(read(t, g, "w", weightLen)) != bits(w); moved != moves {
			t.Errorf("after %s: the weights changed: %v", after, moved)
		}
	}
	step("Write", true)
	step("a step", true)
	if bad, err := g.Check(); bad != nil || err != nil {
		t.Errorf("Check() = %v, %v, want nothing", bad, err)
	}
	step("Check", true)
	scale[0] = float32(math.NaN())
	step("a step", false)
	step("a step that wrote nothing", false)
	if err := s.Copy("w", g, "w"); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	multiply(t, opt.Precision, "Copy", s, read(t, g, "w", weightLen))
	for _, c := range weightedOps {
		n := plan.Size(c.result())
		if bits(read(t, s, c.name, n)) != bits(read(t, g, c.name, n)) {
			t.Errorf("%s: a plan that trains gives other bits than one that does not", c.name)
		}
	}
	fill("w", weightLen, 40, g, s)
	step("a second Write", false)
	run(t, s)
	multiply(t, opt.Precision, "Write", s, read(t, s, "w", weightLen))
	half := make([]float32, weightLen/2)
	random(half, 41, false)
	if err := errors.Join(g.WriteAt("w", 3, half), s.WriteAt("w", 3, half)); err != nil {
		t.Fatal(err)
	}
	step("WriteAt", false)
	run(t, s)
	multiply(t, opt.Precision, "WriteAt", s, read(t, s, "w", weightLen))
}

// weightPlan has an output for each of weightedOps and, if trained, AdamW.
func weightPlan(t *testing.T, prec plan.Precision, trained bool) *plan.Plan {
	w := state("w", weightLen)
	var roots []plan.Root
	for _, c := range weightedOps {
		part := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: c.off, Width: plan.Size(c.w), Shape: c.w}, w)
		roots = append(roots, plan.Root{Name: c.name, Node: apply(c.op, leaf("x "+c.name, c.x...), part)})
	}
	if trained {
		adam := plan.AdamWConst{Beta1: .9, Beta2: .99, Eps: 1e-2, Decay: .1, DecayLen: weightLen / 2}
		roots = append(roots, plan.Root{Node: apply(plan.Op{Kind: plan.AdamW, Adam: adam}, w,
			state("m", weightLen), state("v", weightLen), state("avg", weightLen), leaf("g", weightLen),
			leaf("scale", 1), leaf("hyper", plan.HyperLen))})
	}
	return compile(t, prec, roots...)
}

// result is the shape of what c makes.
func (c weighted) result() []int {
	s, err := c.op.Infer(c.x, c.w)
	if err != nil {
		panic(err)
	}
	return s
}

// multiply holds the outputs of g to the definition with the weights w.
func multiply(t *testing.T, prec plan.Precision, after string, g plan.Program, w []float32) {
	t.Helper()
	for _, c := range weightedOps {
		x := read(t, g, "x "+c.name, plan.Size(c.x))
		part := w[c.off : c.off+plan.Size(c.w)]
		want := c.define(x, part, func(v float64) float64 { return v })
		mags := c.define(x, part, math.Abs)
		near(t, "after "+after+": "+c.name, read(t, g, c.name, len(want)), want, func(i int) float64 {
			return ((math.Sqrt(float64(len(part)))+8)*0x1p-24 + 3*roundoff(prec)) * (mags[i] + 1)
		})
	}
}

// define is c by its definition, of f of the operands.
func (c weighted) define(x, w []float32, f func(float64) float64) []float64 {
	in := []reference.Tensor{reference.New(c.x...), reference.New(c.w...)}
	for k, y := range [][]float32{x, w} {
		for i, v := range y {
			in[k].Data[i] = f(float64(v))
		}
	}
	out, err := reference.Eval(c.op, in...)
	if err != nil {
		panic(err)
	}
	return out.Data
}
