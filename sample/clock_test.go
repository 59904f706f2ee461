package sample

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Equilibrium Matching under a clock is data prediction and not descent: ν = 1/κ
// takes the gain out again. For linear κ = t on the linear schedule the fields
// are u − D and D.
func TestEquilibriumUnderAClockIsDataPrediction(t *testing.T) {
	full := uniform(0, 1)
	denoise := func(dst, x []float32, n int) error {
		for e, v := range x {
			dst[e] = float32(math.Tanh(2 * float64(v)))
		}
		return nil
	}
	eqm := func(dst, x []float32, n int) error {
		if err := denoise(dst, x, n); err != nil {
			return err
		}
		for e, v := range x {
			dst[e] = v - dst[e]
		}
		return nil
	}
	for _, m := range clocks() {
		sampler := m.Name
		s := with(func(s *Spec) { s.Sampler, s.Steps, s.N = sampler, 20, 30 })
		s = plain(s)
		if s.Fits(custom(t, "linear", "data", full)) != nil { // it evaluates ν at the end
			s.End, s.Clean = 0.01, true
		}
		if m.valid(s, custom(t, "linear", "data", full)) != nil {
			continue // overtime, which follows −f
		}
		a := run(t, denoise, custom(t, "linear", "data", full), 2, s)
		b := run(t, eqm, custom(t, "linear", "eqm-linear", full), 2, s)
		gd := run(t, eqm, custom(t, "linear", "eqm-linear", full), 2,
			with(func(s *Spec) { s.Steps, s.N, s.Eta, s.Count = 20, 30, 1./20, Exact }))
		var far float64
		for i := range a.X {
			// u − D is rounded to float32, an error of 2⁻²⁴·4 that ν = 1/t ≤ 20 lets grow
			// before the last step takes it all out; 20 steps.
			if gap := math.Abs(float64(a.X[i] - b.X[i])); gap > 20*20*4*u32 {
				t.Fatalf("%s: data prediction ends at %v, Equilibrium Matching at %v", sampler, a.X[i],
					b.X[i])
			}
			far = max(far, math.Abs(float64(a.X[i]-gd.X[i])))
		}
		if far < 0.1 {
			t.Errorf("%s: descent of the same field ends within %v of the flow, want elsewhere", sampler, far)
		}
	}
}

// On velocity, N updates of descent with η = 1/N are N steps of Euler, and ddim
// is Euler too, on the linear schedule.
func TestVelocityByDescent(t *testing.T) {
	p := method(t, "fm")
	euler := run(t, rows, p, 3, with(func(s *Spec) { s.Sampler, s.Steps = "euler", 32 }))
	gd := run(t, rows, p, 3, with(func(s *Spec) { s.Steps, s.Eta, s.Count = 32, 1./32, Exact }))
	ddim := run(t, rows, p, 3, with(func(s *Spec) { s.Sampler, s.Steps = "ddim", 32 }))
	for i, want := range euler.X {
		if gd.X[i] != want { // 1/32 is a binary fraction: nothing is rounded differently
			t.Fatalf("descent ends at x[%d] = %v, Euler at %v", i, gd.X[i], want)
		}
		// κ = a'd − b'c = 1 and η = −1/32 hold to 2⁻⁵³ in float64.
		if math.Abs(float64(ddim.X[i]-want)) > 4*u32*math.Max(1, math.Abs(float64(want))) {
			t.Fatalf("ddim ends at x[%d] = %v, Euler at %v", i, ddim.X[i], want)
		}
	}
}

// A path that ends on the pole of ν ends on the denoiser: the last step of euler
// and of heun is u − t(u − D)/t = D, and heun spends one evaluation on it. Where D
// is the same everywhere the path is straight and midpoint ends there too.
func TestPathEndsOnAPole(t *testing.T) {
	p := custom(t, "linear", "data", uniform(0, 1))
	corner := func(dst, x []float32, n int) error {
		for e := range dst {
			dst[e] = 0.5
		}
		return nil
	}
	for _, tt := range []struct {
		sampler string
		nfe     int
	}{{"euler", 10}, {"ddim", 10}, {"heun", 19}, {"midpoint", 20}, {"rk4", 38}} {
		r := run(t, corner, p, 2, with(func(s *Spec) { s.Sampler, s.Steps, s.N = tt.sampler, 10, 5 }))
		for i, x := range r.X {
			if math.Abs(float64(x)-0.5) > u32 {
				t.Errorf("%s: x[%d] = %v, want the denoiser's 0.5", tt.sampler, i, x)
			}
		}
		if r.MaxNFE() != tt.nfe || r.MeanNFE() != float64(tt.nfe) {
			t.Errorf("%s: %v evaluations a point, want %d", tt.sampler, r.MeanNFE(), tt.nfe)
		}
	}
}

// EDM's sampler: 18 noise levels on its grid, Heun between them, and a last step
// to 0 that is the denoiser.
func TestEDMSampler(t *testing.T) {
	const n = 18
	p := method(t, "edm")
	settings := with(func(s *Spec) { s.Sampler, s.Steps, s.Clean, s.N = "heun", n-1, true, 3 })
	c, err := settings.course(p)
	if err != nil {
		t.Fatal(err)
	}
	s, path := c.spec, c.paths()
	var stages []*Stage
	for st, ok := path.Next(nil); ok; st, ok = path.Next(nil) {
		stages = append(stages, st)
	}
	if len(stages) != 35 || c.most != 35 {
		t.Fatalf("%d evaluations, at most %d; want 35", len(stages), c.most)
	}
	lo, hi := math.Pow(0.002, 1./7), math.Pow(80, 1./7)
	for i := range n {
		want := math.Pow(hi+float64(i)/(n-1)*(lo-hi), 7)
		if got := stages[2*i].T; math.Abs(got-want) > 64*0x1p-53*want {
			t.Errorf("σ_%d = %v, want %v", i, got, want)
		}
	}
	k := 0
	r := run(t, func(dst, x []float32, n int) error {
		for e := range dst {
			dst[e] = float32(k)
		}
		k++
		return nil
	}, p, 2, settings)
	for i, x := range r.X {
		if x != 34 {
			t.Errorf("x[%d] = %v, want the last thing the denoiser said, 34", i, x)
		}
	}
	if !cmp.Equal(r.Spec, s) || s.Start != 80 || s.End != 0.002 || s.Grid != Karras {
		t.Errorf("settings %+v", r.Spec)
	}
}
