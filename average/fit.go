package average

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Combination is how averages that were kept make another.
type Combination struct {
	X []float64 // the factor of each average that was kept; their sum is 1
	// Residual is ‖Σ xᵢpᵢ − p‖ / ‖p‖ in L², where p is the profile wanted.
	Residual float64
	// Bound is at least ∫|Σ xᵢpᵢ − p| dτ: times the farthest that a weight was from
	// where it ended, it bounds how far the combination is from the average that
	// training would have kept, but for rounding.
	Bound float64
}

// Fit finds the combination of profiles kept that is nearest to want in L². Unlike that
// of EDM2 its factors add up to 1, so that the error is a share of how far the weights
// moved, not of how large they are. It costs len(kept)³/3 multiplications.
//
//	min ‖Σ xᵢpᵢ − p‖² where Σ xᵢ = 1:   x = A⁻¹(b + μ·1),   Aᵢⱼ = ⟨pᵢ, pⱼ⟩, bᵢ = ⟨pᵢ, p⟩
func Fit(kept []Profile, want Profile) (Combination, error) {
	n := len(kept)
	if n == 0 {
		return Combination{}, fmt.Errorf("average: Fit: got no average that was kept, want at least one")
	}
	// In units of the norms ‖pᵢ‖ the diagonal is 1. What is added to it is the rounding
	// of a product of n terms, without which profiles that are nearly one another's
	// combinations have no Cholesky factor.
	ridge := float64(n) * 0x1p-50
	size, b, one := make([]float64, n), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	for i, p := range kept {
		size[i] = math.Sqrt(p.dot(p))
		b.SetVec(i, p.dot(want)/size[i])
		one.SetVec(i, 1/size[i])
	}
	a := mat.NewSymDense(n, nil)
	for i, p := range kept {
		for j := range i {
			a.SetSym(i, j, p.dot(kept[j])/(size[i]*size[j]))
		}
		a.SetSym(i, i, 1+ridge)
	}
	var factor mat.Cholesky
	if !factor.Factorize(a) {
		return Combination{}, fmt.Errorf("average: Fit: got %v, want profiles of γ > −½ after 1 step or more",
			kept)
	}
	var x, y mat.VecDense
	if err := factor.SolveVecTo(&x, b); err != nil {
		return Combination{}, fmt.Errorf("average: Fit: %d profiles: %w", n, err)
	}
	if err := factor.SolveVecTo(&y, one); err != nil {
		return Combination{}, fmt.Errorf("average: Fit: %d profiles: %w", n, err)
	}
	x.AddScaledVec(&x, (1-mat.Dot(one, &x))/mat.Dot(one, &y), &y)
	norm := want.dot(want)
	rest := mat.Inner(&x, a, &x) - 2*mat.Dot(&x, b) + norm
	c := Combination{X: make([]float64, n), Residual: math.Sqrt(math.Max(rest, 0) / norm)}
	for i := range c.X {
		c.X[i] = x.AtVec(i) / size[i]
	}
	// Cauchy and Schwarz over the steps: ∫|r| ≤ √T·‖r‖.
	c.Bound = c.Residual * math.Sqrt(norm*float64(longest(kept, want)))
	return c, nil
}

// longest is the last step that a profile reaches.
func longest(kept []Profile, want Profile) int {
	step := want.Step
	for _, p := range kept {
		step = max(step, p.Step)
	}
	return step
}
