package geometry

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/meter"
)

func concentration() Figure {
	return Figure{Name: "concentration",
		About: "how well a point tells its noise: Var(t|u) by dimension, α by schedule and prior",
		Cost:  10, Inputs: Inputs{Seed: 1, Draws: 64, Dims: []int{2, 4, 8, 16, 32, 64, 128, 512, 3072}},
		compute: computeConcentration}
}

// origin is one atom at 0 of dim dimensions.
func origin(dim int) exact.Mixture { return exact.Mixture{Points: [][]float64{make([]float64, dim)}} }

// along is the point at distance r from 0 in dim dimensions.
func along(dim int, r float64) []float64 {
	u := make([]float64, dim)
	u[0] = r
	return u
}

// widths measures Var(t|u) on the shell at t = 0.5 by dimension.
func widths(ctx context.Context, in Inputs, progress func(done, of int)) (width Table, p Plot, err error) {
	width = Table{Name: "concentration",
		Title:   "Var(t|u) on the shell at t = 0.5, linear schedule, t ~ U[0, 1], one atom",
		Columns: []string{"D", "E Var(t|u)", "standard error", "t²/2D", "ratio"}}
	var dims, got, law []float64
	const t = 0.5
	s := field.Linear()
	for k, dim := range in.Dims {
		a, err := exact.New(field.NewProcess(s, field.Noise(s), field.Uniform(0, 1)), origin(dim))
		if err != nil {
			return width, p, err
		}
		vars := make([]float64, in.Draws)
		err = each(ctx, in.Draws, nil, func(i int) error {
			u := normals(dim, in.Seed, uint64(i), k)
			for j := range u {
				u[j] *= t
			}
			q, err := a.At(u)
			vars[i] = q.Var
			return err
		})
		if err != nil {
			return width, p, err
		}
		e, want := meter.Mean(vars), t*t/(2*float64(dim))
		width.add(dim, e.Mean, e.SE, want, e.Mean/want)
		dims, got, law = append(dims, float64(dim)), append(got, e.Mean), append(law, want)
		progress(k+1, len(in.Dims)+1)
	}
	return width, Plot{Name: "concentration", Title: "The posterior width of t on the shell", X: "D",
		Y: "Var(t|u)", LogX: true, LogY: true, Lines: []Line{predicted("t²/2D", dims, law),
			{Name: "measured", X: dims, Y: got, Marks: true}}}, nil
}

func computeConcentration(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error) {
	width, widthPlot, err := widths(ctx, in, progress)
	if err != nil {
		return nil, err
	}
	shape, threshold, scale, err := shapes()
	if err != nil {
		return nil, err
	}
	progress(len(in.Dims)+1, len(in.Dims)+1)
	return &Result{
		Title: "A point tells its noise",
		Text: []string{"The posterior of t given u is a peak of relative width 1/√2D (Sun et al., " +
			"Statement 1). Beside a datum it is an inverse gamma of shape α = κ/2 − (m+1)/2k for b ~ t^k, " +
			"p(t) ~ t^m and codimension κ, so that r‖∇E_marg‖ → 2α, and it concentrates where α > 0."},
		Label: fmt.Sprintf("width: Monte Carlo over u, n = %d, standard errors in the table; the posterior "+
			"of each u and "+
			"the second table: quadrature, relative error ≤ 1e-10", in.Draws),
		Prior: "as each table says", Tables: []Table{width, shape},
		Plots: []Plot{widthPlot, threshold},
		Errata: []Erratum{
			{3, "The posterior concentrates near data where the codimension exceeds 2 (Lemmas 5 and 6).",
				"The threshold is α > 0, that is κ > (m+1)/k: it depends on schedule and prior. 2 is that " +
					"of b = √t with uniform t; on the linear schedule it is 1.", "D = 2, linear: " +
					"" + scale[0] + "; D = 2, b = √t: " + scale[1] + "."},
			{4, "A shape above 1 is enough (Lemma 4), by a proof that uses mean and variance.",
				"Those need α > 3 there; the limit itself holds for every α > 0, since the posterior is a " +
					"scale family.",
				"at α = ½ (D = 2, linear) r‖∇E_marg‖ = " + scale[2] + " at r = 1e-3, where 2α = 1."}},
	}, nil
}

// shapes measures 2α = r‖∇E_marg‖ for schedules b ~ t^k and priors t^m, and draws how
// E[t|u]/r behaves on both sides of the threshold.
func shapes() (t Table, p Plot, said [3]string, err error) {
	t = Table{Name: "shape", Title: "r‖∇E_marg‖ at r = 1e-3 from one atom, against 2α = D − (m+1)/k",
		Columns: []string{"schedule", "k", "prior", "D", "measured", "2α", "difference"}}
	for _, c := range []struct {
		s    field.Schedule
		k    float64
		m    float64
		dims []int
	}{
		{field.Linear(), 1, 0, []int{2, 4, 8, 32}}, {field.VP(), .5, 0, []int{4, 8, 32}},
		{field.Linear(), 1, 1, []int{4, 8}}, {field.Linear(), 1, -.5, []int{2, 8}}, {field.VP(), .5, 1,
			[]int{8, 32}},
	} {
		prior := field.Power(c.m, 0, 1)
		for _, dim := range c.dims {
			a, err := exact.New(field.NewProcess(c.s, field.Noise(c.s), prior), origin(dim))
			if err != nil {
				return t, p, said, err
			}
			const r = 1e-3
			q, err := a.At(along(dim, r))
			if err != nil {
				return t, p, said, err
			}
			want, got := float64(dim)-(c.m+1)/c.k, r*norm(q.Grad)
			t.add(c.s.Name, c.k, fmt.Sprintf("∝ t^%g on [0, 1]", c.m), dim, got, want, got-want)
			if dim == 2 && c.m == 0 {
				said[2] = fmt.Sprintf("%.5f", got)
			}
		}
	}
	p = Plot{Name: "concentration-threshold", Title: "E[t|u] near a datum, D = 2", X: "r", Y: "E[t|u]",
		LogX: true, LogY: true}
	for i, s := range []field.Schedule{field.Linear(), field.VP()} {
		a, err := exact.New(field.NewProcess(s, field.Noise(s), field.Uniform(0, 1)), origin(2))
		if err != nil {
			return t, p, said, err
		}
		l := Line{Name: s.Name, X: geometric(1e-8, 0.5, 33)}
		for _, r := range l.X {
			q, err := a.At(along(2, r))
			if err != nil {
				return t, p, said, err
			}
			l.Y = append(l.Y, q.Mean)
		}
		p.Lines = append(p.Lines, l)
		slope := math.Log(l.Y[8]/l.Y[0]) / math.Log(l.X[8]/l.X[0])
		said[i] = fmt.Sprintf("E[t|u] falls like r^%.2f between r = 1e-8 and %.0e", slope, l.X[8])
	}
	return t, p, said, nil
}
