package geometry

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

func stability() Figure {
	return Figure{Name: "stability",
		About: "Table 2 as measured curves: gain, error on the shell and off it, budget, bound, feedback",
		Cost:  60, Inputs: Inputs{Seed: 3, Draws: 128}, compute: computeStability}
}

// trialSeed is the seed of the eight atoms. The seed of a figure is that of its draws.
const trialSeed = 3

// eight are 8 standard normal points in 16 dimensions.
func eight() exact.Mixture {
	var m exact.Mixture
	for k := range 8 {
		m.Points = append(m.Points, normals(16, trialSeed, uint64(k), 0))
	}
	return m
}

// trial is a process to judge on a path from one time to another.
type trial struct {
	process  *field.Process
	from, to float64
}

// trials are the rows of the table: three schedules, one with no end, and their targets.
func trials() []trial {
	var list []trial
	unit, open := field.Uniform(0, 1), field.Uniform(0, 10)
	for _, s := range []field.Schedule{field.Linear(), field.VP()} {
		for _, target := range []field.Target{field.Noise(s), field.Data(s), field.Velocity(s)} {
			list = append(list, trial{field.NewProcess(s, target, unit), .99, .01})
		}
	}
	lin, edm := field.Linear(), field.EDM()
	list = append(list, trial{field.NewProcess(lin, field.Equilibrium(lin, field.LinearGain(1)), unit),
		.99, .01})
	for _, target := range []field.Target{field.Noise(edm), field.Data(edm), field.UEDM(edm, 1)} {
		list = append(list, trial{field.NewProcess(edm, target, open), 9.9, .01})
	}
	return list
}

// stabilityText says what the table has.
var stabilityText = []string{"Table 2 of the paper has ν = O(1/b) for noise, O(1/b²) for data and 1 for " +
	"velocity. That is so for b ∝ √t alone (vp here), and there velocity is the worst of the three near " +
	"the data.",
	"In the table, feedback is the power of b by which the blind flow itself undoes an error near a datum, " +
		"as the orders of λ and b say and as measured. ∫rms|Δε|d(b/a) is how far errors of the noise move " +
		"the datum, whatever the clock; displacement is Σ Π|κ||η| rms‖Δf‖, as if later fields did not " +
		"notice it; Sun's bound is Σ A_i B_i, which lets every later step amplify it by its Lipschitz " +
		"constant.",
	"Where curves coincide the one drawn first is the wider. On linear they are noise and velocity below " +
		"t = 0.1, and data and eqm, whose field u − x̂ has the error of x̂, everywhere. At the fixed u " +
		"they are noise and velocity of linear and noise of edm; data and eqm have no curve there, for " +
		"the blind field is the other one but for rounding."}

func computeStability(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error) {
	list := trials()
	table := Table{Name: "stability",
		Title: "What each schedule and target makes of errors: 8 atoms in R^16",
		Columns: []string{"schedule", "target", "ν at data", "in b", "ν at noise", "feedback",
			"measured",
			"∫rms|Δε|d(b/a)", "displacement", "log10 Sun bound"}}
	shell := Table{Name: "stability-shell",
		Title:   "rms Δv = |ν|·‖f* − f_t*‖ on the shell: rises or falls as t → 0",
		Columns: []string{"schedule", "target", "t = 0.9", "0.5", "0.1", "0.01", "0.001", "largest rel. se"}}
	fixed := Plot{Name: "stability-fixed",
		Title: "Δv at a fixed u, 0.01 from a datum: off the shell all but data diverge",
		X:     "t", Y: "Δv", LogX: true, LogY: true, Coincide: true}
	var verdicts []string
	plots := map[string]*Plot{}
	var order []*Plot
	for k, tr := range list {
		p := tr.process
		a, err := blindOf(tr)
		if err != nil {
			return nil, err
		}
		name := p.Schedule.Name
		if plots[name] == nil {
			plots[name] = &Plot{Name: "stability-" + name, Title: "rms Δv on the shell, schedule " + name,
				X: "t", Y: fmt.Sprintf("rms Δv, drawn from %.0g on", roundedShell),
				LogX: true, LogY: true, Coincide: true}
			order = append(order, plots[name])
		}
		if err := shellCurve(ctx, a, tr, in, &shell, plots[name]); err != nil {
			return nil, err
		}
		if err := fixedCurve(a, tr, &fixed); err != nil {
			return nil, err
		}
		if err := judge(ctx, a, tr, in, &table); err != nil {
			return nil, err
		}
		verdicts = append(verdicts, p.Stability().Verdict()+".")
		progress(k+1, len(list))
	}
	r := &Result{
		Title: "Stability belongs to schedule and target together", Text: stabilityText, Points: verdicts,
		Label: fmt.Sprintf("Monte Carlo over (x, ε), n = %d a time; fields by quadrature, relative error ≤ "+
			"1e-12; orders and "+
			"feedback rates exact, measured rates by central differences; L of Sun's bound: largest seen, "+
			"a lower estimate", in.Draws),
		Prior: "t ~ uniform[0, 1] on linear and vp, uniform[0, 10] on edm; paths from 0.99 (edm: 9.9) to " +
			"0.01 in 50 steps",
		Tables: []Table{table, shell},
	}
	for _, p := range order {
		r.Plots = append(r.Plots, *p)
	}
	r.Plots = append(r.Plots, fixed)
	var err error
	r.Errata, err = stabilityErrata(shell)
	return r, err
}

