package sample

import (
	"context"
	"math"
	"testing"

	"github.com/stillfield/stillfield/field"
	"pgregory.net/rapid"
)

// In a well f(u) = u each update multiplies u by 1−η. The field sees u rounded
// to float32, which costs η·2⁻²⁴ of it an update, and the result is rounded once.
func TestDescentInAWell(t *testing.T) {
	p := method(t, "eqm")
	rapid.Check(t, func(t *rapid.T) {
		s := Defaults()
		s.N, s.Batch = rapid.IntRange(1, 9).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "batch")
		s.Eta = rapid.Float64Range(0.001, 0.24).Draw(t, "eta")
		s.Steps = rapid.IntRange(2, 60).Draw(t, "steps")
		s.Count = rapid.SampledFrom([]string{Official, Exact}).Draw(t, "count")
		updates := s.Steps
		if s.Count == Official {
			updates--
		}
		r, err := Run(context.Background(), OnHost(Single(well), 2), p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.N {
			for d, z := range start(s.Seed, i, 2) {
				want := float64(z) * math.Pow(1-s.Eta, float64(updates))
				// Relative to u_k each rounding is ηδ/(1−η) ≤ 2ηδ.
				tol := math.Abs(want) * (2*s.Eta*float64(updates) + 2) * u32
				if got := float64(r.X[2*i+d]); math.Abs(got-want) > tol {
					t.Fatalf("x[%d] of sample %d = %v after %d updates, want %v ± %v", d, i, got, updates,
						want, tol)
				}
			}
			if r.NFE[i] != updates {
				t.Fatalf("sample %d took %d evaluations, want %d", i, r.NFE[i], updates)
			}
		}
	})
}

// ideal is the field a perfect network shows to a point on the straight path
// from noise ε_i to a datum at 0: u = tε, f = κ(t)ε with t = ⟨u, ε⟩/⟨ε, ε⟩.
func ideal(p *field.Process, seed uint64, dim int) single {
	return func(dst, x []float32, n int) error {
		for i := range n {
			var ue, ee float64
			eps := start(seed, i, dim)
			for d, z := range eps {
				ue += float64(x[i*dim+d]) * float64(z)
				ee += float64(z) * float64(z)
			}
			kappa := p.Target.Gain.Eval(ue / ee)
			for d, z := range eps {
				dst[i*dim+d] = float32(kappa * float64(z))
			}
		}
		return nil
	}
}

// remains is the noise left in the first sample: u = tε.
func remains(x []float32, seed uint64) float64 {
	var t float64
	for d, z := range start(seed, 0, len(x)) {
		t += float64(x[d]) / float64(z) / float64(len(x))
	}
	return t
}

// The noise that the recipes of Equilibrium Matching leave: gain 4, cut 0.8.
func TestResidualNoise(t *testing.T) {
	p := method(t, "eqm")
	var gd, nag float64
	for _, tt := range []struct {
		sampler, count string
		eta, mu        float64
		want           float64 // two digits
		into           *float64
	}{
		{"gd", Official, 0.003, 0, 2.5e-6, nil},
		{"gd", Exact, 0.003, 0, 2.4e-6, nil},
		{"gd", Official, 0.0017, 0, 2.1e-3, &gd},
		{"nag", Official, 0.0017, 0.3, 2.2e-3, &nag},
	} {
		s := with(func(s *Spec) {
			s.Sampler, s.Count, s.Eta, s.Mu, s.N, s.Seed = tt.sampler, tt.count, tt.eta, tt.mu, 1, 11
		})
		r := run(t, ideal(p, s.Seed, 4), p, 4, s)
		got := remains(r.X, s.Seed)
		if digit := math.Pow(10, math.Floor(math.Log10(tt.want))-1); math.Abs(got-tt.want) > digit/2 {
			t.Errorf("%s with η = %v, μ = %v, %s: t = %.4g is left, want %.2g",
				tt.sampler, tt.eta, tt.mu, tt.count, got, tt.want)
		}
		if tt.into != nil {
			*tt.into = got
		}
	}
	if !(nag > gd) {
		t.Errorf("look-ahead leaves %v and plain descent %v, want it a little slower", nag, gd)
	}
	// In the tail f = 20u, so the factor of an update is 1 − 20η, and with
	// look-ahead the larger root of z² = z(1−20η(1+μ)) + 20ημ.
	const h, mu = 20 * 0.0017, 0.3
	b := 1 - h*(1+mu)
	factor := (b + math.Sqrt(b*b+4*h*mu)) / 2
	if math.Abs(factor-0.96635) > 1e-5 { // its digits end there
		t.Fatalf("tail factor %v, want 0.96635", factor)
	}
	tail := func(steps int) float64 {
		s := with(func(s *Spec) { s.Sampler, s.Eta, s.N, s.Steps, s.Count = "nag", 0.0017, 1, steps, Exact })
		return remains(run(t, ideal(p, 0, 4), p, 4, s).X, 0)
	}
	if got := tail(241) / tail(240); math.Abs(got-factor) > 4*u32+1e-6 {
		t.Errorf("look-ahead multiplies t by %v in the tail, want %v", got, factor)
	}
}

