package kernels

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// bfloatAttention is attention whose products multiply in bfloat16: queries, keys, values and the gradient
// of the result are rounded, and so are, once they are computed in float32, the probabilities and the
// gradient of the scores where a product reads them.
type bfloatAttention struct {
	AttentionShape
	*bfloat
	v         *Vec
	dim       int
	rowStride int // of the scores
	depth     int // steps of a sum over channels
	tokens    int // steps of a sum over tokens
	scale     float32
	scratch   []bfloatAttentionScratch
}

// bfloatAttentionScratch is the memory that a worker computes in. Panels of a matrix [k, n] have its sums'
// terms first.
type bfloatAttentionScratch struct {
	turn         []uint32
	rows         []uint32  // rows of a block of queries, or of all tokens
	keys, values []uint32  // panels [dim, T]
	k, v         []uint32  // panels [T, dim]: keys and values
	q, g         []uint32  // panels [queryBlock, dim]: queries, and the gradient of their results
	p, dp        []float32 // [queryBlock, T]: probabilities, and their gradient
}

// attention allocates the memory of each worker; backward says that it is for the gradient.
func (e *Engine) attention(v *Vec, s AttentionShape, backward bool) *bfloatAttention {
	a := &bfloatAttention{AttentionShape: s, bfloat: e.bfloat, v: v, dim: s.C / s.Heads}
	a.scale = float32(1 / math.Sqrt(float64(a.dim)))
	a.scratch = make([]bfloatAttentionScratch, e.pool.Workers())
	a.rowStride = ceilDiv(s.T, 16)*16 + 16
	a.depth, a.tokens = bf16.Steps(a.dim), bf16.Steps(s.T)
	rows := min(s.T, queryBlock)
	across := bf16.Panels(s.T) * a.depth * stepWords // words of panels [dim, T]
	down := bf16.Panels(a.dim) * a.tokens * stepWords
	block := bf16.Panels(a.dim) * bf16.Steps(rows) * stepWords
	room := max(rows*16*a.depth, rows*16*a.tokens, s.T*16*bf16.Steps(rows))
	for i := range a.scratch {
		d := &a.scratch[i]
		of := func(n int) []uint32 { return words(Aligned(n)) }
		d.turn, d.rows, d.keys, d.p = of(turnRows*turnWords), of(room), of(across), Aligned(rows*a.rowStride)
		if d.v = of(down); !backward {
			continue
		}
		d.values, d.k, d.q, d.g, d.dp = of(across), of(down), of(block), of(block), Aligned(rows*a.rowStride)
	}
	return a
}

// across packs the panels [dim, T] of T rows of x, which are row apart.
func (a *bfloatAttention) across(dst []uint32, x source, d *bfloatAttentionScratch) {
	x.row, x.col = x.col, x.row
	m := panels{x, a.dim, a.T, a.depth * stepWords}
	a.pack(dst, m, 0, bf16.Panels(a.T), 0, a.depth, d.turn)
}

// down packs the panels [n, dim] of n rows of x.
func (a *bfloatAttention) down(dst []uint32, x source, n int, d *bfloatAttentionScratch) {
	steps := bf16.Steps(n)
	m := panels{x, n, a.dim, steps * stepWords}
	a.pack(dst, m, 0, bf16.Panels(a.dim), 0, steps, d.turn)
}

// product sets c [m, n], whose rows are ldc apart, to x [m, k] times panels y [k, n], or adds that to c.
func (a *bfloatAttention) product(worker int, c []float32, ldc int, x source, y []uint32, m, n, k int,
	accumulate bool) {
	d, b := &a.scratch[worker], &a.calls[worker].block
	steps := bf16.Steps(k)
	a.packRows(d.rows, 16*steps, x, m, k, d.turn)
	*b = bf16.Block{
		Lines: 1, M: m, N: n, Segments: 1, Steps: steps,
		A: unsafe.Pointer(&d.rows[0]), RowA: 2 * bf16.StepK * steps,
		B: unsafe.Pointer(&y[0]), PanelB: bf16.StepBytes * steps, C: at(c, 0), RowC: 4 * ldc, Add: accumulate,
	}
	a.kernel.Do(b)
}

