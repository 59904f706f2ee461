package sample

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// For data N(0, σ_d²) in coordinate d the field that knows t and the path of the
// flow are
//
//	f_t = (c a σ² + d b)/(a²σ² + b²) u,   u(t) ∝ √(a²σ² + b²)
var sigmas = []float64{0.25, 0.8, 2}

// clocked is f_t with t read off the stages, for one batch.
func clocked(p *field.Process, stages []Stage) Field {
	call := 0
	return func(dst, x []float32, n int) error {
		k := p.At(stages[call].T)
		call++
		for e := range dst {
			v := sigmas[e%len(sigmas)] * sigmas[e%len(sigmas)]
			dst[e] = float32((k.C*k.A*v + k.D*k.B) / (k.A*k.A*v + k.B*k.B) * float64(x[e]))
		}
		return nil
	}
}

// miss is the rms distance from where the flow ends to where a sampler does.
func miss(t *testing.T, p *field.Process, s Spec) float64 {
	t.Helper()
	s, stages, err := s.path(p)
	if err != nil {
		t.Fatal(err)
	}
	s.Batch = s.N
	r := run(t, clocked(p, stages), p, len(sigmas), s)
	var sum float64
	k0, k1 := p.At(s.Start), p.At(s.End)
	for i := range s.N {
		for d, z := range start(s.Seed, i, len(sigmas)) {
			v := sigmas[d] * sigmas[d]
			want := k0.B * float64(z) * math.Sqrt((k1.A*k1.A*v+k1.B*k1.B)/(k0.A*k0.A*v+k0.B*k0.B))
			gap := float64(r.X[i*len(sigmas)+d]) - want
			sum += gap * gap
		}
	}
	return math.Sqrt(sum / float64(len(r.X)))
}

// slope fits error ∝ steps^−order over four halvings of the step.
func slope(steps int, missAt func(steps int) float64) (order float64, errs []float64) {
	const halvings = 4
	var xy, xx float64
	for k := range halvings + 1 {
		e := missAt(steps << k)
		errs = append(errs, e)
		x := float64(k) - halvings/2.
		xy -= x * math.Log2(e)
		xx += x * x
	}
	return xy / xx, errs
}

// Every sampler with a clock has its order on every schedule and target.
func TestOrderOnGaussians(t *testing.T) {
	for _, schedule := range field.Schedules.Kinds() {
		for _, target := range field.Targets.Kinds() {
			prior, grids := uniform(0.1, 0.9), []string{Uniform}
			if schedule == "edm" {
				prior, grids = uniform(0.1, 8), []string{Uniform, Karras}
			}
			p := custom(t, schedule, target, prior)
			for _, grid := range grids {
				for _, tt := range []struct {
					sampler string
					steps   int
					order   float64
				}{{"euler", 64, 1}, {"ddim", 64, 1}, {"heun", 32, 2}} {
					name := fmt.Sprintf("%s/%s/%s/%s", schedule, target, tt.sampler, grid)
					order, errs := slope(tt.steps, func(steps int) float64 {
						return miss(t, p, with(func(s *Spec) { s.Sampler, s.Grid, s.Steps, s.N = tt.sampler, grid, steps, 8 }))
					})
					if math.Abs(order-tt.order) > 0.15 {
						t.Errorf("%s: order %.3f, want %v ± 0.15; errors %.3g", name, order, tt.order, errs)
					}
				}
			}
		}
	}
}

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
	for _, sampler := range []string{"euler", "heun", "ddim"} {
		s := with(func(s *Spec) { s.Sampler, s.Steps, s.N = sampler, 20, 30 })
		a := run(t, denoise, custom(t, "linear", "data", full), 2, s)
		b := run(t, eqm, custom(t, "linear", "eqm-linear", full), 2, s)
		gd := run(t, eqm, custom(t, "linear", "eqm-linear", full), 2,
			with(func(s *Spec) { s.Steps, s.N, s.Eta, s.Count = 20, 30, 1./20, Exact }))
		var far float64
		for i := range a.X {
			// u − D is rounded to float32, an error of 2⁻²⁴·4 that ν = 1/t ≤ 20 lets grow
			// before the last step takes it all out; 20 steps.
			if gap := math.Abs(float64(a.X[i] - b.X[i])); gap > 20*20*4*u32 {
				t.Fatalf("%s: data prediction ends at %v, Equilibrium Matching at %v", sampler, a.X[i], b.X[i])
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
// and of heun is u − t(u − D)/t = D, and heun spends one evaluation on it.
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
	}{{"euler", 10}, {"ddim", 10}, {"heun", 19}} {
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
	s, stages, err := settings.path(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != 35 {
		t.Fatalf("%d evaluations, want 35", len(stages))
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
	if r.Spec != s || s.Start != 80 || s.End != 0.002 || s.Grid != Karras {
		t.Errorf("settings %+v", r.Spec)
	}
}

// A method is data: one that is not in the table runs as well as one that is.
// Here the midpoint rule, of order 2.
func TestMethodIsData(t *testing.T) {
	midpoint := func(p *field.Process, t []float64) (stages []Stage) {
		for k := range len(t) - 1 {
			h, mid := t[k+1]-t[k], (t[k]+t[k+1])/2
			stages = append(stages,
				Stage{Step: k + 1, T: t[k], Look: [2]float64{1, 0}, U: [3]float64{1, 0, 0},
					M: [3]float64{p.Mu.Eval(t[k]), 0, p.Nu.Eval(t[k])}},
				Stage{Step: k + 1, T: mid, Look: [2]float64{1, h / 2},
					U: [3]float64{1 + h*p.Mu.Eval(mid), h * h / 2 * p.Mu.Eval(mid), h * p.Nu.Eval(mid)}})
		}
		return stages
	}
	p := custom(t, "trig", "noise", uniform(0.1, 0.9))
	order, errs := slope(16, func(steps int) float64 {
		s := with(func(s *Spec) { s.Steps, s.Start, s.End = steps, 0.9, 0.1 })
		times, err := s.times(p)
		if err != nil {
			t.Fatal(err)
		}
		stages := midpoint(p, times)
		w := newBatch(newPoints(clocked(p, stages), 1, len(sigmas)), 1, len(sigmas))
		w.stages, w.scale = stages, p.Schedule.B.Eval(0.9)
		w.result = &Result{Dim: len(sigmas), X: make([]float32, len(sigmas)), NFE: make([]int, 1)}
		if err := w.run(context.Background(), 0, 1); err != nil {
			t.Fatal(err)
		}
		var sum float64
		k0, k1 := p.At(0.9), p.At(0.1)
		for d, z := range start(0, 0, len(sigmas)) {
			v := sigmas[d] * sigmas[d]
			want := k0.B * float64(z) * math.Sqrt((k1.A*k1.A*v+k1.B*k1.B)/(k0.A*k0.A*v+k0.B*k0.B))
			sum += (float64(w.result.X[d]) - want) * (float64(w.result.X[d]) - want)
		}
		return math.Sqrt(sum)
	})
	if math.Abs(order-2) > 0.15 {
		t.Errorf("order %.3f, want 2 ± 0.15; errors %.3g", order, errs)
	}
}
