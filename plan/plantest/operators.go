package plantest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// operand is an operator over operands of these shapes.
type operand struct {
	op    plan.Op
	in    [][]int
	large bool // too slow for a small device
}

// lengths are on either side of vectors, warps and blocks.
var lengths = []int{1, 3, 15, 16, 17, 63, 65, 255, 257, 1023, 1025, 4097}

func cases() []operand {
	cs := pointwise()
	cs = append(cs, layouts()...)
	cs = append(cs, products()...)
	cs = append(cs, convolutions()...)
	return append(cs, networks()...)
}

func pointwise() (cs []operand) {
	for _, k := range plan.Kinds() {
		if !k.Pointwise() || k == plan.Fill || k.Random() {
			continue
		}
		for _, n := range lengths {
			in := [][]int{{n}}
			if k >= plan.Add {
				in = append(in, []int{n})
			}
			cs = append(cs, operand{op: plan.Op{Kind: k, Imm: -1.5}, in: in, large: n > 1025})
		}
	}
	for _, s := range [][]int{{1, 1}, {3, 5}, {2, 64}, {5, 257}, {7, 784}} {
		for _, k := range []plan.Kind{plan.Uniform, plan.Normal} {
			cs = append(cs, operand{op: plan.Op{Kind: k, Seed: 1 << 40, Purpose: 3, Shape: s}, in: [][]int{{s[0], plan.DrawLen}}})
		}
		cs = append(cs, operand{op: plan.Op{Kind: plan.Fill, Imm: 3, Shape: s}, in: [][]int{{1}}})
	}
	return cs
}

func layouts() (cs []operand) {
	for _, d := range [][3]int{{1, 1, 1}, {1, 7, 1}, {1, 5, 33}, {3, 7, 1}, {2, 3, 17}, {2, 21, 40}, {1, 300, 64}, {300, 64, 1}, {4, 130, 48}, {1, 5000, 1}} {
		o, m, i := d[0], d[1], d[2]
		big := o*m*i > 10000
		cs = append(cs,
			operand{op: plan.Op{Kind: plan.Expand, Outer: o, Inner: i, Shape: []int{o, m, i}}, in: [][]int{{o, i}}, large: big},
			operand{op: plan.Op{Kind: plan.Sum, Outer: o, Inner: i, Shape: []int{o, i}}, in: [][]int{{o, m, i}}, large: big})
	}
	for _, d := range [][2]int{{1, 1}, {1, 17}, {3, 65}, {64, 64}, {1, 10007}, {5, 2049}} {
		s := []int{d[0], d[1]}
		cs = append(cs, operand{op: plan.Op{Kind: plan.Dot, Rows: d[0], Shape: []int{d[0]}}, in: [][]int{s, s}})
	}
	for _, d := range [][3]int{{1, 1, 1}, {5, 3, 17}, {4, 9, 256}, {600, 257, 3}, {2, 3, 20000}} { // n, m, width
		cs = append(cs, operand{op: plan.Op{Kind: plan.Gather}, in: [][]int{{d[0], d[2]}, {d[1]}}, large: d[2] > 1000})
	}
	return append(cs,
		operand{op: plan.Op{Kind: plan.Reshape, Shape: []int{4, 6}}, in: [][]int{{3, 8}}},
		operand{op: plan.Op{Kind: plan.Narrow, Rows: 5, Off: 3, Width: 17, Shape: []int{5, 17}}, in: [][]int{{5, 40}}},
		operand{op: plan.Op{Kind: plan.Narrow, Rows: 1, Off: 3, Width: 17, Shape: []int{17}}, in: [][]int{{40}}},
		operand{op: plan.Op{Kind: plan.Swap, Dims: [4]int{2, 3, 5, 7}, Shape: []int{2, 5, 3, 7}}, in: [][]int{{2, 3, 5, 7}}},
		operand{op: plan.Op{Kind: plan.Swap, Dims: [4]int{1, 33, 65, 1}, Shape: []int{65, 33}}, in: [][]int{{33, 65}}},
		operand{op: plan.Op{Kind: plan.Concat, Rows: 6, Shape: []int{6, 20}}, in: [][]int{{6, 3}, {6, 16}, {6, 1}}},
		operand{op: plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{20}}, in: [][]int{{3}, {16}, {1}}},
	)
}

func products() (cs []operand) {
	sizes := [][3]int{ // m, n, k
		{1, 1, 1}, {1, 64, 32}, {5, 1, 7}, {2, 3, 400}, {11, 31, 17}, {12, 32, 16}, {13, 33, 15}, {64, 64, 64}, {65, 63, 31},
		{16, 128, 64}, {129, 40, 65}, {128, 128, 32}, {7, 48, 783}, {257, 96, 130}, {100, 512, 385},
	}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		for tr := range 4 {
			a, b := []int{m, k}, []int{k, n}
			if tr&1 != 0 {
				a = []int{k, m}
			}
			if tr&2 != 0 {
				b = []int{n, k}
			}
			op := plan.Op{Kind: plan.MatMul, TransA: tr&1 != 0, TransB: tr&2 != 0}
			cs = append(cs, operand{op: op, in: [][]int{a, b}, large: m*n*k > 1<<20})
			if m*n*k < 1<<16 {
				cs = append(cs, operand{op: op, in: [][]int{append([]int{3}, a...), append([]int{3}, b...)}})
			}
		}
	}
	return cs
}