// probabilities sets d.p [n, T] to the softmax of q·kᵀ/√dim for n queries.
func (a *bfloatAttention) probabilities(worker int, q source, n int) {
	d := &a.scratch[worker]
	a.product(worker, d.p, a.rowStride, q, d.keys, n, a.T, a.dim, false)
	a.v.softmaxRows(&d.p[0], &d.p[0], n, a.T, a.rowStride, a.scale)
}

// Attention is that of v at precision BFloat16.
func (e *Engine) Attention(v *Vec, s AttentionShape, y []float32, qkv Numbers) *Job {
	if e.bfloat == nil {
		return v.Attention(e.pool, s, y, qkv.F)
	}
	a := e.attention(v, s, false)
	// With few heads each block of queries is an item, which packs the keys and values itself.
	blocks := 1
	if s.N*s.Heads < 8 {
		blocks = ceilDiv(s.T, queryBlock)
	}
	return NewJob(e.pool, s.N*s.Heads*blocks, func(worker, item int) {
		d, h, n := &a.scratch[worker], item/blocks%s.Heads, item/blocks/s.Heads
		x := qkv.source(3*s.C, 1).skip(n*s.T*3*s.C + h*a.dim)
		a.across(d.keys, x.skip(s.C), d)
		a.down(d.v, x.skip(2*s.C), s.T, d)
		for i := item % blocks * queryBlock; i < s.T; i += blocks * queryBlock {
			m := min(queryBlock, s.T-i)
			a.probabilities(worker, x.at(i, 0), m)
			to := y[(n*s.T+i)*s.C+h*a.dim:]
			a.product(worker, to, s.C, source{f: d.p, row: a.rowStride, col: 1}, d.v, m, a.dim, s.T, false)
		}
	})
}

// AttentionGrad is that of v at precision BFloat16.
func (e *Engine) AttentionGrad(v *Vec, s AttentionShape, dqkv []float32, qkv, g Numbers) *Job {
	if e.bfloat == nil {
		return v.AttentionGrad(e.pool, s, dqkv, qkv.F, g.F)
	}
	a := e.attention(v, s, true)
	return NewJob(e.pool, s.N*s.Heads, func(worker, item int) {
		h, n := item%s.Heads, item/s.Heads
		at := n*s.T*3*s.C + h*a.dim
		x, dy := qkv.source(3*s.C, 1), g.source(s.C, 1)
		a.headGrad(worker, dqkv[at:], x.skip(at), dy.skip(n*s.T*s.C+h*a.dim))
	})
}

// headGrad is AttentionGrad of one head of one sequence. dx, x and g begin with the head's first query.
func (a *bfloatAttention) headGrad(worker int, dx []float32, x, g source) {
	d, c, t, row := &a.scratch[worker], a.C, a.T, 3*a.C
	a.across(d.keys, x.skip(c), d)
	a.across(d.values, x.skip(2*c), d)
	a.down(d.k, x.skip(c), t, d)
	ds := source{f: d.dp, row: a.rowStride, col: 1}
	pt, dst := source{f: d.p, row: 1, col: a.rowStride}, source{f: d.dp, row: 1, col: a.rowStride}
	for i := 0; i < t; i += queryBlock {
		n, later := min(queryBlock, t-i), i > 0
		q, dy := x.at(i, 0), g.at(i, 0)
		a.down(d.q, q, n, d)
		a.down(d.g, dy, n, d)
		a.probabilities(worker, q, n)
		a.product(worker, dx[2*c:], row, pt, d.g, t, a.dim, n, later)
		a.product(worker, d.dp, a.rowStride, dy, d.values, n, t, a.dim, false)
		a.v.scoreRows(&d.dp[0], &d.p[0], n, t, a.rowStride, a.scale)
		a.product(worker, dx[i*row:], row, ds, d.k, n, a.dim, t, false)
		a.product(worker, dx[c:], row, dst, d.q, t, a.dim, n, later)
	}
}
