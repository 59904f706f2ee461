package kernels

import (
	"math"
	"unsafe"
)

// AttentionShape is self-attention of N sequences of T tokens, C channels in
// Heads heads. The operand qkv is [N, T, 3C]: q, k and v side by side.
type AttentionShape struct {
	N, T, C, Heads int
}

// Flops is the number of floating-point operations of the forward products.
func (s AttentionShape) Flops() float64 {
	return 4 * float64(s.N) * float64(s.T) * float64(s.T) * float64(s.C)
}

// queryBlock is how many queries are done at a time: their scores stay in the
// second-level cache.
const queryBlock = 96

// attentionScratch is a worker's scratch.
type attentionScratch struct {
	tile   tile
	kt, vt []float32 // [dim, T]: keys and values transposed
	rows   []float32 // [T, dim]: keys or values
	q, g   []float32 // [queryBlock, dim]: queries, and the gradient of their results
	p, dp  []float32 // [queryBlock, T]: probabilities, and their gradient
}

// attention is what both directions share: a shape and the kernels of a level.
type attention struct {
	AttentionShape
	v         *Vec
	arch      *arch
	dim       int
	rowStride int // distance of rows of T elements: T and a bit, off the powers of two
	scale     float32
	scratch   []attentionScratch
}

func (v *Vec) attention(p *Pool, s AttentionShape, backward bool) *attention {
	a := &attention{AttentionShape: s, v: v, arch: archOf(v.Level), dim: s.C / s.Heads}
	a.scale = float32(1 / math.Sqrt(float64(a.dim)))
	a.scratch = make([]attentionScratch, p.Workers())
	a.rowStride = (s.T+15)/16*16 + 16
	rows := min(s.T, queryBlock)
	for i := range a.scratch {
		d := &a.scratch[i]
		d.kt, d.p, d.rows = Aligned(a.dim*a.rowStride), Aligned(rows*a.rowStride), Aligned(s.T*a.dim)
		if backward {
			d.vt, d.dp = Aligned(a.dim*a.rowStride), Aligned(rows*a.rowStride)
			d.q, d.g = Aligned(rows*a.dim), Aligned(rows*a.dim)
		}
	}
	return a
}

// matrix is a strided operand: element (i, j) is p[i·row + j·col].
type matrix struct {
	p        *float32
	row, col int
}

// product sets c = a·b (or adds to c), [m,k]·[k,n]. Rows of b and c are
// contiguous.
func (a *attention) product(t *tile, c, x, y matrix, m, n, k int, accumulate bool) {
	for j := 0; j < n; j += a.arch.nr {
		w := min(a.arch.nr, n-j)
		*t = tile{
			kc: k, nseg: 1, a: unsafe.Pointer(x.p), rs: 4 * x.row, cs: 4 * x.col,
			b: unsafe.Add(unsafe.Pointer(y.p), 4*j), ldb: 4 * y.row,
			c: unsafe.Add(unsafe.Pointer(c.p), 4*j), ldc: 4 * c.row, n: w,
		}
		if accumulate {
			t.init, t.ldi = t.c, t.ldc
		}
		a.arch.pick(w).column(t, m)
	}
}

// transpose sets dst [dim, T] to the columns of src, whose rows are row apart.
func (a *attention) transpose(dst, src []float32, row int) {
	whole, depth := 0, a.dim/4*4 // what packRows can do
	if step := a.arch.packWide; a.arch.packRows != nil && depth > 0 {
		for ; whole+step <= a.T; whole += step {
			a.arch.packRows(at(dst, whole), 4*a.rowStride, at(src, whole*row), 4*row, depth/4)
		}
	}
	for i := range a.T {
		k := 0
		if i < whole {
			k = depth
		}
		for ; k < a.dim; k++ {
			dst[k*a.rowStride+i] = src[i*row+k]
		}
	}
}

// collect copies n rows of dim elements that are row apart to dst, side by side:
// a product then reads them from as little cache as they need.
func (a *attention) collect(dst, src []float32, n, row int) matrix {
	for i := range n {
		copy(dst[i*a.dim:(i+1)*a.dim], src[i*row:])
	}
	return matrix{&dst[0], a.dim, 1}
}

// probabilities sets d.p to the softmax of the scores of n queries.
func (a *attention) probabilities(d *attentionScratch, q matrix, n int) {
	a.product(&d.tile, matrix{&d.p[0], a.rowStride, 1}, q, matrix{&d.kt[0], a.rowStride, 1}, n, a.T, a.dim, false)
	a.v.softmaxRows(&d.p[0], &d.p[0], n, a.T, a.rowStride, a.scale)
}

// Attention is y = softmax(q·kᵀ/√dim)·v of each head, y [N, T, C].
func (v *Vec) Attention(p *Pool, s AttentionShape, y, qkv []float32) *Job {
	a := v.attention(p, s, false)
	// Few heads: each block of queries is an item, and transposes the keys anew.
	blocks := 1
	if s.N*s.Heads < 8 {
		blocks = ceilDiv(s.T, queryBlock)
	}
	row := 3 * s.C
	return NewJob(p, s.N*s.Heads*blocks, func(worker, item int) {
		d, h, n := &a.scratch[worker], item/blocks%s.Heads, item/blocks/s.Heads
		x := qkv[n*s.T*row+h*a.dim:]
		a.transpose(d.kt, x[s.C:], row)
		values := a.collect(d.rows, x[2*s.C:], s.T, row)
		for i := item % blocks * queryBlock; i < s.T; i += blocks * queryBlock {
			m := min(queryBlock, s.T-i)
			a.probabilities(d, matrix{&x[i*row], row, 1}, m)
			to := matrix{&y[(n*s.T+i)*s.C+h*a.dim], s.C, 1}
			a.product(&d.tile, to, matrix{&d.p[0], a.rowStride, 1}, values, m, a.dim, s.T, false)
		}
	})
}
