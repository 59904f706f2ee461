package plantest

import "github.com/stillfield/stillfield/plan"

// storingCases collects graphs in which a step makes bfloat16.
type storingCases []storedCase

// add has a product with the unit matrix show x as it is stored.
func (cs *storingCases) add(name string, x *plan.Node, more ...plan.Root) {
	n := x.Shape[len(x.Shape)-1]
	flat := apply(plan.Op{Kind: plan.Reshape, Shape: []int{plan.Size(x.Shape) / n, n}}, x)
	y := apply(plan.Op{Kind: plan.MatMul}, flat, leaf("unit", n, n))
	*cs = append(*cs, storedCase{name, append([]plan.Root{{Name: "y", Node: y}}, more...), 1, false})
}

func silu(x *plan.Node) *plan.Node    { return apply(plan.Op{Kind: plan.SiLU}, x) }
func plus(x, y *plan.Node) *plan.Node { return apply(plan.Op{Kind: plan.Add}, x, y) }

// storingSteps are graphs in which a step of each kind makes bfloat16.
func storingSteps() (cs storingCases) {
	cs.chains()
	cs.contractions()
	cs.networks()
	return cs
}

func (cs *storingCases) chains() {
	const r, c = 24, 16
	x, g := leaf("x", r, c), leaf("g", r, c)
	cs.add("a chain", silu(x))
	cs.add("a chain of one row", silu(leaf("x", 1, 8)))
	cs.add("a copy", apply(plan.Op{Kind: plan.Swap, Dims: [4]int{1, r, c, 1}, Shape: []int{c, r}}, x))
	beside := plan.Op{Kind: plan.Concat, Rows: r, Shape: []int{r, 2 * c}}
	cs.add("copies side by side", apply(beside, x, g))
	cs.add("copies that meet within 16 bytes", apply(beside,
		apply(plan.Op{Kind: plan.Narrow, Rows: r, Width: 13, Shape: []int{r, 13}}, x), leaf("rest", r, 19)))
	cs.add("a gather", apply(plan.Op{Kind: plan.Gather}, leaf("table", 8, c), leaf("rows", 8)))
	twice := silu(x) // for two products, and for the host
	cs.add("a chain that stores both", twice, plan.Root{Name: "twice", Node: twice},
		plan.Root{Name: "z", Node: apply(plan.Op{Kind: plan.MatMul, TransA: true}, twice, leaf("v", r, 8))})
}

func (cs *storingCases) contractions() {
	const r = 24
	product := plan.Op{Kind: plan.MatMul}
	nn := apply(product, leaf("x", r, 16), leaf("w", 16, 40))
	bias := apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: 40, Shape: []int{r, 40}}, leaf("bias", 40))
	long := apply(product, leaf("long", 3, 1030), leaf("tall", 1030, 8))
	filter := leaf("filter", 3, 3, 8, 24)
	conv := apply(plan.Op{Kind: plan.Conv}, leaf("image", 1, 3, 5, 8), filter)
	cs.add("a product", nn)
	cs.add("a product and a bias", plus(nn, bias))
	cs.add("a product and silu", silu(nn))
	cs.add("a product, a bias and silu", silu(plus(nn, bias)))
	cs.add("a product and a sum", plus(nn, leaf("r", r, 40)))
	cs.add("a long product", long)
	cs.add("a long product and silu", silu(long))
	cs.add("a batch of products", apply(product, leaf("xs", 3, 5, 7), leaf("ws", 3, 7, 8)))
	cs.add("a convolution", conv)
	cs.add("a convolution and silu", silu(conv))
	cs.add("the gradient of a convolution's image",
		apply(plan.Op{Kind: plan.ConvData}, leaf("gy", 1, 3, 5, 24), filter))
}

func (cs *storingCases) networks() {
	const c = 16
	gamma, beta, qkv := leaf("gamma", c), leaf("beta", c), leaf("qkv", 2, 5, 3*c)
	for _, shape := range [][]int{{24, c}, {2, 9, c}} {
		x, of := leaf("x", shape...), ""
		if len(shape) > 2 {
			of = " of images"
		}
		op := plan.Op{Kind: plan.Norm, Groups: 2, Imm: 1e-5}
		cs.add("a norm"+of, apply(op, x, gamma, beta))
		op.Kind = plan.NormGrad
		dx := plan.Op{Kind: plan.Narrow, Rows: 1, Width: plan.Size(shape), Shape: shape}
		cs.add("the gradient of a norm"+of, apply(dx, apply(op, x, gamma, leaf("g", shape...))))
	}
	cs.add("attention", apply(plan.Op{Kind: plan.Attention, Groups: 2}, qkv))
	cs.add("the gradient of attention", apply(plan.Op{Kind: plan.AttentionGrad, Groups: 2}, qkv,
		leaf("g", 2, 5, c)))
}
