package distance

import (
	"iter"
	"slices"

	"github.com/stillfield/stillfield/cpu/kernels"
)

// tileRows and tileColumns are the most rows and columns of a tile of products: 790 KB, which
// stay in a core's second cache until they are used. Sets of fewer than manyRows points have
// fewer rows in a tile, so that there are enough for all workers.
const tileRows, tileColumns, fewRows, manyRows = 384, 512, 192, 4000

// strip is rows of tiles, or columns of one.
type strip struct{ from, to int }

// strips cuts n points into rows of tiles.
func strips(n int) []strip {
	if n < manyRows {
		return slices.Collect(cut(0, n, fewRows))
	}
	return slices.Collect(cut(0, n, tileRows))
}

// cut gives the fewest parts of from … end of at most so many, as equal as can be.
func cut(from, end, most int) iter.Seq[strip] {
	n := end - from
	parts := (n + most - 1) / most
	return func(yield func(strip) bool) {
		for p := range parts {
			if !yield(strip{from + p*n/parts, from + (p+1)*n/parts}) {
				return
			}
		}
	}
}

// vectors are points as products take them: in some order, less an origin.
type vectors struct {
	Points
	order  []int     // nil for that of the points
	origin []float32 // nil for 0
	norms  []float32 // ‖x − origin‖² in that order; nil where nothing takes them
}

// at is the number of the point that is i-th in the order.
func (v vectors) at(i int) int {
	if v.order == nil {
		return i
	}
	return v.order[i]
}

// around are the vectors less origin, with their norms.
func (v vectors) around(origin []float32) vectors {
	v.origin, v.norms = origin, make([]float32, v.N())
	for i := range v.norms {
		var s float64
		for j, x := range v.Row(v.at(i)) {
			d := float64(x - origin[j])
			s += d * d
		}
		v.norms[i] = float32(s)
	}
	return v
}

// single is mu in float32.
func single(mu []float64) []float32 {
	o := make([]float32, len(mu))
	for j, v := range mu {
		o[j] = float32(v)
	}
	return o
}

// form says which number a product of x and y gives:
//
//	scale·(x·y) + bias[j] + [norm] ‖x‖²
type form struct {
	scale float32
	bias  []float32 // of y
	norm  bool
}

// room is at least n floats of *b, which it makes where there are fewer.
func room(b *[]float32, n int) []float32 {
	if len(*b) < n {
		*b = kernels.Aligned(n)
	}
	return (*b)[:n]
}

// width is how many coordinates a packed row has: one more for ‖x‖².
func (f form) width(dim int) int {
	if f.norm {
		return dim + 1
	}
	return dim
}

// rows packs rows from to before to of x as the left operand of tiles.
func (w *worker) rows(f form, x vectors, from, to int) {
	width := f.width(x.Dim)
	a := room(&w.a, (to-from)*width)
	for i := from; i < to; i++ {
		row := a[(i-from)*width:]
		w.moved(row, x, i)
		w.scale(&row[0], &row[0], nil, x.Dim, f.scale)
		if f.norm {
			row[x.Dim] = x.norms[i]
		}
	}
	w.gemm = kernels.Gemm{M: to - from, K: width, A: a, RowA: width, ColA: 1, RowB: 1}
}

// moved sets dst to vector i of x.
func (w *worker) moved(dst []float32, x vectors, i int) {
	row := x.Row(x.at(i))
	if x.origin == nil {
		copy(dst, row)
		return
	}
	w.sub(&dst[0], &row[0], &x.origin[0], x.Dim, 0)
}

// tile is the products of the rows with points from to before to of y, row after row.
func (w *worker) tile(f form, y vectors, from, to int) []float32 {
	g, n := &w.gemm, to-from
	g.N, g.RowC, g.C = n, n, room(&w.c, g.M*n)
	if g.Bias = nil; f.bias != nil {
		g.Bias = f.bias[from:to]
	}
	if y.origin == nil && y.order == nil && !f.norm {
		g.B, g.ColB = y.X[from*y.Dim:to*y.Dim], y.Dim
	} else {
		b := room(&w.b, n*g.K)
		for j := range n {
			w.moved(b[j*g.K:], y, from+j)
			if f.norm {
				b[j*g.K+y.Dim] = 1
			}
		}
		g.B, g.ColB = b, g.K
	}
	w.engine.Gemm(g)
	return g.C[:g.M*n]
}
