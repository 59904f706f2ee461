package kernel

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/plan"
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

// attentionDesk is a worker's scratch.
type attentionDesk struct {
	tile   tile
	kt, vt []float32 // [dim, T]: keys and values transposed
	p, dp  []float32 // [queryBlock, T]: probabilities, and their gradient
}

// attention is what both directions share: a shape and the kernels of a level.
type attention struct {
	AttentionShape
	v     *Vec
	arch  *arch
	dim   int
	scale float32
	desks []attentionDesk
}

func (v *Vec) attention(p *Pool, s AttentionShape, backward bool) *attention {
	a := &attention{AttentionShape: s, v: v, arch: archOf(v.Level), dim: s.C / s.Heads}
	a.scale = float32(1 / math.Sqrt(float64(a.dim)))
	a.desks = make([]attentionDesk, p.Workers())
	rows := min(s.T, queryBlock)
	for i := range a.desks {
		d := &a.desks[i]
		d.kt, d.p = aligned(a.dim*s.T), aligned(rows*s.T)
		if backward {
			d.vt, d.dp = aligned(a.dim*s.T), aligned(rows*s.T)
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
	t, d := a.T, 0
	wide := a.arch.packWide
	if wide == 0 {
		wide = 1
	}
	k4 := a.dim / 4
	i := 0
	if a.arch.packRows != nil && k4 > 0 {
		for ; i+wide <= t; i += wide {
			a.arch.packRows(at(dst, i), 4*t, at(src, i*row), 4*row, k4)
		}
		d = 4 * k4
	}
	for r := range t {
		first := d
		if r >= i {
			first = 0
		}
		for k := first; k < a.dim; k++ {
			dst[k*t+r] = src[r*row+k]
		}
	}
}

// probabilities sets d.p to the softmax of the scores of rows queries at q.
func (a *attention) probabilities(d *attentionDesk, q *float32, rows int) {
	a.product(&d.tile, matrix{&d.p[0], a.T, 1}, matrix{q, 3 * a.C, 1}, matrix{&d.kt[0], a.T, 1}, rows, a.T, a.dim, false)
	n := rows * a.T
	a.v.blocks[plan.Scale](&d.p[0], &d.p[0], nil, n, a.scale)
	for r := 0; r < n; r += a.T {
		a.v.softmax(d.p[r:r+a.T], d.p[r:r+a.T])
	}
}

// Attention is y = softmax(q·kᵀ/√dim)·v of each head, y [N, T, C].
func (v *Vec) Attention(p *Pool, s AttentionShape, y, qkv []float32) *Job {
	a := v.attention(p, s, false)
	// Few heads: each block of queries is an item, and transposes the keys anew.
	blocks := 1
	if s.N*s.Heads < 8 {
		blocks = cuts(s.T, queryBlock)
	}
	return NewJob(p, s.N*s.Heads*blocks, func(worker, item int) {
		d, h, n := &a.desks[worker], item/blocks%s.Heads, item/blocks/s.Heads
		x := qkv[n*s.T*3*s.C+h*a.dim:]
		a.transpose(d.kt, x[s.C:], 3*s.C)
		for q := item % blocks * queryBlock; q < s.T; q += blocks * queryBlock {
			rows := min(queryBlock, s.T-q)
			a.probabilities(d, &x[q*3*s.C], rows)
			a.product(&d.tile, matrix{&y[(n*s.T+q)*s.C+h*a.dim], s.C, 1}, matrix{&d.p[0], s.T, 1},
				matrix{&x[2*s.C], 3 * s.C, 1}, rows, a.dim, s.T, false)
		}
	})
}
