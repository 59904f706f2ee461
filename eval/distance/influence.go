package distance

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// influence is the standard error, of first order, of the Fréchet distance. The influence of a
// generated point is, but for a constant,
//
//	−2(μ₁ − μ₂)·(y − μ₂) + ‖y − μ₂‖² − (y − μ₂)ᵀ T (y − μ₂),   T = Σ₁^½ (Σ₁^½ Σ₂ Σ₁^½)^−½ Σ₁^½
//
// and that of a real one the same with the sets exchanged, T⁻¹ for T. With Σ₁ = R Rᵀ and
// RᵀΣ₂R = V N Vᵀ, T = (R V N^−¼)(…)ᵀ and its inverse is (R Λ⁻¹ V N^¼)(…)ᵀ, Λ = RᵀR.
func (c *Cores) influence(ctx context.Context, f *reference, g gaussian, real, generated Points) (
	float64, error) {
	var e mat.EigenSym
	if !e.Factorize(f.product(g), true) {
		return 0, errEigen
	}
	values := e.Values(nil)
	var v, forth, back mat.Dense
	e.VectorsTo(&v)
	forth.Mul(f.r, &v)
	back.Apply(func(i, j int, x float64) float64 { return x / f.values[j] }, f.r)
	back.Mul(mat.DenseCopyOf(&back), &v)
	// A direction of a generated covariance that is 0 has no first order.
	quarter := func(v float64) float64 { return math.Sqrt(root(v)) }
	least := 0x1p-40 * values[len(values)-1]
	forth.Apply(func(_, j int, x float64) float64 {
		if values[j] > least {
			return x / quarter(values[j])
		}
		return 0
	}, &forth)
	back.Apply(func(_, j int, x float64) float64 { return x * quarter(values[j]) }, &back)
	ofReal, err := c.spread(ctx, vectors{Points: real}, f.gaussian, g.mean, &back)
	if err != nil {
		return 0, err
	}
	ofGenerated, err := c.spread(ctx, vectors{Points: generated}, g, f.mean, &forth)
	return math.Hypot(ofReal, ofGenerated), err
}

// spread is √(var/n) of the influences of points with moments g, beside a set of mean other,
// where w wᵀ is T.
func (c *Cores) spread(ctx context.Context, p vectors, g gaussian, other []float64, w *mat.Dense) (
	float64, error) {
	all := make([]float64, g.n)
	_, columns := w.Dims()
	err := c.each(ctx, (g.n+chunkRows-1)/chunkRows, func(_ *worker, item int) {
		first := item * chunkRows
		rows := min(chunkRows, g.n-first)
		x := mat.NewDense(rows, p.Dim, nil)
		for i := range rows {
			g.centred(x.RawRowView(i), p, first+i, 0)
		}
		y := mat.NewDense(rows, columns, nil)
		y.Mul(x, w)
		for i := range rows {
			var shift, square float64
			for j, v := range x.RawRowView(i) {
				shift -= 2 * (other[j] - g.mean[j]) * v
				square += v * v
			}
			for _, v := range y.RawRowView(i) {
				square -= v * v
			}
			all[first+i] = shift + square*float64(g.n)/float64(g.n-1) // as covariances are by n − 1
		}
	})
	return meanOf(all).SE, err
}
