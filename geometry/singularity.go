package geometry

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

func singularity() Figure {
	return Figure{Name: "singularity",
		About: "the gradient's 1/r at a datum, the metric that cancels it, and the transport that stays",
		Cost:  10, Inputs: Inputs{Dims: []int{4, 8, 32, 128}}, compute: computeSingularity}
}

// approach is what is measured on the way to one atom.
type approach struct {
	ratio      Table // transport/natural at r = 1e-4
	grow, stay Plot  // of what diverges and what does not; of transport/natural
	worst      float64
	said       string
}

func newApproach() *approach {
	return &approach{
		ratio: Table{Name: "transport", Title: "transport/natural along r at r = 1e-4 from one atom, b = t",
			Columns: []string{"D", "target", "λ ∝", "measured", "predicted", "difference"}},
		grow: Plot{Name: "singularity",
			Title: "At a datum, D = 8: the gradient diverges, the gain times it does not",
			X:     "r", Y: "size", LogX: true, LogY: true},
		stay: Plot{Name: "singularity-transport", X: "r", Y: "−transport/natural", LogX: true, LogY: true,
			Title: "−transport/natural does not vanish (noise prediction)"},
	}
}

// measure goes to the atom in dim dimensions, for a target with λ ∝ b^power.
func (ap *approach) measure(ctx context.Context, dim int, target field.Target, power int) error {
	rs := geometric(1e-6, 0.5, 37)
	a, err := exact.New(field.NewProcess(field.EDM(), target, field.Uniform(0, 1)), origin(dim))
	if err != nil {
		return err
	}
	points, err := Measure(ctx, a, radii(dim, append([]float64{1e-4}, rs...)), Derivatives{}, nil)
	if err != nil {
		return err
	}
	want := -float64(power) / float64(dim-1)
	got := points[0].Transport[0] / points[0].Natural[0]
	ap.ratio.add(dim, target.Name, fmt.Sprintf("b^%d", power), got, want, got-want)
	ap.said += fmt.Sprintf("D = %d, %s: %.5f; ", dim, target.Name, got)
	var grad, natural, share []float64
	for _, p := range points[1:] {
		ap.worst = max(ap.worst, p.QuadratureError)
		grad, natural = append(grad, norm(p.GradEnergy)), append(natural, norm(p.Natural))
		share = append(share, norm(p.Transport)/norm(p.Natural))
	}
	if power == 1 {
		ap.stay.Lines = append(ap.stay.Lines, line(fmt.Sprintf("D = %d", dim), rs, share))
	}
	if dim == 8 {
		if power == 1 {
			ap.grow.Lines = append(ap.grow.Lines, line("‖∇E_marg‖", rs, grad))
		}
		ap.grow.Lines = append(ap.grow.Lines, line("gain · ‖∇E_marg‖, "+target.Name, rs, natural))
	}
	return nil
}

func computeSingularity(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error) {
	s := field.EDM()
	ap := newApproach()
	for k, dim := range in.Dims {
		for power, target := range []field.Target{field.Noise(s), field.Data(s)} {
			if err := ap.measure(ctx, dim, target, 1+power); err != nil {
				return nil, err
			}
		}
		progress(k+1, len(in.Dims)+1)
	}
	powers := shellPowers()
	diverging, measured, err := divergence()
	if err != nil {
		return nil, err
	}
	progress(len(in.Dims)+1, len(in.Dims)+1)
	return &Result{
		Title: "The singularity at the data, and the metric",
		Text: []string{"As a function of the distance r, ‖∇E_marg‖ grows like 2α/r on every schedule. As a " +
			"function of the noise level on the shell r = b√D, ‖∇E_t‖ grows like t^−p with p = k for b ~ " +
			"t^k: the paper's 1/t^p. The gain λ̄ vanishes at the rate that keeps λ̄∇E_marg finite (noise, " +
			"velocity) or makes it vanish (data, Equilibrium Matching)."},
		Label: fmt.Sprintf("quadrature, relative error ≤ %.1g; the powers on the shell are exact",
			ap.worst),
		Prior:  "edm schedule (a = 1, b = t), t ~ uniform[0, 1], unless a table says otherwise",
		Tables: []Table{ap.ratio, powers, diverging}, Plots: []Plot{ap.grow, ap.stay},
		Errata: []Erratum{
			{2, "The transport correction becomes negligible near the data (Regime II, Equation 18).",
				"The posterior keeps its relative width, so transport/natural → −1/2α for λ ∝ b and −1/α " +
					"for λ ∝ b², at every r.",
				ap.said + "at r = 1e-4; the second picture shows it level from r = 1e-6."},
			{5, "Quadrature over t in [ε, 1] serves for the decomposition.",
				"On the linear schedule λ̄ and E[c/a|u] diverge like −log(1−t_max): the three parts are " +
					"huge and cancel.",
				measured}},
	}, nil
}

func radii(dim int, rs []float64) [][]float64 {
	points := make([][]float64, len(rs))
	for i, r := range rs {
		points[i] = along(dim, r)
	}
	return points
}

// shellPowers is −d log‖∇E_t‖/d log t on the shell r = b√D of one atom, where
// ‖∇E_t‖ = √D/b: exact but for the difference quotient.
func shellPowers() Table {
	t := Table{Name: "power", Title: "p of ‖∇E_t‖ ~ t^−p on the shell, between t = 1e-8 and 1e-6",
		Columns: []string{"schedule", "measured p", "k of b ~ t^k"}}
	for _, c := range []struct {
		s field.Schedule
		k float64
	}{{field.Linear(), 1}, {field.EDM(), 1}, {field.Trig(), 1}, {field.VP(), .5}, {field.VPSDE(.1, 20), .5},
		{field.Cosine(.008), .5}} {
		t.add(c.s.Name, math.Log(c.s.B.Eval(1e-6)/c.s.B.Eval(1e-8))/math.Log(100), c.k)
	}
	return t
}

// divergence is λ̄ of velocity at the probe as the prior comes nearer to t = 1.
func divergence() (t Table, measured string, err error) {
	t = Table{Name: "divergence",
		Title:   "velocity on linear at u = (0.45, 0.25), three points: t ~ U[0.02, t_max]",
		Columns: []string{"1 − t_max", "λ̄", "E[c/a|u]", "‖natural‖", "‖f*‖"}}
	s := field.Linear()
	for _, left := range []float64{.1, .01, .001, 1e-4, 1e-5} {
		p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 1-left))
		a, err := exact.New(p, triangle)
		if err != nil {
			return t, "", err
		}
		q, err := measure(a, probe)
		if err != nil {
			return t, "", err
		}
		t.add(left, *q.Lambda, *q.CScale, norm(q.Natural), norm(q.Field))
		measured += fmt.Sprintf("1 − t_max = %g: λ̄ = %.2f; ", left, *q.Lambda)
	}
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 1))
	measured += "at t_max = 1: " + p.Finiteness().Decomposition.Why + "."
	return t, measured, nil
}
