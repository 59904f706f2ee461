package kernels

// Gemm is the matrix product
//
//	C[i,j] = init + Σ_k A[i,k]·B[k,j],   i < M, j < N, k < K
//
// where init is 0, Bias[j] when Bias is given, or C[i,j] when Accumulate is set
// (not both at once). Element (i,k) of A is A[i·RowA + k·ColA] and element (k,j) of B is
// B[k·RowB + j·ColB], so a transpose is an exchange of strides; stride 0 repeats.
// Rows of C are contiguous and RowC ≥ N apart. C overlaps neither operand.
//
// Batch > 1 repeats the product with operands BatchA, BatchB and BatchC further on,
// and Heads > 1 repeats each of those with operands HeadA, HeadB and HeadC further
// on, as attention wants it. Bias is the same for all. The C of different products
// must not overlap.
//
// The sum of the rows of B (the gradient of a bias) is M = 1 with A a single 1 whose
// strides are 0.
//
// The cost is 2·M·N·K·Batch·Heads FLOP.
type Gemm struct {
	M, N, K    int
	A          []float32
	RowA, ColA int
	B          []float32
	RowB, ColB int
	C          []float32
	RowC       int
	Bias       []float32
	Accumulate bool

	// At precision bf16 an operand may be bfloat16 itself, A16 in the place of A and B16 in that of B,
	// or B may be packed: the words of a Packing.
	A16, B16 []uint16
	Packed   []uint32

	Batch                  int // 0 means 1
	BatchA, BatchB, BatchC int
	Heads                  int // 0 means 1
	HeadA, HeadB, HeadC    int
}

// slabK is the most steps of k that one chain of sums has: a longer sum is split
// into even slabs, so that its rounding error stays small and a product with few
// elements and a long sum can use all workers. There are at most maxSlabs slabs,
// for each but the first needs memory for a C of its own.
const slabK, maxSlabs = 4096, 32

// blockRows and blockColumns are the most steps of k that are done before the next
// tile, when the rows of A are contiguous and when its columns are. A long block
// loads and stores C less often; but along a column of A every step of k is on
// another page. 192 to 1536 were tried on Zen 5 and these were the fastest; the
// result does not depend on them.
const blockRows, blockColumns = 1024, 256

// slabs is the number of slabs of a sum of k terms.
func slabs(k int) int { return min(maxSlabs, max(1, ceilDiv(k, slabK))) }

// heads is the number of heads.
func (g *Gemm) heads() int { return max(1, g.Heads) }

// batch is the number of products.
func (g *Gemm) batch() int { return max(1, g.Batch) * g.heads() }

// offset is the index of the first element of product q's operand, if the batches
// and heads of that operand are batch and head elements apart.
func (g *Gemm) offset(q, batch, head int) int { return q/g.heads()*batch + q%g.heads()*head }

// Flops is the number of floating-point operations, two for a multiply-add.
func (g *Gemm) Flops() float64 {
	return 2 * float64(g.M) * float64(g.N) * float64(g.K) * float64(g.batch())
}

// spanA is how many elements there are from the first one of A to the last one that the product reads.
func (g *Gemm) spanA() int {
	return g.offset(g.batch()-1, g.BatchA, g.HeadA) + (g.M-1)*g.RowA + (g.K-1)*g.ColA + 1
}

// spanB is that of B.
func (g *Gemm) spanB() int {
	return g.offset(g.batch()-1, g.BatchB, g.HeadB) + (g.K-1)*g.RowB + (g.N-1)*g.ColB + 1
}

// check panics unless every element the product touches exists.
func (g *Gemm) check() {
	if g.M < 0 || g.N < 0 || g.K < 0 {
		panic("kernels: Gemm: negative dimension")
	}
	if g.RowA < 0 || g.ColA < 0 || g.RowB < 0 || g.ColB < 0 ||
		min(g.BatchA, g.BatchB, g.BatchC, g.HeadA, g.HeadB, g.HeadC) < 0 {
		panic("kernels: Gemm: negative stride")
	}
	if g.Accumulate && g.Bias != nil {
		panic("kernels: Gemm: both Bias and Accumulate")
	}
	if g.M == 0 || g.N == 0 {
		return
	}
	q := g.batch() - 1
	if g.K > 0 && (g.spanA() > max(len(g.A), len(g.A16)) ||
		g.Packed == nil && g.spanB() > max(len(g.B), len(g.B16))) {
		panic("kernels: Gemm: an operand is shorter than its shape")
	}
	if g.RowC < g.N && g.M > 1 || g.Batch > 1 && g.BatchC < g.N || g.Heads > 1 && g.HeadC < g.N {
		panic("kernels: Gemm: rows of C overlap")
	}
	if g.offset(q, g.BatchC, g.HeadC)+(g.M-1)*g.RowC+g.N > len(g.C) {
		panic("kernels: Gemm: C is shorter than its shape")
	}
	if g.Bias != nil && len(g.Bias) < g.N {
		panic("kernels: Gemm: Bias is shorter than N")
	}
}

// GemmWorkspace is the scratch memory that g needs. It reads the shape and strides
// of g, not its operands.
func (e *Engine) GemmWorkspace(g *Gemm) Workspace {
	switch {
	case e.bfloat == nil:
		return e.floatWorkspace(g)
	case thinBFloat(g.K, g.N):
		return settledWorkspace(e.floatWorkspace(g), g.spanA(), g.spanB())
	}
	var j bfloatGemm
	j.plan(e, g)
	return j.workspace()
}

// floatWorkspace is GemmWorkspace of a product in float32.
func (e *Engine) floatWorkspace(g *Gemm) Workspace {
	var j gemmJob
	j.plan(e, g)
	return j.workspace()
}

// Gemm computes the product that g describes. It panics if a slice is shorter than
// its shape, if rows of C overlap, or if both Bias and Accumulate are set.
func (e *Engine) Gemm(g *Gemm) {
	g.check()
	if g.M == 0 || g.N == 0 {
		return
	}
	if g.K == 0 {
		g.fill()
		return
	}
	if e.bfloat != nil {
		e.bfloatGemm(g)
		return
	}
	e.floatGemm(g)
}

// floatGemm is Gemm in float32, where K > 0.
func (e *Engine) floatGemm(g *Gemm) {
	j := &e.gemm
	j.plan(e, g)
	e.Reserve(j.workspace())
	e.forgetPacked()
	e.pool.Run(j, j.items())
	if j.slabs > 1 {
		e.addSlabs(&j.Gemm, j.slabs)
	}
	j.Gemm = Gemm{}
}

// fill is the product with K = 0: C becomes init.
func (g *Gemm) fill() {
	if g.Accumulate {
		return
	}
	for q := range g.batch() {
		for i := range g.M {
			c := g.C[g.offset(q, g.BatchC, g.HeadC)+i*g.RowC:][:g.N]
			if clear(c); g.Bias != nil {
				copy(c, g.Bias)
			}
		}
	}
}
