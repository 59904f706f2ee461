package readout

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

// process is one of the table by its schedule and target, t even on [lo, hi].
func process(t testing.TB, schedule, target string, lo, hi float64) *field.Process {
	t.Helper()
	s := field.Spec{}
	s.Schedule.Kind, s.Target.Kind, s.Prior.Kind = schedule, target, "uniform"
	s.Prior.Params = map[string]any{"min": lo, "max": hi}
	p, err := s.Process()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// atoms is the exact blind field of eight points in dim coordinates, of mean square 1.
func atoms(t testing.TB, p *field.Process, dim int) (*exact.Blind, exact.Mixture) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, uint64(dim)))
	var m exact.Mixture
	for range 8 {
		x := make([]float64, dim)
		for d := range x {
			x[d] = rng.NormFloat64()
		}
		m.Points = append(m.Points, x)
	}
	a, err := exact.New(p, m)
	if err != nil {
		t.Fatal(err)
	}
	return a, m
}

// point is u = a(t) x + b(t) ε of a datum that is drawn.
func point(p *field.Process, m exact.Mixture, t float64, rng *rand.Rand) []float64 {
	x, k := m.Points[rng.IntN(len(m.Points))], p.At(t)
	u := make([]float64, len(x))
	for d := range u {
		u[d] = k.A*x[d] + k.B*rng.NormFloat64()
	}
	return u
}

// pairs are n pairs of a field, t drawn from the process' prior.
func pairs(t testing.TB, a *exact.Blind, m exact.Mixture, n int, seed uint64) (list []Pair, us [][]float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	for range n {
		at := a.Process.Prior.Quantile.Eval(rng.Float64())
		u := point(a.Process, m, at, rng)
		f, err := a.Field(u)
		if err != nil {
			t.Fatal(err)
		}
		list, us = append(list, Pair{at, Of(u, f)}), append(us, u)
	}
	return list, us
}

// A readout fitted to an exact field is, on points it has not seen, hardly further from t
// than the posterior mean, which nothing that sees u can beat; and it says so.
func TestFittedIsNearThePosterior(t *testing.T) {
	for _, tt := range []struct {
		schedule, target string
		lo, hi           float64
	}{
		{"linear", "velocity", 0.001, 0.999}, {"linear", "eqm", 0.001, 0.999},
		{"linear", "eqm-linear", 0.001, 0.999}, {"vp-sde", "noise", 0.001, 0.999},
		{"edm", "data", 0.002, 4}, {"edm", "uedm", 0.002, 4},
	} {
		p := process(t, tt.schedule, tt.target, tt.lo, tt.hi)
		a, m := atoms(t, p, 48)
		known, _ := pairs(t, a, m, 1024, 1)
		f, err := Fit(known)
		if err != nil {
			t.Fatal(err)
		}
		var sum, best, claimed float64
		const n = 256
		list, us := pairs(t, a, m, n, 2)
		for i, q := range list {
			at, std := f.Read(q.Scalars)
			post, err := a.At(us[i])
			if err != nil {
				t.Fatal(err)
			}
			sum += (at - q.T) * (at - q.T) / n
			best += (post.Mean - q.T) * (post.Mean - q.T) / n
			claimed += std * std / n
		}
		miss, least := math.Sqrt(sum), math.Sqrt(best)
		t.Logf("%s/%s: rms miss %.4f, of the posterior mean %.4f; it says %.4f (%.4f on average)",
			tt.schedule, tt.target, miss, least, f.Spread, math.Sqrt(claimed))
		if miss > 1.35*least {
			t.Errorf("%s/%s: t̂ is %.4f off, the posterior mean %.4f", tt.schedule, tt.target, miss, least)
		}
		if f.Spread < miss/1.3 || f.Spread > 1.3*miss {
			t.Errorf("%s/%s: t̂ is %.4f off and says %.4f", tt.schedule, tt.target, miss, f.Spread)
		}
	}
}

// On data well apart ‖f‖ tells t to the posterior's own width, where the gain grows; and on
// the flat of eqm's gain it says where the flat begins.
func TestNorm(t *testing.T) {
	for _, tt := range []struct {
		target string
		flat   float64
	}{{"eqm-linear", 0.999}, {"eqm", 0.2}} {
		p := process(t, "linear", tt.target, 0.001, 0.999)
		a, m := atoms(t, p, 64)
		var power float64
		for _, x := range m.Points {
			power += Of(x, x).UU / float64(len(m.Points))
		}
		norm, err := FromNorm(p, power)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := pairs(t, a, m, 200, 7)
		for _, q := range list {
			got, want := norm.Time(q.Scalars), min(q.T, tt.flat)
			if q.T < 0.6 && math.Abs(got-want) > 0.35*want { // above, u does not tell its datum
				t.Errorf("%s: t̂ = %.4f of a point at t = %.4f, want about %.4f", tt.target, got, q.T, want)
			}
		}
	}
	for _, target := range []string{"noise", "data", "velocity"} {
		if _, err := FromNorm(process(t, "linear", target, 0.001, 0.999), 1); err == nil ||
			!strings.Contains(err.Error(), "one that rises with t") {
			t.Errorf("%s: %v", target, err)
		}
	}
	if _, err := FromNorm(process(t, "linear", "eqm", 0.001, 0.999), math.NaN()); err == nil {
		t.Error("data of power NaN")
	}
}

