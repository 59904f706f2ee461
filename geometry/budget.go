package geometry

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

// pathSteps is how many steps of the exact move a budget is summed over.
const pathSteps = 50

// budget is what errors of a blind field add up to along a path.
type budget struct {
	// noise is ∫ rms‖Δε‖ d(b/a), with Δε = (a/det) Δf: the displacement of the datum if
	// nothing amplified or undid it. No clock enters it.
	noise float64
	// displacement is Σ Π|κ_j| |η_i| rms‖Δf_i‖: that of a path whose later fields do not
	// notice it.
	displacement float64
	// sun is log₁₀ Σ A_i B_i with A_i = Π_{j>i}(κ_j + |η_j| L_j), B_i = |η_i| δ_i (Sun et
	// al., arXiv 2502.13129, Statement 3).
	sun float64
}

// budgetOf sums along the path of tr, whose times are evenly spaced, or geometric on a
// schedule without an end.
func budgetOf(ctx context.Context, a *exact.Blind, tr trial, in Inputs) (budget, error) {
	p := tr.process
	data := eight()
	times := spaced(tr.from, tr.to, pathSteps+1)
	if p.Schedule.Endless() {
		times = geometric(tr.from, tr.to, pathSteps+1)
	}
	var b budget
	in.Draws = min(in.Draws, 32)
	size, bound := 0.0, math.Inf(-1) // of the displacement so far; log of Sun's
	ratio := func(t float64) float64 { return p.Schedule.B.Eval(t) / p.Schedule.A.Eval(t) }
	for i, t := range times[:pathSteps] {
		sq, err := driftError(ctx, a, data, t, in)
		if err != nil {
			return budget{}, err
		}
		steep, err := lipschitz(ctx, a, data, t, in)
		if err != nil {
			return budget{}, err
		}
		delta := root(sq).Mean
		k := p.At(t)
		kappa, eta := p.Step(t, times[i+1])
		b.noise += math.Abs(k.A/k.Det()) * delta * math.Abs(ratio(t)-ratio(times[i+1]))
		size = size*math.Abs(kappa) + math.Abs(eta)*delta
		bound = logAdd(bound+math.Log(math.Abs(kappa)+math.Abs(eta)*steep), math.Log(math.Abs(eta)*delta))
	}
	b.displacement, b.sun = size, bound/math.Ln10
	return b, nil
}

// logAdd is log(eˣ + eʸ).
func logAdd(x, y float64) float64 {
	if x < y {
		x, y = y, x
	}
	if math.IsInf(y, -1) {
		return x
	}
	return x + math.Log1p(math.Exp(y-x))
}

// lipschitz is the largest ‖f*(u + h) − f*(u)‖/‖h‖ seen on the shell, along ε and along
// a random direction.
func lipschitz(ctx context.Context, a *exact.Blind, data exact.Mixture, t float64, in Inputs) (float64,
	error) {
	k := a.Process.At(t)
	const n = 8
	seen := make([]float64, n)
	err := each(ctx, n, nil, func(i int) error {
		u := onShell(data, k, in.Seed, uint64(i))
		f, err := a.Field(u)
		if err != nil {
			return err
		}
		for way := range 2 {
			h := normals(len(u), in.Seed, uint64(i), 1+way)
			scale := 1e-5 * k.B
			moved := make([]float64, len(u))
			for j := range u {
				moved[j] = u[j] + scale*h[j]
			}
			g, err := a.Field(moved)
			if err != nil {
				return err
			}
			for j := range g {
				g[j] -= f[j]
			}
			seen[i] = max(seen[i], norm(g)/(scale*norm(h)))
		}
		return nil
	})
	var largest float64
	for _, v := range seen {
		largest = max(largest, v)
	}
	return largest, err
}

// judge adds what the process decides, and what is measured of it, to the table.
func judge(ctx context.Context, a *exact.Blind, tr trial, in Inputs, table *Table) error {
	p := tr.process
	b, err := budgetOf(ctx, a, tr, in)
	if err != nil {
		return err
	}
	rate, err := feedback(p)
	if err != nil {
		return err
	}
	s := p.Stability()
	k := math.Log(p.Schedule.B.Eval(1e-6)/p.Schedule.B.Eval(1e-8)) / math.Log(100)
	table.add(p.Schedule.Name, p.Target.Name, power("t", s.NuData), power("b", s.NuData/k),
		power("(1−t)", s.NuNoise), s.Feedback, fmt.Sprintf("%.4f", rate), b.noise, b.displacement, b.sun)
	return nil
}

// power is 1 over a distance to the power order.
func power(distance string, order float64) string {
	order = math.Round(100*order) / 100
	if order == 0 {
		return "bounded"
	}
	return fmt.Sprintf("%s^−%g", distance, order)
}

// feedback measures the rate at which the blind flow undoes a radial error near one
// atom in 1024 dimensions, on the shell at t = 1e-4, for each e-fold of b:
//
//	(b/ḃ)(μ + ν ∂f_r/∂r)
func feedback(p *field.Process) (float64, error) {
	const dim, t, step = 1024, 1e-4, 1e-3
	a, err := exact.New(p, origin(dim))
	if err != nil {
		return 0, err
	}
	b := p.Schedule.B.Eval(t)
	r := b * math.Sqrt(dim)
	up, err := a.Field(along(dim, r*(1+step)))
	if err != nil {
		return 0, err
	}
	down, err := a.Field(along(dim, r*(1-step)))
	if err != nil {
		return 0, err
	}
	slope := (up[0] - down[0]) / (2 * step * r)
	return b / p.DB.Eval(t) * (p.Mu.Eval(t) + p.Nu.Eval(t)*slope), nil
}

// definitionErrata are about what λ, ν and the names of targets are.
func definitionErrata() ([]Erratum, error) {
	edm, lin := field.EDM(), field.Linear()
	data := field.NewProcess(edm, field.Data(edm), field.Uniform(0, 10))
	eqm := field.NewProcess(lin, field.Equilibrium(lin, field.TruncatedGain(.8, 4)), field.Uniform(0, 1))
	arrival, err := sample.Defaults().Arrival(eqm)
	if err != nil {
		return nil, err
	}
	uedm := field.NewProcess(edm, field.UEDM(edm, .5), field.Uniform(0, 10))
	coefs := ""
	for _, t := range []float64{.05, .5, 5} {
		k := uedm.At(t)
		coefs += fmt.Sprintf("σ = %g: (c, d) = (%.3f, %.3f); ", t, k.C, k.D)
	}
	return []Erratum{
		{7, "DDPM and EDM have gain ≈ b and zero drift (Appendix E).",
			"With Table 1's EDM, c = 1 and d = 0, the gain is −σ² and the drift is u.",
			fmt.Sprintf("λ = %v and c/a = %v for %s/%s.", data.Lambda, data.Drift, data.Schedule.Name,
				data.Target.Name)},
		{8, "Equilibrium Matching is sampled by the unified ODE.",
			"Its sampler is gradient descent, which follows −f; the unified ODE divides by κ and is the " +
				"flow of data prediction.",
			fmt.Sprintf("ν = %v has a pole at the data; the official recipe, 249 updates of descent, "+
				"ends where noise/data = %.2g.", eqm.Nu, arrival.Ratio)},
		{9, "uEDM predicts velocity (Table 3).",
			"Its target is x − c_skip u: like noise times −σ at low noise and the datum at high noise; " +
				"velocity there is (0, 1).",
			coefs + "velocity: (0, 1)."},
	}, nil
}
