package sample

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// rk45 ends within a few of its tolerance of the flow, in fewer evaluations the larger
// that is.
func TestAdaptiveKeepsItsTolerance(t *testing.T) {
	for _, tt := range []struct {
		schedule, target string
		hi               float64
	}{{"linear", "velocity", 0.95}, {"vp-sde", "noise", 0.95}, {"edm", "data", 40}} {
		p := custom(t, tt.schedule, tt.target, uniform(0.01, tt.hi))
		last, evaluations := math.Inf(1), 0
		for _, tol := range []float64{1e-3, 1e-4, 1e-5, 1e-6, 1e-7} {
			s := with(func(s *Spec) { s.Sampler = "rk45" })
			s.Params["tol"] = tol
			c, err := s.course(p)
			if err != nil {
				t.Fatal(err)
			}
			path := &counted{Path: c.paths()}
			u := []float64{0.7, -1.3, 0.4}
			end := ended(t, OnHost(gaussian(p), 3), c.method, path, u)
			var far float64
			k0, k1 := p.At(c.spec.Start), p.At(c.spec.End)
			for d, x := range end {
				v := sigmas[d] * sigmas[d]
				far = max(far, math.Abs(x-u[d]*math.Sqrt((k1.A*k1.A*v+k1.B*k1.B)/(k0.A*k0.A*v+k0.B*k0.B))))
			}
			if far > 20*tol || far >= last || path.n <= evaluations {
				t.Errorf("%s/%s, tol %g: %.3g off after %d evaluations; "+
					"at ten times the tolerance %.3g after %d",
					tt.schedule, tt.target, tol, far, path.n, last, evaluations)
			}
			last, evaluations = far, path.n
		}
	}
}

// counted counts the stages of a path.
type counted struct {
	Path
	n int
}

func (p *counted) Next(norms []float64) (*Stage, bool) {
	p.n++
	return p.Path.Next(norms)
}

// ended is where an adaptive path takes one point u.
func ended(t *testing.T, h *Host, m Method, path Path, u []float64) []float64 {
	t.Helper()
	if err := h.Reserve(Form{Registers: m.Registers, Error: true}, 1); err != nil {
		t.Fatal(err)
	}
	if err := h.Begin(u); err != nil {
		t.Fatal(err)
	}
	var norms, errs [1]float64
	var told []float64
	for st, ok := path.Next(told); ok; st, ok = path.Next(told) {
		if err := h.Step([]Row{{Stage: st}}); err != nil {
			t.Fatal(err)
		}
		if err := h.Norms(norms[:]); err != nil {
			t.Fatal(err)
		}
		if err := h.Errors(errs[:]); err != nil {
			t.Fatal(err)
		}
		told = []float64{norms[0], errs[0] / math.Sqrt(float64(len(u)))}
	}
	if err := path.Err(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(h.s[0])
}

// Points choose their own steps, and what they are does not depend on those beside
// them, on the host or on a device.
func TestAdaptiveIsThePoints(t *testing.T) {
	const dim, n = 5, 9
	f, eval := waves(dim)
	p := method(t, "fm")
	s := with(func(s *Spec) { s.Sampler, s.N, s.Batch = "rk45", n, n })
	s.Params["tol"] = 1e-6
	want := exactly(t, eval, p, dim, s)
	got, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Min(want.NFE) == slices.Max(want.NFE) {
		t.Errorf("all points take %d evaluations; the test needs different ones", want.NFE[0])
	}
	for _, batch := range []int{1, 4} {
		s.Batch = batch
		same(t, "host", exactly(t, eval, p, dim, s), want, n)
		r, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "compiled", r, got, n)
	}
}

// Steps that do not suffice, and an end where nothing can be evaluated, are said.
func TestAdaptiveFaults(t *testing.T) {
	s := with(func(s *Spec) { s.Sampler, s.N, s.Steps = "rk45", 3, 2 })
	_, err := Run(t.Context(), OnHost(Single(rows), 3), method(t, "fm"), s, nil)
	if err == nil || !strings.Contains(err.Error(),
		"sample 0: steps: got 2, want more, or tol above 0.0001: at t = ") {
		t.Errorf("two steps: %v", err)
	}
	s.Clean, s.End = true, 0.01
	if _, err := Run(t.Context(), OnHost(Single(rows), 3), method(t, "fm"), s, nil); err == nil {
		t.Error("two steps and a clean end: no error")
	}
	s = with(func(s *Spec) { s.Sampler = "rk45" })
	err = s.Fits(custom(t, "linear", "eqm-linear", uniform(0, 1)))
	if err == nil || !strings.Contains(err.Error(),
		"end: got 0, want a time at which μ and ν of linear/eqm are") {
		t.Errorf("an end on a pole: %v", err)
	}
}

// Points that are late when the clock stops arrive in overtime: a field that leads to
// a datum, at half the speed that the clock asks for.
func TestOvertime(t *testing.T) {
	slow := func(f []float64, q Query) error {
		for e, y := range q.Y {
			f[e] = (y - 0.5) / 2
		}
		return nil
	}
	p := method(t, "fm")
	far := func(s Spec) float64 {
		var far float64
		for _, x := range exactly(t, slow, p, 2, s).X {
			far = max(far, math.Abs(float64(x)-0.5))
		}
		return far
	}
	s := with(func(s *Spec) { s.Sampler, s.N, s.Steps = "overtime", 8, 20 })
	s.Params["overtime"] = 1000
	short := far(plain(with(func(s *Spec) { s.Sampler, s.N, s.Steps = "overtime", 8, 20 })))
	if long := far(s); short < 0.5 || long > 1e-6 {
		t.Errorf("%.3g off when the clock stops, %.3g in overtime; want far and near", short, long)
	}
	s.Stop = 0.05
	r := exactly(t, slow, p, 2, s)
	if r.Stopped != 8 || r.MaxNFE() > 500 {
		t.Errorf("%d of 8 points stopped, after at most %d evaluations", r.Stopped, r.MaxNFE())
	}
}
