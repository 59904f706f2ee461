package geometry

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

// triangle is the data of the landscape and of the golden table, and probe the point
// that the table is about.
var (
	triangle = exact.Mixture{Points: [][]float64{{0.7, -0.4}, {-1.1, 0.3}, {0.2, 1.0}}}
	probe    = []float64{0.45, 0.25}
)

func landscape() Figure {
	return Figure{Name: "landscape",
		About: "the marginal energy of three points, and the blind field on it (Figure 1)",
		Cost:  15, Inputs: Inputs{}, compute: computeLandscape}
}

func computeLandscape(ctx context.Context, _ Inputs, progress func(done, of int)) (*Result, error) {
	const side, span = 81, 1.7
	prior := field.Uniform(0.02, 0.98)
	s := field.Linear()
	p := field.NewProcess(s, field.Equilibrium(s, field.LinearGain(1)), prior)
	a, err := exact.New(p, triangle)
	if err != nil {
		return nil, err
	}
	axis := spaced(-span, span, side)
	energy, least, most, err := surface(ctx, a, axis, progress)
	if err != nil {
		return nil, err
	}
	lines, err := fieldLines(ctx, a, span)
	if err != nil {
		return nil, err
	}
	golden, worst, quadrature, err := goldenTable()
	if err != nil {
		return nil, err
	}
	metric, measured, err := metricTable(prior)
	if err != nil {
		return nil, err
	}
	atoms := Line{Name: "data", Marks: true}
	for _, x := range triangle.Points {
		atoms.X, atoms.Y = append(atoms.X, x[0]), append(atoms.Y, x[1])
	}
	energy.Levels = spaced(math.Floor(least), 4, 2*int(4-math.Floor(least))+1)
	energy.Top = 4.5
	return &Result{
		Title: "The marginal energy of three points",
		Text: []string{
			"The energy E_marg(u) = −log p(u), p(u) = ∫ p(u|t) p(t) dt, has a well at each datum, as deep " +
				"as the least noise lets it be. White lines are field lines of −f* for eqm-linear: the way " +
				"a noise-blind sampler goes; contours are 0.5 apart, the last at 4.",
			fmt.Sprintf("Over the window the energy runs from %.2f to %.2f; the paper's Figure 1 shows "+
				"about −2.25 to "+
				"3.75 for atoms of its own.", least, most)},
		Label: fmt.Sprintf("quadrature, relative error ≤ %.1g; golden values are within %.2g of half their "+
			"last digit",
			quadrature, worst),
		Prior:  "linear, t ~ uniform[0.02, 0.98]",
		Tables: []Table{golden, metric},
		Plots: []Plot{
			{Name: "landscape", Title: "E_marg, contours and field lines of −f*", X: "u1", Y: "u2",
				Square: true,
				Heat:   energy, Lines: append(lines, atoms)},
			{Name: "landscape-surface", Title: "E_marg as a surface", X: "u1", Y: "u2", Surface: energy},
		},
		Errata: []Erratum{{10,
			"The posterior variance of the noise acts as the conformal metric (Figure 1, conclusion).",
			"The metric is g = λ̄⁻¹ I with λ̄ = E[λ(t)|u]: for noise prediction the posterior mean of b, " +
				"for Equilibrium Matching that of b²/a; the variance of t is another number.", measured}},
	}, nil
}

// surface is the energy on a square grid, with its least and largest value.
func surface(ctx context.Context, a *exact.Blind, axis []float64, progress func(done, of int)) (h *Heat,
	least, most float64, err error) {
	h = &Heat{X: axis, Y: axis, Z: make([][]float64, len(axis))}
	err = each(ctx, len(axis), progress, func(j int) error {
		h.Z[j] = make([]float64, len(axis))
		for i, x := range axis {
			e, err := a.Energy([]float64{x, axis[j]})
			if err != nil {
				return err
			}
			h.Z[j][i] = e
		}
		return nil
	})
	least, most = math.Inf(1), math.Inf(-1)
	for _, row := range h.Z {
		for _, e := range row {
			least, most = min(least, e), max(most, e)
		}
	}
	return h, least, most, err
}

// fieldLines follows −f* at unit speed from the border of the window and from points
// within, until it comes near a datum.
func fieldLines(ctx context.Context, a *exact.Blind, span float64) ([]Line, error) {
	var starts [][]float64
	for _, at := range spaced(-span, span, 9) {
		starts = append(starts, []float64{at, span}, []float64{at, -span}, []float64{span, at},
			[]float64{-span, at})
	}
	lines := make([]Line, len(starts))
	err := each(ctx, len(starts), nil, func(i int) error {
		const step, most, near = 0.02, 400, 0.03
		u := starts[i]
		lines[i] = Line{Thin: true, X: []float64{u[0]}, Y: []float64{u[1]}}
		for range most {
			f, err := a.Field(u)
			if err != nil {
				return err
			}
			size := norm(f)
			for _, x := range triangle.Points {
				if math.Hypot(u[0]-x[0], u[1]-x[1]) < near {
					return nil
				}
			}
			if size < 1e-6 {
				return nil
			}
			u = []float64{u[0] - step*f[0]/size, u[1] - step*f[1]/size}
			lines[i].X, lines[i].Y = append(lines[i].X, u[0]), append(lines[i].Y, u[1])
		}
		return nil
	})
	return lines, err
}
