package distance

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// gaussian is the mean and the covariance of points, by n − 1, in float64.
type gaussian struct {
	n    int
	mean []float64
	cov  *mat.SymDense
}

// chunkRows is how many points are made float64 at a time, and blockColumns how many rows of a
// covariance one worker adds up.
const chunkRows, blockColumns = 256, 128

// gaussian is that of points in their order.
func (c *Cores) gaussian(ctx context.Context, p vectors) (gaussian, error) {
	g := newGaussian(p)
	blocks := (p.Dim + blockColumns - 1) / blockColumns
	err := c.each(ctx, blocks, func(_ *worker, b int) { g.add(p, b*blockColumns) })
	return g, err
}

// alone is the gaussian of points, by one worker.
func (p vectors) alone() gaussian {
	g := newGaussian(p)
	for from := 0; from < p.Dim; from += blockColumns {
		g.add(p, from)
	}
	return g
}

func newGaussian(p vectors) gaussian {
	n := p.count()
	g := gaussian{n, make([]float64, p.Dim), mat.NewSymDense(p.Dim, nil)}
	for i := range n {
		for j, v := range p.Row(p.at(i)) {
			g.mean[j] += float64(v)
		}
	}
	for j := range g.mean {
		g.mean[j] /= float64(n)
	}
	return g
}

// count is how many vectors there are.
func (v vectors) count() int {
	if v.order == nil {
		return v.N()
	}
	return len(v.order)
}

// add sets the rows of the covariance from one on, at most blockColumns of them, right of and
// on the diagonal.
func (g *gaussian) add(p vectors, from int) {
	to := min(from+blockColumns, p.Dim)
	width := p.Dim - from
	raw := g.cov.RawSymmetric()
	out := blas64.General{Rows: to - from, Cols: width, Stride: width, Data: make([]float64, (to-from)*width)}
	chunk := make([]float64, chunkRows*width)
	for first := 0; first < g.n; first += chunkRows {
		rows := min(chunkRows, g.n-first)
		for i := range rows {
			g.centred(chunk[i*width:(i+1)*width], p, first+i, from)
		}
		x := blas64.General{Rows: rows, Cols: width, Stride: width, Data: chunk}
		left := x
		left.Cols = to - from
		blas64.Gemm(blas.Trans, blas.NoTrans, 1/float64(g.n-1), left, x, 1, out)
	}
	for i := range to - from {
		copy(raw.Data[(from+i)*raw.Stride+from+i:(from+i)*raw.Stride+p.Dim], out.Data[i*width+i:(i+1)*width])
	}
}

// centred sets dst to the coordinates of vector i from one on, less the mean.
func (g *gaussian) centred(dst []float64, p vectors, i, from int) {
	for j, v := range p.Row(p.at(i))[from:] {
		dst[j] = float64(v) - g.mean[from+j]
	}
}

// factor is R [D, r] with R Rᵀ = the covariance: eigenvectors times √λ, of the r eigenvalues
// above D·2⁻⁵² of the largest. ok is false where the eigenvalues are not found.
func (g *gaussian) factor() (r *mat.Dense, values []float64, ok bool) {
	var e mat.EigenSym
	if !e.Factorize(g.cov, true) {
		return nil, nil, false
	}
	dim := len(g.mean)
	all := e.Values(nil) // ascending
	first := 0
	for first < dim-1 && !(all[first] > float64(dim)*0x1p-52*all[dim-1]) {
		first++
	}
	values = all[first:]
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	r = mat.DenseCopyOf(vectors.Slice(0, dim, first, dim))
	r.Apply(func(_, j int, v float64) float64 { return v * root(values[j]) }, r)
	return r, values, true
}
