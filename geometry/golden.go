package geometry

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

// golden is a value that 25-digit arithmetic gave for the triangle at the probe, on
// the linear schedule with t ~ U[.02, .98].
type golden struct {
	target, quantity string
	want             float64
	digits           float64 // half a unit of its last digit, at least a few of float64's
	of               func(Point) float64
}

// goldens is the table. What does not depend on the target is listed under noise.
func goldens() []golden {
	const long, short = 5e-13, 5e-9
	energy := func(p Point) float64 { return p.Energy }
	lambda, scale := func(p Point) float64 { return *p.Lambda }, func(p Point) float64 { return *p.CScale }
	grad := func(i int) func(Point) float64 { return func(p Point) float64 { return p.GradEnergy[i] } }
	f := func(i int) func(Point) float64 { return func(p Point) float64 { return p.Field[i] } }
	natural := func(i int) func(Point) float64 { return func(p Point) float64 { return p.Natural[i] } }
	transport := func(i int) func(Point) float64 { return func(p Point) float64 { return p.Transport[i] } }
	return []golden{
		{"noise", "E_marg", 1.65706819447603, 5e-15, energy},
		{"noise", "∇E_marg, 1", 1.03822951085632, 5e-15, grad(0)},
		{"noise", "∇E_marg, 2", .445808228311692, 2e-15, grad(1)},
		{"noise", "E[t|u]", .573160849261, long, func(p Point) float64 { return p.TMean }},
		{"noise", "Var(t|u)", .0396965366928, long / 10, func(p Point) float64 { return p.TVar }},
		{"noise", "f*, 1", .542605161064, long, f(0)},
		{"noise", "f*, 2", .214378664242, long, f(1)},
		{"noise", "λ̄", .573160849261, long, lambda},
		{"noise", "natural, 1", .59507251, short, natural(0)},
		{"noise", "transport, 1", -.052467347, short / 10, transport(0)},
		{"data", "f*, 1", .226321547152, long, f(0)},
		{"data", "f*, 2", .302094381067, long, f(1)},
		{"data", "λ̄", -2.36767491255, 5e-12, lambda},
		{"data", "c̄", 3.94083576181, 5e-12, scale},
		{"velocity", "f*, 1", .316283613912, long, f(0)},
		{"velocity", "f*, 2", -.0877157168246, long / 10, f(1)},
		{"velocity", "λ̄", 2.94083576181, 5e-12, lambda},
		{"velocity", "c̄", -3.94083576181, 5e-12, scale},
		{"velocity", "natural, 1", 3.0532625, 5e-8, natural(0)},
		{"velocity", "transport, 1", -.96360277, short, transport(0)},
		{"eqm-linear", "f*, 1", .223678452848, long, f(0)},
		{"eqm-linear", "f*, 2", -.0520943810667, long / 10, f(1)},
		{"eqm-linear", "λ̄", 2.36767491255, 5e-12, lambda},
		{"eqm-linear", "c̄", -2.94083576181, 5e-12, scale},
	}
}

// goldenTargets are the targets of the table.
func goldenTargets() map[string]field.Target {
	s := field.Linear()
	return map[string]field.Target{"noise": field.Noise(s), "data": field.Data(s),
		"velocity":   field.Velocity(s),
		"eqm-linear": field.Equilibrium(s, field.LinearGain(1))}
}

// goldenTable measures every golden value. worst is the largest difference, as a part of
// what is allowed, and quadrature the largest estimated error.
func goldenTable() (t Table, worst, quadrature float64, err error) {
	t = Table{Name: "golden",
		Title:   "Golden values: three points at u = (0.45, 0.25), 25-digit arithmetic against ours",
		Columns: []string{"target", "quantity", "quoted", "measured", "difference", "allowed"}}
	at := map[string]Point{}
	for name, target := range goldenTargets() {
		a, err := exact.New(field.NewProcess(field.Linear(), target, field.Uniform(0.02, 0.98)), triangle)
		if err != nil {
			return t, 0, 0, err
		}
		if at[name], err = measure(a, probe); err != nil {
			return t, 0, 0, err
		}
		quadrature = max(quadrature, at[name].QuadratureError)
	}
	for _, g := range goldens() {
		got := g.of(at[g.target])
		worst = max(worst, math.Abs(got-g.want)/g.digits)
		t.add(g.target, g.quantity, fmt.Sprintf("%.15g", g.want), fmt.Sprintf("%.15g", got), got-g.want,
			g.digits)
	}
	return t, worst, quadrature, nil
}

// metricTable has λ̄ of each target beside posterior averages of t.
func metricTable(prior field.Prior) (t Table, measured string, err error) {
	t = Table{Name: "metric", Title: "What the conformal gain λ̄ is at the probe",
		Columns: []string{"target", "λ(t)", "λ̄ = E[λ|u]", "E[t|u]", "E[t|u]² + Var", "Var(t|u)"}}
	s := field.Linear()
	for _, target := range []field.Target{field.Noise(s), field.Data(s), field.Velocity(s),
		field.Equilibrium(s, field.LinearGain(1))} {
		p := field.NewProcess(s, target, prior)
		a, err := exact.New(p, triangle)
		if err != nil {
			return t, "", err
		}
		q, err := measure(a, probe)
		if err != nil {
			return t, "", err
		}
		t.add(target.Name, p.Lambda.String(), *q.Lambda, q.TMean, q.TMean*q.TMean+q.TVar, q.TVar)
		measured += fmt.Sprintf("%s: λ̄ = %.4f; ", target.Name, *q.Lambda)
		if target.Name == "eqm" {
			measured += fmt.Sprintf("E[t|u] = %.4f, Var(t|u) = %.4f.", q.TMean, q.TVar)
		}
	}
	return t, measured, nil
}
