package plantest

import "github.com/stillfield/stillfield/plan"

// operatorCase is an operator over operands of these shapes.
type operatorCase struct {
	op    plan.Op
	in    [][]int
	large bool // too slow for a device of Options.Small
}

// on is the case of op over operands of those shapes.
func on(op plan.Op, in ...[]int) operatorCase { return operatorCase{op: op, in: in} }

// largeIf is c, left out of a small suite where large is set.
func (c operatorCase) largeIf(large bool) operatorCase {
	c.large = large
	return c
}

// lengths are on either side of vectors, warps and blocks.
var lengths = []int{1, 3, 15, 16, 17, 63, 65, 255, 257, 1023, 1025, 4097}

// cases are all operators, each at the sizes where a kernel may change path.
func cases() []operatorCase {
	cs := pointwise()
	cs = append(cs, layouts()...)
	cs = append(cs, products()...)
	cs = append(cs, convolutions()...)
	return append(cs, networks()...)
}

// pointwise are the operators of chains, each as a chain of its own.
func pointwise() (cs []operatorCase) {
	for _, k := range plan.Kinds() {
		if !k.Pointwise() || k == plan.Fill || k.Random() {
			continue
		}
		for _, n := range lengths {
			in := [][]int{{n}}
			if k >= plan.Add {
				in = append(in, []int{n})
			}
			cs = append(cs, on(plan.Op{Kind: k, Imm: -1.5}, in...).largeIf(n > 1025))
		}
	}
	for _, s := range [][]int{{1, 1}, {3, 5}, {2, 64}, {5, 257}, {7, 784}} {
		for _, k := range []plan.Kind{plan.Uniform, plan.Normal} {
			op := plan.Op{Kind: k, Seed: 1 << 40, Purpose: 3, Shape: s}
			cs = append(cs, on(op, []int{s[0], plan.DrawLen}))
		}
		cs = append(cs, on(plan.Op{Kind: plan.Fill, Imm: 3, Shape: s}, []int{1}))
	}
	return cs
}

// layouts are the views, copied since they are outputs, and the sums that undo them.
func layouts() (cs []operatorCase) {
	for _, d := range [][3]int{ // outer, between, inner
		{1, 1, 1}, {1, 7, 1}, {1, 5, 33}, {3, 7, 1}, {2, 3, 17}, {2, 21, 40}, {1, 300, 64}, {300, 64, 1},
		{4, 130, 48}, {1, 5000, 1},
	} {
		o, m, i := d[0], d[1], d[2]
		spread, whole := []int{o, i}, []int{o, m, i}
		large := o*m*i > 10000
		cs = append(cs,
			on(plan.Op{Kind: plan.Expand, Outer: o, Inner: i, Shape: whole}, spread).largeIf(large),
			on(plan.Op{Kind: plan.Sum, Outer: o, Inner: i, Shape: spread}, whole).largeIf(large))
	}
	for _, d := range [][2]int{{1, 1}, {1, 17}, {3, 65}, {64, 64}, {1, 10007}, {5, 2049}} {
		s := []int{d[0], d[1]}
		cs = append(cs, on(plan.Op{Kind: plan.Dot, Rows: d[0], Shape: []int{d[0]}}, s, s))
	}
	for _, d := range [][3]int{ // n, m, width
		{1, 1, 1}, {5, 3, 17}, {4, 9, 256}, {600, 257, 3}, {2, 3, 20000},
	} {
		x, rows := []int{d[0], d[2]}, []int{d[1]}
		cs = append(cs, on(plan.Op{Kind: plan.Gather}, x, rows).largeIf(d[2] > 1000))
	}
	narrow := func(rows int, shape ...int) plan.Op {
		return plan.Op{Kind: plan.Narrow, Rows: rows, Off: 3, Width: 17, Shape: shape}
	}
	swap := func(shape []int, dims ...int) plan.Op {
		return plan.Op{Kind: plan.Swap, Dims: [4]int(dims), Shape: shape}
	}
	return append(cs,
		on(plan.Op{Kind: plan.Reshape, Shape: []int{4, 6}}, []int{3, 8}),
		on(narrow(5, 5, 17), []int{5, 40}),
		on(narrow(1, 17), []int{40}),
		on(swap([]int{2, 5, 3, 7}, 2, 3, 5, 7), []int{2, 3, 5, 7}),
		on(swap([]int{65, 33}, 1, 33, 65, 1), []int{33, 65}),
		on(plan.Op{Kind: plan.Concat, Rows: 6, Shape: []int{6, 20}}, []int{6, 3}, []int{6, 16}, []int{6, 1}),
		on(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{20}}, []int{3}, []int{16}, []int{1}),
	)
}