// The exact law of ‖f‖ is inverted to rounding wherever it rises.
func TestNormInvertsItsLaw(t *testing.T) {
	p := process(t, "linear", "eqm-linear", 0.001, 0.999)
	norm, err := FromNorm(p, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		at := rapid.Float64Range(0.001, 0.999).Draw(r, "t")
		if got := norm.Time(Scalars{FF: norm.at(at)}); math.Abs(got-at) > 1e-9 {
			r.Fatalf("t̂ = %v at %v", got, at)
		}
	})
	for _, s := range []Scalars{{FF: math.Inf(1)}, {UU: math.NaN()}} {
		if got := norm.Time(s); !math.IsNaN(got) {
			t.Errorf("t̂ = %v of %v", got, s)
		}
	}
}

// curve is pairs of a made-up field with a scatter.
func curve(n int, seed uint64) (list []Pair) {
	rng := rand.New(rand.NewPCG(seed, 9))
	for i := range n {
		at := (float64(i) + .5) / float64(n)
		wide := func() float64 { return 1 + 0.02*rng.NormFloat64() }
		list = append(list, Pair{at, Scalars{wide(), at * wide(), at * at * wide()}})
	}
	return list
}

// A readout is the same to the bit whatever the order of the pairs, goes through JSON
// unchanged, and never leaves the times it was fitted on.
func TestFittedIsAFunctionOfItsPairs(t *testing.T) {
	base := curve(200, 1)
	want, err := Fit(base)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var kept Fitted
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		got, err := Fit(rapid.Permutation(base).Draw(r, "order"))
		if err != nil {
			r.Fatal(err)
		}
		any := rapid.Float64Range(-1e150, 1e150)
		s := Scalars{math.Abs(any.Draw(r, "uu")), any.Draw(r, "uf"), math.Abs(any.Draw(r, "ff"))}
		at, std := want.Read(s)
		if g, gs := got.Read(s); g != at && !math.IsNaN(at) || gs != std && !math.IsNaN(at) {
			r.Fatalf("in another order t̂ = %v ± %v, not %v ± %v", g, gs, at, std)
		}
		if k, _ := kept.Read(s); k != at && !math.IsNaN(at) {
			r.Fatalf("through JSON t̂ = %v, not %v", k, at)
		}
		if s.finite() != !math.IsNaN(at) || s.finite() && !(base[0].T*(1-1e-9) <= at && at <= 1) {
			r.Fatalf("t̂ = %v of %v", at, s)
		}
	})
}

// What cannot be fitted is refused by the pair that is at fault.
func TestFitRefuses(t *testing.T) {
	if _, err := Fit(curve(Fewest-1, 1)); err == nil || !strings.Contains(err.Error(), "got 63 pairs") {
		t.Errorf("too few: %v", err)
	}
	nan := math.NaN()
	for _, bad := range []Pair{{T: 0}, {T: nan}, {T: math.Inf(1)}, {T: 1, Scalars: Scalars{UF: nan}}} {
		list := curve(80, 1)
		list[7] = bad
		if _, err := Fit(list); err == nil || !strings.Contains(err.Error(), "pair 7: got t = ") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	same := slices.Repeat([]Pair{{1, Scalars{1, 1, 1}}}, 100)
	f, err := Fit(same)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Time(Scalars{1, 1, 1}); math.Abs(got-1) > 1e-12 || f.Spread > 1e-12 {
		t.Errorf("one pair again and again: t̂ = %v, spread %v", got, f.Spread)
	}
}

// Whatever JSON there is, a readout is refused or reads a time within its bins.
func FuzzFittedJSON(f *testing.F) {
	r, err := Fit(curve(64, 2))
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, old := range []string{`"lo":`, `"hi":`, `"precision":[[`, `"slope":[`, `"mean":[`, `"bins":[`} {
		f.Add([]byte(strings.Replace(string(text), old, old+"-9", 1)))
		f.Add([]byte(strings.Replace(string(text), old, old+"1e307,", 1)))
	}
	f.Add([]byte(`{"bins":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var r Fitted
		if json.Unmarshal(text, &r) != nil {
			return
		}
		lo, hi := math.Exp(r.Bins[0].Lo), math.Exp(r.Bins[len(r.Bins)-1].Hi)
		for _, s := range []Scalars{{1, 0, 1}, {0, 0, 0}, {1e300, -1e300, 1e-300}} {
			at, std := r.Read(s)
			if !(lo*(1-1e-9) <= at && at <= hi*(1+1e-9)) || !(std >= 0) {
				t.Errorf("t̂ = %v ± %v of %v, want one in [%v, %v]", at, std, s, lo, hi)
			}
		}
	})
}