// blindOf is the field of the eight atoms under the process of tr.
func blindOf(tr trial) (*exact.Blind, error) { return exact.New(tr.process, eight()) }

// driftError draws ‖f* − f_t*‖² at time t on the shell of a's data.
func driftError(ctx context.Context, a *exact.Blind, data exact.Mixture, t float64, in Inputs) ([]float64,
	error) {
	k := a.Process.At(t)
	out := make([]float64, in.Draws)
	return out, each(ctx, in.Draws, nil, func(i int) error {
		blind, told, err := both(a, onShell(data, k, in.Seed, uint64(i)), t)
		if err != nil {
			return err
		}
		for j, f := range blind {
			out[i] += (f - told[j]) * (f - told[j])
		}
		return nil
	})
}

// onShell is a x + b ε for draw i.
func onShell(data exact.Mixture, k field.Coefficients, seed, i uint64) []float64 {
	x := data.Points[pick(len(data.Points), seed, i)]
	u := normals(len(x), seed, i, 1)
	for j := range u {
		u[j] = k.A*x[j] + k.B*u[j]
	}
	return u
}

// both is the field not told t and the field told t.
func both(a *exact.Blind, u []float64, t float64) (blind, told []float64, err error) {
	if blind, err = a.Field(u); err != nil {
		return nil, nil, err
	}
	c, err := a.Given(u, t)
	return blind, c.Field, err
}

// roundedShell is above what rounding makes of an rms Δv of 0.
const roundedShell = 1e-11

// shellCurve adds a row and a line of rms Δv.
func shellCurve(ctx context.Context, a *exact.Blind, tr trial, in Inputs, table *Table, p *Plot) error {
	data := eight()
	row := []any{tr.process.Schedule.Name, tr.process.Target.Name}
	var worst float64
	l := Line{Name: tr.process.Target.Name}
	tabled := []float64{.9, .5, .1, .01, .001}
	for _, t := range []float64{.95, .9, .8, .65, .5, .3, .2, .1, .06, .03, .01, .003, .001} {
		sq, err := driftError(ctx, a, data, t, in)
		if err != nil {
			return err
		}
		e, nu := root(sq), math.Abs(tr.process.Nu.Eval(t))
		if slices.Contains(tabled, t) {
			worst = max(worst, e.SE/max(e.Mean, math.SmallestNonzeroFloat64))
			row = append(row, nu*e.Mean)
		}
		l.X, l.Y = append(l.X, t), append(l.Y, max(nu*e.Mean, roundedShell))
	}
	table.add(append(row, worst)...)
	p.Lines = append(p.Lines, l)
	return nil
}

// fixedCurve adds Δv(t) at a point 0.01 from a datum.
func fixedCurve(a *exact.Blind, tr trial, p *Plot) error {
	data := eight()
	u := normals(16, trialSeed, 99, 2)
	size := norm(u)
	for j := range u {
		u[j] = data.Points[0][j] + 0.01*u[j]/size
	}
	l := Line{Name: tr.process.Schedule.Name + "/" + tr.process.Target.Name}
	for _, t := range geometric(1e-8, .5, 33) {
		blind, told, err := both(a, u, t)
		if err != nil {
			return err
		}
		var sq float64
		for j, f := range blind {
			sq += (f - told[j]) * (f - told[j])
		}
		if math.Sqrt(sq) > 1e-11*norm(told) { // less is rounding
			l.X, l.Y = append(l.X, t), append(l.Y, math.Abs(tr.process.Nu.Eval(t))*math.Sqrt(sq))
		}
	}
	if len(l.X) > 1 {
		p.Lines = append(p.Lines, l)
	}
	return nil
}

// stabilityErrata has the statements that the tables do not bear out.
func stabilityErrata(shell Table) ([]Erratum, error) {
	measured := ""
	for _, row := range shell.Rows {
		if s, target := row[0], row[1]; s == "vp" && target != "data" || s == "linear" && target == "noise" {
			measured += fmt.Sprintf("%v/%v: %s at t = 0.1, %s at 0.001; ", s, target, Text(row[4]),
				Text(row[6]))
		}
	}
	rest, err := definitionErrata()
	return append([]Erratum{{1, "ν is O(1/b) for noise, O(1/b²) for data and 1 for velocity, which is " +
		"therefore stable (Table 2).",
		"This is b ∝ √t. On linear, ν of noise is 1/(1−t), bounded at the data; on vp velocity has ν = 1 " +
			"and a field that itself diverges like 1/√t. What tells stable from unstable is the feedback, " +
			"not the gain.",
		measured + "rms Δv on the shell."}}, rest...), err
}