func convolutions() (cs []operand) {
	sizes := [][6]int{ // n, h, w, c, o, k
		{1, 1, 1, 1, 1, 1}, {2, 5, 7, 1, 3, 3}, {1, 3, 2, 4, 1, 3}, {2, 8, 8, 16, 32, 3}, {3, 7, 7, 33, 17, 3},
		{1, 28, 28, 1, 32, 3}, {2, 14, 13, 32, 1, 3}, {1, 6, 6, 5, 4, 5}, {2, 4, 4, 64, 64, 3}, {4, 14, 14, 64, 64, 3},
		{5, 28, 28, 32, 32, 3},
	}
	for _, s := range sizes {
		n, h, w, c, o, k := s[0], s[1], s[2], s[3], s[4], s[5]
		x, y, f := []int{n, h, w, c}, []int{n, h, w, o}, []int{k, k, c, o}
		big := n*h*w*c*o*k*k > 1<<21
		cs = append(cs,
			operand{op: plan.Op{Kind: plan.Conv}, in: [][]int{x, f}, large: big},
			operand{op: plan.Op{Kind: plan.ConvData}, in: [][]int{y, f}, large: big},
			operand{op: plan.Op{Kind: plan.ConvFilter, Width: k}, in: [][]int{x, y}, large: big})
	}
	return cs
}

func networks() (cs []operand) {
	for _, s := range []struct {
		x      []int
		groups int
	}{
		{[]int{1, 1}, 1}, {[]int{3, 64}, 1}, {[]int{2, 5, 6}, 3}, {[]int{2, 4, 4, 32}, 8}, {[]int{3, 7, 7, 48}, 4},
		{[]int{2, 28, 28, 32}, 32}, {[]int{130, 384}, 1}, {[]int{2, 14, 14, 64}, 8},
		{[]int{520, 6}, 1}, {[]int{520, 40}, 4}, // more samples than partial sums of dγ
	} {
		c := []int{s.x[len(s.x)-1]}
		big := plan.Size(s.x) > 30000
		cs = append(cs,
			operand{op: plan.Op{Kind: plan.Norm, Groups: s.groups, Imm: 1e-5}, in: [][]int{s.x, c, c}, large: big},
			operand{op: plan.Op{Kind: plan.NormGrad, Groups: s.groups, Imm: 1e-5}, in: [][]int{s.x, c, s.x}, large: big})
	}
	for _, s := range [][]int{{1}, {3, 7}, {5, 64}, {2, 3, 257}, {70, 49}} {
		cs = append(cs, operand{op: plan.Op{Kind: plan.Softmax}, in: [][]int{s}})
	}
	for _, s := range []struct{ n, t, c, heads int }{
		{1, 1, 1, 1}, {2, 5, 6, 2}, {2, 16, 32, 1}, {3, 49, 64, 1}, {1, 49, 64, 4}, {2, 65, 24, 2}, {1, 130, 64, 2},
	} {
		qkv, g := []int{s.n, s.t, 3 * s.c}, []int{s.n, s.t, s.c}
		big := s.n*s.t*s.t*s.c > 1<<19
		cs = append(cs,
			operand{op: plan.Op{Kind: plan.Attention, Groups: s.heads}, in: [][]int{qkv}, large: big},
			operand{op: plan.Op{Kind: plan.AttentionGrad, Groups: s.heads}, in: [][]int{qkv, g}, large: big})
	}
	return cs
}

func operators(t *testing.T, d plan.Device, opt Options) {
	for _, c := range cases() {
		if c.large && opt.Small {
			continue
		}
		t.Run(fmt.Sprintf("%v%v", c.op, c.in), func(t *testing.T) { operator(t, d, opt, c, false) })
		if k := c.op.Kind; (k == plan.MatMul || k == plan.Conv) && len(c.in[0]) != 3 {
			t.Run(fmt.Sprintf("%v%v+bias", c.op, c.in), func(t *testing.T) { operator(t, d, opt, c, true) })
		}
	}
}

