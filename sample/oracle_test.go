package sample

import (
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

// corners are the points ±1 of three directions of a space of dim coordinates.
func corners(dim int) exact.Mixture {
	var m exact.Mixture
	for k := range 3 {
		for _, v := range []float64{-1, 1} {
			x := make([]float64, dim)
			x[k] = v
			m.Points = append(m.Points, x)
		}
	}
	return m
}

func atoms(t testing.TB, p *field.Process, data exact.Mixture) *exact.Blind {
	t.Helper()
	a, err := exact.New(p, data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// blind is the exact field of a as a sampler sees one.
func blind(a *exact.Blind) Eval {
	dim := a.Dim()
	return func(f []float64, q Query) error {
		for i := range q.N {
			v, err := a.Field(q.Y[i*dim : (i+1)*dim])
			if err != nil {
				return err
			}
			copy(f[i*dim:], v)
		}
		return nil
	}
}

// exactly draws samples of a field in float64.
func exactly(t *testing.T, f Eval, p *field.Process, dim int, s Spec) *Result {
	t.Helper()
	r, err := Run(t.Context(), seer(OnHost(f, dim)), p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// flowRK4 integrates u̇ = μu + νf*(u) in float64 by the classical method of order
// 4, which shares nothing with the samplers.
func flowRK4(t testing.TB, a *exact.Blind, u []float64, from, to float64, steps int) []float64 {
	p := a.Process
	slope := func(at float64, y []float64) []float64 {
		f, err := a.Field(y)
		if err != nil {
			t.Fatal(err)
		}
		for d := range f {
			f[d] = p.Mu.Eval(at)*y[d] + p.Nu.Eval(at)*f[d]
		}
		return f
	}
	along := func(k []float64, h float64) []float64 {
		y := make([]float64, len(u))
		for d := range y {
			y[d] = u[d] + h*k[d]
		}
		return y
	}
	h := (to - from) / float64(steps)
	for s := range steps {
		at := from + float64(s)*h
		k1 := slope(at, u)
		k2 := slope(at+h/2, along(k1, h/2))
		k3 := slope(at+h/2, along(k2, h/2))
		k4 := slope(at+h, along(k3, h))
		for d := range u {
			u[d] += h / 6 * (k1[d] + 2*k2[d] + 2*k3[d] + k4[d])
		}
	}
	return u
}

// The exact blind field of blurred points, followed under a clock.
func TestOrderOnBlindFields(t *testing.T) {
	data := corners(3)
	data.Jitter = 0.3
	for _, tt := range []struct{ schedule, target string }{
		{"linear", "velocity"}, {"linear", "eqm-linear"}, {"vp-sde", "noise"}, {"edm", "data"},
	} {
		p := custom(t, tt.schedule, tt.target, uniform(0.05, 0.9))
		a := atoms(t, p, data)
		const n, dim, from, to = 3, 3, 0.9, 0.3
		var noise, want []float64
		for i := range n {
			u := make([]float64, dim)
			for d, z := range start(0, i, dim) {
				u[d] = p.Schedule.B.Eval(from) * float64(z)
			}
			noise = append(noise, u...)
			want = append(want, flowRK4(t, a, u, from, to, 256)...)
		}
		for _, m := range clocks() {
			if m.valid(with(func(s *Spec) { s.Sampler, s.Start, s.End = m.Name, from, to }), p) != nil {
				continue
			}
			order, errs := slope(8>>max(0, m.Order-4), 1e-10, func(steps int) float64 {
				c, err := plain(with(func(s *Spec) {
					s.Sampler, s.Grid, s.Steps, s.Start, s.End = m.Name, Uniform, steps, from, to
				})).course(p)
				if err != nil {
					t.Fatal(err)
				}
				end, err := follow(OnHost(blind(a), dim), m, c.paths(), slices.Clone(noise))
				if err != nil {
					t.Fatal(err)
				}
				var sum float64
				for e, x := range end {
					sum += (x - want[e]) * (x - want[e])
				}
				return math.Sqrt(sum)
			})
			if !(order > leastOrder(m)) {
				t.Errorf("%s/%s, %s: order %.3f, want at least %.2f; errors %.3g",
					tt.schedule, tt.target, m.Name, order, leastOrder(m), errs)
			}
		}
	}
}

// The default recipe on the exact blind field of six points in 16 dimensions
// ends on points, all of them reached, with no clock anywhere. A stop at a norm
// saves evaluations and costs distance in proportion: near a point f = κ(t)(ε−x)
// with κ = 20t, so ‖f‖ < g leaves the point within about g/20.
func TestDescentArrivesAtTheData(t *testing.T) {
	const dim, n = 16, 24
	p := method(t, "eqm")
	data := corners(dim)
	f := blind(atoms(t, p, data))
	full := exactly(t, f, p, dim, with(func(s *Spec) { s.N, s.Batch = n, n }))
	reached := map[int]int{}
	for i := range n {
		k, r := nearest(data, full.X[i*dim:(i+1)*dim])
		reached[k]++
		// Noise 2.5e-6 of length √16 remains, and the field's posterior is blind.
		if r > 1e-4 {
			t.Errorf("sample %d ends %.3g from point %d", i, r, k)
		}
	}
	if len(reached) < 3 {
		t.Errorf("%d samples reach the points %v of 6, want at least 3 of them", n, reached)
	}
	const g = 0.5
	early := exactly(t, f, p, dim, with(func(s *Spec) { s.N, s.Batch, s.Stop = n, 7, g }))
	if early.Stopped != n || early.MaxNFE() >= 249 {
		t.Errorf("%d of %d points stopped at ‖f‖ < %v, after at most %d evaluations",
			early.Stopped, n, g, early.MaxNFE())
	}
	for i := range n {
		k, r := nearest(data, early.X[i*dim:(i+1)*dim])
		if kf, _ := nearest(data, full.X[i*dim:(i+1)*dim]); k != kf || r > 2*g/20 {
			t.Errorf("sample %d stops %.3g from point %d, want within %v of %d", i, r, k, 2*g/20, kf)
		}
	}
}

// nearest is the point of m nearest to x, and its distance.
func nearest(m exact.Mixture, x []float32) (int, float64) {
	at, best := -1, math.Inf(1)
	for k, p := range m.Points {
		var sq float64
		for d, v := range p {
			sq += (float64(x[d]) - v) * (float64(x[d]) - v)
		}
		if r := math.Sqrt(sq); r < best {
			at, best = k, r
		}
	}
	return at, best
}