// The released loop, in which momentum is the last field value, is the paper's
// u_{k+1} = u_k − η f(u_k + μ(u_k − u_{k−1})). The field sees float32, so the
// two may differ by a rounding of what it is asked, which moves u by η·L·2⁻²⁴|u|
// with L ≤ 1.3 an update; |u| stays below 8 here.
func TestLookAheadIsThePapersFormula(t *testing.T) {
	const dim = 5
	s := with(func(s *Spec) { s.Sampler, s.Eta, s.Mu, s.Steps, s.N = "nag", 0.05, 0.35, 100, 6 })
	r := run(t, rows, method(t, "eqm"), dim, s)
	for i := range s.N {
		u, last := make([]float64, dim), make([]float64, dim)
		for d, z := range start(s.Seed, i, dim) {
			u[d], last[d] = float64(z), float64(z)
		}
		y, f := make([]float32, dim), make([]float32, dim)
		for range s.Steps - 1 {
			for d := range u {
				y[d] = float32(u[d] + s.Mu*(u[d]-last[d]))
			}
			if err := rows(f, y, 1); err != nil {
				t.Fatal(err)
			}
			copy(last, u)
			for d := range u {
				u[d] -= s.Eta * float64(f[d])
			}
		}
		for d := range u {
			tol := 99 * s.Eta * 1.3 * u32 * 8
			if got := float64(r.X[i*dim+d]); math.Abs(got-u[d]) > tol {
				t.Errorf("sample %d: u[%d] = %v, the paper's formula gives %v ± %.2g", i, d, got, u[d], tol)
			}
		}
	}
}

// Nesterov's own momentum adds up where look-ahead does not: on a field of 1
// look-ahead goes Nη and Nesterov Nη/(1−μ), less what it takes to get going.
func TestNesterovIsAnotherSampler(t *testing.T) {
	constant := func(dst, x []float32, n int) error {
		for i := range dst {
			dst[i] = 1
		}
		return nil
	}
	const n, eta, mu = 249, 0.003, 0.35
	spec := Spec{Steps: n, Count: Exact, Eta: eta, Mu: mu}
	nesterov := Method{Registers: 2, Path: func(r Recipe) func() Path {
		return repeated(r, Stage{Ask: []float64{1, mu}, Set: [][]float64{{1, mu, -eta}, {0, mu, -eta}}})
	}}
	official, _ := find("nag")
	travel := func(m Method) float64 {
		end, err := follow(OnHost(Single(constant), 1), m, m.Path(Recipe{Spec: spec})(), []float64{0})
		if err != nil {
			t.Fatal(err)
		}
		return -end[0]
	}
	// v_k = η(1−μ^k)/(1−μ), summed.
	full := eta / (1 - mu) * (n - mu*(1-math.Pow(mu, n))/(1-mu))
	if got := travel(official); math.Abs(got-n*eta) > 2*u32*n*eta {
		t.Errorf("look-ahead goes %v, want Nη = %v", got, n*eta)
	}
	if got := travel(nesterov); math.Abs(got-full) > 2*u32*full {
		t.Errorf("Nesterov's method goes %v, want %v", got, full)
	}
}