// products are matrices, plain and transposed, one and a batch of three.
func products() (cs []operatorCase) {
	sizes := [][3]int{ // m, n, k
		{1, 1, 1}, {1, 64, 32}, {5, 1, 7}, {2, 3, 400}, {11, 31, 17}, {12, 32, 16}, {13, 33, 15},
		{64, 64, 64}, {65, 63, 31}, {16, 128, 64}, {129, 40, 65}, {128, 128, 32}, {7, 48, 783},
		{257, 96, 130}, {100, 512, 385},
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
			cs = append(cs, on(op, a, b).largeIf(m*n*k > 1<<20))
			if m*n*k < 1<<16 {
				cs = append(cs, on(op, append([]int{3}, a...), append([]int{3}, b...)))
			}
		}
	}
	return cs
}

// convolutions are each shape in its three forms.
func convolutions() (cs []operatorCase) {
	sizes := [][6]int{ // n, h, w, c, o, k
		{1, 1, 1, 1, 1, 1}, {2, 5, 7, 1, 3, 3}, {1, 3, 2, 4, 1, 3}, {2, 8, 8, 16, 32, 3},
		{3, 7, 7, 33, 17, 3}, {1, 28, 28, 1, 32, 3}, {2, 14, 13, 32, 1, 3}, {1, 6, 6, 5, 4, 5},
		{2, 4, 4, 64, 64, 3}, {4, 14, 14, 64, 64, 3}, {5, 28, 28, 32, 32, 3},
	}
	for _, s := range sizes {
		n, h, w, c, o, k := s[0], s[1], s[2], s[3], s[4], s[5]
		x, y, f := []int{n, h, w, c}, []int{n, h, w, o}, []int{k, k, c, o}
		large := n*h*w*c*o*k*k > 1<<21
		cs = append(cs,
			on(plan.Op{Kind: plan.Conv}, x, f).largeIf(large),
			on(plan.Op{Kind: plan.ConvData}, y, f).largeIf(large),
			on(plan.Op{Kind: plan.ConvFilter, Width: k}, x, y).largeIf(large))
	}
	return cs
}

// networks are the normalisations and attention, with their gradients.
func networks() (cs []operatorCase) {
	for _, s := range []struct {
		x      []int
		groups int
	}{
		{[]int{1, 1}, 1}, {[]int{3, 64}, 1}, {[]int{2, 5, 6}, 3}, {[]int{2, 4, 4, 32}, 8},
		{[]int{3, 7, 7, 48}, 4}, {[]int{2, 28, 28, 32}, 32}, {[]int{130, 384}, 1}, {[]int{2, 14, 14, 64}, 8},
		{[]int{520, 6}, 1}, {[]int{520, 40}, 4}, // more samples than partial sums of dγ
	} {
		c := []int{s.x[len(s.x)-1]}
		large := plan.Size(s.x) > 30000
		cs = append(cs,
			on(plan.Op{Kind: plan.Norm, Groups: s.groups, Imm: 1e-5}, s.x, c, c).largeIf(large),
			on(plan.Op{Kind: plan.NormGrad, Groups: s.groups, Imm: 1e-5}, s.x, c, s.x).largeIf(large))
	}
	for _, s := range [][]int{{1}, {3, 7}, {5, 64}, {2, 3, 257}, {70, 49}} {
		cs = append(cs, on(plan.Op{Kind: plan.Softmax}, s))
	}
	for _, s := range []struct{ n, t, c, heads int }{
		{1, 1, 1, 1}, {2, 5, 6, 2}, {2, 16, 32, 1}, {3, 49, 64, 1}, {1, 49, 64, 4}, {2, 65, 24, 2},
		{1, 130, 64, 2},
	} {
		qkv, g := []int{s.n, s.t, 3 * s.c}, []int{s.n, s.t, s.c}
		large := s.n*s.t*s.t*s.c > 1<<19
		cs = append(cs,
			on(plan.Op{Kind: plan.Attention, Groups: s.heads}, qkv).largeIf(large),
			on(plan.Op{Kind: plan.AttentionGrad, Groups: s.heads}, qkv, g).largeIf(large))
	}
	return cs
}
