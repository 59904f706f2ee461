package field

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"pgregory.net/rapid"
)

// row is one line of the table of methods, each coefficient in closed form.
type row struct {
	name                string
	p                   *Process
	a, b, c, d          func(t float64) float64
	lambda, drift, det  func(t float64) float64
	mu, nu              func(t float64) float64
	from, to            float64
	exactMu, exactTrans bool // μ is the constant 0, ν the constant 1
}

func constant(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// VP with b = √t in closed form.
func vpA(t float64) float64  { return math.Sqrt(1 - t) }
func vpB(t float64) float64  { return math.Sqrt(t) }
func vpDA(t float64) float64 { return -0.5 / math.Sqrt(1-t) }
func vpDB(t float64) float64 { return 0.5 / math.Sqrt(t) }
func vpW(t float64) float64  { return 0.5 / math.Sqrt(t*(1-t)) } // ḃa − ȧb

func vpRows() []row {
	s := VP()
	mk := func(name string, tg Target, r row) row {
		r.name, r.p, r.a, r.b, r.from, r.to = name, NewProcess(s, tg, Uniform(0, 1)), vpA, vpB, 0.01, 0.99
		return r
	}
	return []row{
		mk("ε on VP", Noise(s), row{c: constant(0), d: constant(1), lambda: vpB, drift: constant(0), det: vpA,
			mu: func(t float64) float64 { return -0.5 / (1 - t) },                // ȧ/a
			nu: func(t float64) float64 { return vpDB(t) / (vpA(t) * vpA(t)) }}), // ḃ/a²
		mk("x on VP", Data(s), row{c: constant(1), d: constant(0),
			lambda: func(t float64) float64 { return -t / math.Sqrt(1-t) }, // −b²/a
			drift:  func(t float64) float64 { return 1 / math.Sqrt(1-t) },
			det:    func(t float64) float64 { return -math.Sqrt(t) },
			mu:     func(t float64) float64 { return 0.5 / t },                       // ḃ/b
			nu:     func(t float64) float64 { return -0.5 / (t * math.Sqrt(1-t)) }}), // −(ḃa−ȧb)/b
		mk("u̇ on VP", Velocity(s), row{c: vpDA, d: vpDB,
			lambda: func(t float64) float64 { return 0.5 / (1 - t) }, // (b/a)(ḃa−ȧb)
			drift:  func(t float64) float64 { return -0.5 / (1 - t) },
			det:    vpW, mu: constant(0), nu: constant(1), exactMu: true, exactTrans: true}),
		mk("Salimans–Ho", SalimansHo(s), row{
			c: func(t float64) float64 { return -vpB(t) }, d: vpA,
			lambda: func(t float64) float64 { return vpB(t) / vpA(t) },
			drift:  func(t float64) float64 { return -vpB(t) / vpA(t) },
			det:    constant(1), mu: constant(0), nu: vpW}),
	}
}

func edmRows() []row {
	s, k := EDM(), 0.25 // σd² for σd = ½
	id := func(t float64) float64 { return t }
	mk := func(name string, tg Target, r row) row {
		r.name, r.p, r.a, r.b = name, NewProcess(s, tg, Uniform(0.01, 80)), constant(1), id
		r.from, r.to = 0.01, 80
		return r
	}
	return []row{
		mk("x on EDM", Data(s), row{c: constant(1), d: constant(0), drift: constant(1),
			lambda: func(t float64) float64 { return -t * t }, det: func(t float64) float64 { return -t },
			mu: func(t float64) float64 { return 1 / t }, nu: func(t float64) float64 { return -1 / t }}),
		mk("ε on EDM", Noise(s), row{c: constant(0), d: constant(1), drift: constant(0), lambda: id,
			det: constant(1), mu: constant(0), nu: constant(1), exactMu: true, exactTrans: true}),
		mk("uEDM", UEDM(s, 0.5), row{
			c:      func(t float64) float64 { return t * t / (t*t + k) },
			d:      func(t float64) float64 { return -t * k / (t*t + k) },
			lambda: func(t float64) float64 { return -t * t },
			drift:  func(t float64) float64 { return t * t / (t*t + k) },
			det:    func(t float64) float64 { return -t },
			mu:     func(t float64) float64 { return t / (t*t + k) },
			nu:     func(t float64) float64 { return -1 / t }}),
	}
}

func linearRows() []row {
	s := Linear()
	a := func(t float64) float64 { return 1 - t }
	id := func(t float64) float64 { return t }
	mk := func(name string, tg Target, r row) row {
		r.name, r.p, r.a, r.b, r.from, r.to = name, NewProcess(s, tg, Uniform(0, 1)), a, id, 0.01, 0.99
		return r
	}
	rows := []row{
		mk("FM velocity", Velocity(s), row{c: constant(-1), d: constant(1), det: constant(1),
			lambda: func(t float64) float64 { return t / (1 - t) },
			drift:  func(t float64) float64 { return -1 / (1 - t) },
			mu:     constant(0), nu: constant(1), exactMu: true, exactTrans: true}),
		mk("ε on FM", Noise(s), row{c: constant(0), d: constant(1), det: a, lambda: id, drift: constant(0),
			mu: func(t float64) float64 { return -1 / (1 - t) },
			nu: func(t float64) float64 { return 1 / (1 - t) }}),
		mk("x on FM", Data(s), row{c: constant(1), d: constant(0), det: func(t float64) float64 { return -t },
			lambda: func(t float64) float64 { return -t * t / (1 - t) },
			drift:  func(t float64) float64 { return 1 / (1 - t) },
			mu:     func(t float64) float64 { return 1 / t },
			nu:     func(t float64) float64 { return -1 / t }}),
	}
	for _, g := range []struct {
		name  string
		gain  Expr
		kappa func(t float64) float64
	}{
		{"EqM linear", LinearGain(1), id},
		{"EqM truncated", TruncatedGain(0.8, 4), func(t float64) float64 { return 4 * min(1, 5*t) }},
		{"EqM piecewise", PiecewiseGain(0.8, 2, 3), func(t float64) float64 {
			if gamma := 1 - t; gamma <= 0.8 {
				return 3 * (2 - (2-1)/0.8*gamma)
			}
			return 3 * t / 0.2
		}},
	} {
		kappa := g.kappa
		rows = append(rows, mk(g.name, Equilibrium(s, g.gain), row{
			c: func(t float64) float64 { return -kappa(t) }, d: kappa, det: kappa,
			lambda: func(t float64) float64 { return kappa(t) * t / (1 - t) },
			drift:  func(t float64) float64 { return -kappa(t) / (1 - t) },
			mu:     constant(0), nu: func(t float64) float64 { return 1 / kappa(t) }, exactMu: true}))
	}
	return rows
}

// Every row of the table of methods, at ten times over its range. Each side
// makes a handful of roundings, of terms as large as a·d and b·c over det.
func TestCoefficientTable(t *testing.T) {
	for _, r := range append(append(linearRows(), vpRows()...), edmRows()...) {
		t.Run(r.name, func(t *testing.T) {
			for i := range 10 {
				tt := r.from + (r.to-r.from)*float64(i)/9
				scale := 1 + math.Abs(r.nu(tt)) + math.Abs(r.mu(tt)) + math.Abs(r.lambda(tt)) +
					r.a(tt) + r.b(tt)
				tol := 40 * u64 * scale * (1 + 1/math.Abs(r.det(tt)))
				for _, q := range []struct {
					name string
					got  Expr
					want func(float64) float64
				}{
					{"a", r.p.Schedule.A, r.a}, {"b", r.p.Schedule.B, r.b},
					{"c", r.p.Target.C, r.c}, {"d", r.p.Target.D, r.d},
					{"λ", r.p.Lambda, r.lambda}, {"c/a", r.p.Drift, r.drift}, {"det", r.p.Det, r.det},
					{"μ", r.p.Mu, r.mu}, {"ν", r.p.Nu, r.nu},
				} {
					near(t, fmt.Sprintf("%s(%g) of %v", q.name, tt, q.got), q.got.Eval(tt), q.want(tt), tol)
				}
			}
			if r.exactMu && !r.p.Mu.Equal(Zero) {
				t.Errorf("μ = %v, want the constant 0", r.p.Mu)
			}
			if r.exactTrans && !r.p.Nu.Equal(One) {
				t.Errorf("ν = %v, want the constant 1", r.p.Nu)
			}
		})
	}
}

// everyProcess is every schedule with every target of the tables, at default
// parameters, with the uniform prior on [lo, hi] of the unit interval.
func everyProcess(lo, hi float64) []*Process {
	var all []*Process
	for _, s := range Schedules.Names() {
		for _, tg := range Targets.Names() {
			p, err := Spec{Schedule: choice.Choice{Kind: s}, Target: choice.Choice{Kind: tg},
				Prior: choice.Choice{Kind: "uniform", Params: choice.Values{"min": lo, "max": hi}}}.Process()
			if err != nil {
				panic(err)
			}
			all = append(all, p)
		}
	}
	return all
}

// Velocity moves as it points on every schedule, exactly, and the gain of
// Equilibrium Matching divides out.
func TestVelocityIsExactEverywhere(t *testing.T) {
	for _, name := range Schedules.Names() {
		e, c, faults := Schedules.Resolve("schedule", choice.Choice{Kind: name}, nil)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		s := e.Make(c.Params)
		v := NewProcess(s, Velocity(s), Uniform(s.Lo, s.Hi))
		if !v.Mu.Equal(Zero) || !v.Nu.Equal(One) {
			t.Errorf("%s: μ = %v, ν = %v, want 0, 1", name, v.Mu, v.Nu)
		}
		// The general formula finds the same without being told.
		g := NewProcess(s, Target{Name: "told nothing", C: s.DA(), D: s.DB()}, Uniform(s.Lo, s.Hi))
		if !g.Mu.Equal(Zero) || !g.Nu.Equal(One) {
			t.Errorf("%s: general formula: μ = %v, ν = %v, want 0, 1", name, g.Mu, g.Nu)
		}
		q := NewProcess(s, Equilibrium(s, LinearGain(2)), Uniform(s.Lo, s.Hi))
		if !q.Mu.Equal(Zero) || q.Nu.Eval(0.25) != 2 {
			t.Errorf("%s: EqM: μ = %v, ν = %v, want 0, 1/(2t)", name, q.Mu, q.Nu)
		}
	}
}

func TestScheduleDerivatives(t *testing.T) {
	procs := everyProcess(0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		at := rapid.Float64Range(0.05, 0.95).Draw(t, "t")
		if math.Abs(at-0.2) < 0x1p-10 {
			at = 0.3 // EqM's gain has a kink there
		}
		k := p.Prior
		for _, e := range []Expr{p.Schedule.A, p.Schedule.B, p.Target.C, p.Target.D, p.Lambda, k.Density} {
			checkDerivative(t, e, at, 0x1p-16)
		}
	})
}

// Splitting (u, f) finds the (x, ε) they were made from. The error of a solve
// is its condition, ‖row‖·‖(x, ε)‖/|det|, times a few roundings.
func TestSplitInverts(t *testing.T) {
	procs := everyProcess(0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		k := p.At(rapid.Float64Range(0.02, 0.98).Draw(t, "t"))
		x, eps := rapid.Float64Range(-3, 3).Draw(t, "x"), rapid.Float64Range(-3, 3).Draw(t, "ε")
		u, f := []float64{k.A*x + k.B*eps}, []float64{k.C*x + k.D*eps}
		size := (math.Abs(k.A) + math.Abs(k.B)) * (math.Abs(k.C) + math.Abs(k.D)) * 3
		tol := 16 * u64 * size * (1 + 3/math.Abs(k.Det())) / math.Abs(k.Det())
		gx, ge := []float64{math.NaN()}, []float64{math.NaN()}
		k.Split(gx, ge, u, f)
		if !(math.Abs(gx[0]-x) <= tol && math.Abs(ge[0]-eps) <= tol) {
			t.Fatalf("%v at %v: got x, ε = %v, %v, want %v, %v ± %.2g", p, k.T, gx[0], ge[0], x, eps, tol)
		}
	})
}
