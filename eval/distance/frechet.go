package distance

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// root is √v, 0 where rounding has made v less.
func root(v float64) float64 { return math.Sqrt(max(0, v)) }

// errEigen is that an iteration has not ended.
var errEigen = errors.New("distance: Fréchet: the eigenvalues of a covariance were not found")

// reference is the Gaussian of the real points with a factor R of its covariance.
type reference struct {
	gaussian
	r      *mat.Dense
	values []float64 // the squares of R's columns
}

func (c *Cores) reference(ctx context.Context, real Points) (*reference, error) {
	g, err := c.gaussian(ctx, vectors{Points: real})
	if err != nil {
		return nil, err
	}
	r, values, ok := g.factor()
	if !ok {
		return nil, errEigen
	}
	return &reference{g, r, values}, nil
}

// product is Rᵀ Σ₂ R, whose eigenvalues are those of Σ₁Σ₂ that are not 0.
func (f *reference) product(g gaussian) *mat.SymDense {
	var half, whole mat.Dense
	half.Mul(g.cov, f.r)
	whole.Mul(f.r.T(), &half)
	n, _ := whole.Dims()
	m := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range n - i {
			m.SetSym(i, i+j, (whole.At(i, i+j)+whole.At(i+j, i))/2)
		}
	}
	return m
}

// to is the Fréchet distance to a Gaussian.
func (f *reference) to(g gaussian) (float64, error) {
	var e mat.EigenSym
	if !e.Factorize(f.product(g), false) {
		return 0, errEigen
	}
	var roots float64
	for _, v := range e.Values(nil) {
		roots += root(v)
	}
	return f.squaredShift(g) + mat.Trace(f.cov) + mat.Trace(g.cov) - 2*roots, nil
}

// squaredShift is ‖μ₁ − μ₂‖².
func (f *reference) squaredShift(g gaussian) (sum float64) {
	for j, v := range f.mean {
		sum += (v - g.mean[j]) * (v - g.mean[j])
	}
	return sum
}

// Frechet is the Fréchet distance of the Gaussians with the moments of the two sets,
//
//	‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr √(Σ₁^½ Σ₂ Σ₁^½)
//
// with covariances by n − 1, in float64; singular ones are taken as they are. It is too large
// for finite sets, by about c/n of either, the more the more coordinates there are. Its
// standard error is of first order, by the influence of each point on the moments: it leaves
// out what is left where the laws are one.
func (c *Cores) Frechet(ctx context.Context, real, generated Points) (Estimate, error) {
	e, _, err := c.frechet(ctx, real, generated)
	return e, err
}

func (c *Cores) frechet(ctx context.Context, real, generated Points) (Estimate, *reference, error) {
	if err := check("Fréchet distance", 2, real, generated); err != nil {
		return Estimate{}, nil, err
	}
	f, err := c.reference(ctx, real)
	if err != nil {
		return Estimate{}, nil, err
	}
	g, err := c.gaussian(ctx, vectors{Points: generated})
	if err != nil {
		return Estimate{}, nil, err
	}
	d, err := f.to(g)
	if err != nil {
		return Estimate{}, nil, err
	}
	se, err := c.influence(ctx, f, g, real, generated)
	return Estimate{max(0, d), se}, f, err
}

// Limit is the Fréchet distance at infinitely many generated points with the real ones as they
// are (Chong and Forsyth, arXiv 1911.07023): the intercept of a line in 1/N through distances
// of random subsets of N points, N evenly from a tenth of all, or 2D where that is more, to
// all. SE is of the intercept: that of the fitted line, by its residuals, and the first order
// of Frechet, as both are. It takes sizes above 2 and at least 4D generated points, for the
// line is one of few coordinates beside the points.
func (c *Cores) Limit(ctx context.Context, real, generated Points, sizes int, seed uint64) (
	distance, limit Estimate, err error) {
	n, dim := generated.N(), generated.Dim
	if sizes < 3 || n < 4*dim {
		return distance, limit, fmt.Errorf("distance: Fréchet distance at N = ∞: got %d sizes of subsets "+
			"and %d generated vectors of %d coordinates, want at least 3 sizes and %d vectors, 4 for each "+
			"coordinate", sizes, n, dim, 4*dim)
	}
	distance, f, err := c.frechet(ctx, real, generated)
	if err != nil {
		return distance, limit, err
	}
	least := max(n/10, 2*dim, 2)
	inverse, values := make([]float64, sizes), make([]float64, sizes)
	faults := make([]error, sizes)
	err = c.each(ctx, sizes, func(_ *worker, i int) {
		size := n - i*(n-least)/(sizes-1) // the largest first, which takes longest
		inverse[i] = 1 / float64(size)
		g := vectors{Points: generated, order: shuffled(n, size, seed, uint64(i), drawSubset)}.alone()
		values[i], faults[i] = f.to(g)
	})
	if err = errors.Join(append(faults, err)...); err != nil {
		return distance, limit, err
	}
	limit = intercept(inverse, values)
	limit.SE = math.Hypot(limit.SE, distance.SE)
	return distance, limit, nil
}

// intercept is the value at 0 of the line through points (x, y) by least squares, with its
// standard error by the residuals.
func intercept(x, y []float64) Estimate {
	n := float64(len(x))
	mx, my := meanOf(x).Value, meanOf(y).Value
	var xx, xy, rest float64
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
	}
	slope := xy / xx
	at := my - slope*mx
	for i := range x {
		rest += (y[i] - at - slope*x[i]) * (y[i] - at - slope*x[i])
	}
	return Estimate{at, math.Sqrt(rest / (n - 2) * (1/n + mx*mx/xx))}
}
