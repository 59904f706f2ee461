package kernels

import (
	"math"
	"unsafe"
)

// AttentionShape is self-attention (Vaswani et al. 2017) of N sequences of T tokens, with
// C channels in Heads heads of C/Heads. The operand qkv is [N, T, 3C]: the queries, keys
// and values of a token side by side.
type AttentionShape struct {
	N, T, C, Heads int
}

// Flops is the number of floating-point operations of the forward products.
func (s AttentionShape) Flops() float64 {
	return 4 * float64(s.N) * float64(s.T) * float64(s.T) * float64(s.C)
}

// queryBlock is how many queries are computed at a time, so that their scores
// [queryBlock, T] stay in the second-level cache.
const queryBlock = 96

// attentionScratch is the memory that a worker computes in; dim is C/Heads.
type attentionScratch struct {
	tile   tile
	kt, vt []float32 // [dim, T]: keys and values transposed
	rows   []float32 // [T, dim]: keys or values
	q, g   []float32 // [queryBlock, dim]: queries, and the gradient of their results
	p, dp  []float32 // [queryBlock, T]: probabilities, and their gradient
}

// attention is what Attention and AttentionGrad share.
type attention struct {
	AttentionShape
	v         *Vec
	arch      *arch
	dim       int
	rowStride int // of matrices with T columns: more than T, and no power of two
	scale     float32
	scratch   []attentionScratch
}

// attention allocates the memory of each worker; backward says that it is for AttentionGrad.
func (v *Vec) attention(p *Pool, s AttentionShape, backward bool) *attention {
	a := &attention{AttentionShape: s, v: v, arch: archOf(v.Level), dim: s.C / s.Heads}
	a.scale = float32(1 / math.Sqrt(float64(a.dim)))
	a.scratch = make([]attentionScratch, p.Workers())
	a.rowStride = ceilDiv(s.T, 16)*16 + 16
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

// matrix is an operand of product: element (i, j) is p[i·row + j·col].
type matrix struct {
	p        *float32
	row, col int
}

// product sets c [m,n] to x [m,k] times y [k,n], or adds that to c. Rows of y and c are
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

// transpose sets dst [dim, T], whose rows are a.rowStride apart, to the transpose of src
// [T, dim], whose rows are row apart.
func (a *attention) transpose(dst, src []float32, row int) {
	whole, depth := 0, a.dim/4*4 // the tokens and channels that packRows has transposed
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

// collect copies n rows of dim elements, which are row apart in src, to dst without gaps,
// so that a product finds them in few lines of the cache.
func (a *attention) collect(dst, src []float32, n, row int) matrix {
	for i := range n {
		copy(dst[i*a.dim:(i+1)*a.dim], src[i*row:])
	}
	return matrix{&dst[0], a.dim, 1}
}

// probabilities sets d.p [n, T] to the softmax of q·kᵀ/√dim for n queries.
func (a *attention) probabilities(d *attentionScratch, q matrix, n int) {
	scores, keys := matrix{&d.p[0], a.rowStride, 1}, matrix{&d.kt[0], a.rowStride, 1}
	a.product(&d.tile, scores, q, keys, n, a.T, a.dim, false)
	a.v.softmaxRows(&d.p[0], &d.p[0], n, a.T, a.rowStride, a.scale)
}

// Attention is y = softmax(q·kᵀ/√dim)·v of each head, y [N, T, C].
func (v *Vec) Attention(p *Pool, s AttentionShape, y, qkv []float32) *Job {
	a := v.attention(p, s, false)
	// With few heads each block of queries is an item, which transposes the keys itself.
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