// operator runs one case twice: the second run must give the same bits.
func operator(t *testing.T, d plan.Device, opt Options, c operand, bias bool) {
	xs := make([]*plan.Node, len(c.in))
	for i, s := range c.in {
		xs[i] = leaf(fmt.Sprintf("x%d", i), s...)
	}
	y := apply(c.op, xs...)
	if bias {
		w := y.Shape[len(y.Shape)-1]
		e := apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: w, Shape: y.Shape}, leaf("bias", w))
		y = apply(plan.Op{Kind: plan.Add}, y, e)
	}
	p := compile(t, opt.Precision, plan.Root{Name: "y", Node: y})
	if bias && !p.Steps[len(p.Steps)-1].Bias {
		t.Fatal("the bias was not fused")
	}
	positive := c.op.Kind == plan.Log || c.op.Kind == plan.Sqrt
	g, ref := both(t, d, p, positive)
	if c.op.Kind.Random() {
		write(t, "x0", drawRows(c.in[0][0]), g, ref)
	}
	if c.op.Kind == plan.Gather {
		write(t, "x1", rowNumbers(c.in[0][0], c.in[1][0]), g, ref)
	}
	run(t, g, ref)
	want, err := ref.Data("y")
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, g, "y", len(want))
	near(t, "y", got, want, bound(p, ref, c.op, opt.Precision, want))
	run(t, g)
	if again := read(t, g, "y", len(want)); bits(again) != bits(got) {
		t.Errorf("the second run gave other bits")
	}
}

// drawRows are what n rows draw: samples on both sides of a carry of lo, in no
// order, each at a draw of its own, and the last row of all is drawn twice.
func drawRows(n int) []float32 {
	rows := make([]float32, 0, n*plan.DrawLen)
	for i := range n {
		k := min(i*3%7, n-2)
		row := plan.DrawRow(3<<24-2+uint64(max(k, 0)), uint32(k%3)*(1<<24-1)/2)
		rows = append(rows, row[:]...)
	}
	return rows
}

// rowNumbers are m numbers for a Gather of n rows: any row, and every number
// that is not one.
func rowNumbers(n, m int) []float32 {
	rng := rand.New(rand.NewPCG(uint64(n), 11))
	odd := []float32{-1, float32(n), .75, float32(n) - .5, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	x := make([]float32, m)
	for i := range x {
		x[i] = float32(rng.IntN(n))
		if i%2 == 1 {
			x[i] = odd[i/2%len(odd)]
		}
	}
	return x
}

// bound is how far a correct device may be from the definition. Products and
// sums of n terms in float32 are off by at most n·u of the sum of magnitudes,
// and by far less in any order a device uses: √n + 8 of it are allowed. In
// another precision each operand is rounded to its unit roundoff first.
func bound(p *plan.Plan, ref *reference.Program, op plan.Op, prec plan.Precision, want []float64) func(int) float64 {
	const u = 0x1p-24
	unit := roundoff(prec)
	most := 0.0
	for _, w := range want {
		if !math.IsInf(w, 0) && !math.IsNaN(w) {
			most = math.Max(most, math.Abs(w))
		}
	}
	switch op.Kind {
	case plan.MatMul, plan.Conv, plan.ConvData, plan.ConvFilter, plan.Sum, plan.Dot:
		if op.Kind == plan.Sum || op.Kind == plan.Dot {
			unit = 0
		}
		mags, terms := magnitudes(p, ref, op)
		return func(i int) float64 { return ((math.Sqrt(terms)+8)*u + 3*unit) * (mags[i] + 1) }
	case plan.Norm, plan.NormGrad, plan.Softmax, plan.Attention, plan.AttentionGrad:
		return func(i int) float64 { return (256*u + 16*unit) * (most + 1) }
	case plan.Normal:
		return func(i int) float64 { return 64 * u * (math.Abs(want[i]) + 1) }
	case plan.Uniform, plan.Fill, plan.Reshape, plan.Expand, plan.Narrow, plan.Swap, plan.Concat, plan.Gather, plan.Less, plan.Min, plan.Max:
		return func(int) float64 { return 0 } // exact
	}
	return func(i int) float64 { return 8 * u * (math.Abs(want[i]) + 0x1p-100) }
}

// roundoff is how far an operand of a contraction may be rounded, of itself.
func roundoff(prec plan.Precision) float64 {
	return map[plan.Precision]float64{plan.Float32: 0, plan.TF32: 0x1p-10, plan.BFloat16: 0x1p-8}[prec]
}

// magnitudes evaluates op, which is linear in each operand, on the operands'
// absolute values, and counts the terms of each sum.
func magnitudes(p *plan.Plan, ref *reference.Program, op plan.Op) ([]float64, float64) {
	var in []reference.Tensor
	terms := 1.0
	for i := 0; ; i++ {
		x, err := ref.Data(fmt.Sprintf("x%d", i))
		if err != nil {
			break
		}
		v, _ := p.Port(fmt.Sprintf("x%d", i))
		abs := make([]float64, len(x))
		for j := range x {
			abs[j] = math.Abs(x[j])
		}
		in = append(in, reference.Tensor{Data: abs, Shape: p.Values[v].Shape})
		terms = math.Max(terms, float64(len(x)))
	}
	out, err := reference.Eval(op, in...)
	if err != nil {
		panic(err)
	}
	return out.Data, terms
}
