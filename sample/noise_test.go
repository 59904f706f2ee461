package sample

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// loud are recipes of the methods that add noise: those of their examples.
func loud(t *testing.T) (specs []Spec) {
	t.Helper()
	for _, e := range Samplers.Entries {
		if !e.Make.Noise || e.Make.Part != Whole { // Langevin in a metric has tests of its own
			continue
		}
		specs = append(specs, told(t, e.Example))
	}
	if len(specs) < 5 {
		t.Fatalf("%d methods add noise, want ddim, sde, churn, langevin and blind-denoiser at least",
			len(specs))
	}
	return specs
}

// told is the recipe that a text asks for.
func told(t *testing.T, text string) (s Spec) {
	t.Helper()
	c, err := choice.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	_, full, faults := Samplers.Resolve("", c, nil)
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	s.Fill(full)
	return s
}

// normal is data N(mean_d, σ_d²) in coordinate d.
type normal struct{ mean, sigma []float64 }

// field is f_t of p for the data, and for a point the same without t.
func (x normal) field(p *field.Process) Eval {
	var at field.Coefficients
	return func(f []float64, q Query) error {
		for e, u := range q.Y {
			d := e % len(x.mean)
			if tm := q.T[e/len(x.mean)]; d == 0 && tm != at.T {
				at = p.At(tm)
			}
			v := x.sigma[d] * x.sigma[d]
			clean := x.mean[d] + at.A*v/(at.A*at.A*v+at.B*at.B)*(u-at.A*x.mean[d])
			f[e] = at.C*clean + at.D*(u-at.A*clean)/at.B
		}
		return nil
	}
}

// datum is the field of a process that gives D for the data at one point.
func (x normal) datum(p *field.Process) Eval {
	c, d := datumOf(p, 0.5)
	return func(f []float64, q Query) error {
		for e, u := range q.Y {
			f[e] = (x.mean[e%len(x.mean)] - c*u) / d
		}
		return nil
	}
}

// gaussians are the processes that s can go along, each with its exact field and the
// mean and variance of what s is to end with.
func gaussians(t *testing.T, s Spec, visit func(name string, p *field.Process, f Eval, want normal)) {
	m, _ := find(s.Sampler)
	tried := 0
	for _, tt := range []struct{ schedule, target string }{
		{"linear", "velocity"}, {"linear", "eqm-linear"}, {"vp-sde", "noise"}, {"edm", "data"},
		{"cosine", "salimans-ho"},
	} {
		prior := uniform(0.002, 0.98)
		if tt.schedule == "edm" {
			prior = uniform(0.002, 40)
		}
		p := custom(t, tt.schedule, tt.target, prior)
		if s.Fits(p) != nil {
			continue
		}
		tried++
		name := fmt.Sprintf("%s on %s/%s", s.Sampler, tt.schedule, tt.target)
		x := normal{[]float64{0.5, -1, 0}, []float64{0.3, 0.8, 1.2}}
		if m.Clock {
			end := p.At(p.Prior.Min)
			want := normal{make([]float64, 3), make([]float64, 3)}
			for d := range want.mean {
				want.mean[d] = end.A * x.mean[d]
				want.sigma[d] = math.Hypot(end.A*x.sigma[d], end.B)
			}
			visit(name, p, x.field(p), want)
			continue
		}
		// Without a clock: a datum, and the noise that Arrival says is left.
		a, err := s.Arrival(p)
		if err != nil {
			t.Fatal(err)
		}
		left := p.Schedule.B.Eval(a.T)
		visit(name, p, x.datum(p), normal{x.mean, []float64{left, left, left}})
	}
	if tried == 0 {
		t.Errorf("%s goes along none of the processes", s.Sampler)
	}
}

// momentsApart says where the mean or covariance of points is further from want than
// the error of so many draws allows: 5 standard errors, and a part of the variance for
// the steps.
func momentsApart(r *Result, want normal, bias float64) (faults []string) {
	dim, n := r.Dim, float64(len(r.NFE))
	for d := range dim {
		for e := range d + 1 {
			var sum, sumD, sumE float64
			for i := range len(r.NFE) {
				x, y := float64(r.X[i*dim+d])-want.mean[d], float64(r.X[i*dim+e])-want.mean[e]
				sum, sumD, sumE = sum+x*y, sumD+x, sumE+y
			}
			size := want.sigma[d] * want.sigma[e]
			cov, within := sum/n, size*5/math.Sqrt(n)
			if d == e {
				cov -= size
				within = size * (5*math.Sqrt(2/n) + bias)
				if mean := sumD / n; math.Abs(mean) > want.sigma[d]*(5/math.Sqrt(n)+bias) {
					faults = append(faults, fmt.Sprintf("mean of %d off by %.3g σ", d, mean/want.sigma[d]))
				}
			}
			if !(math.Abs(cov) <= within) {
				faults = append(faults, fmt.Sprintf("covariance of %d and %d off by %.3g, want within %.3g",
					d, e, cov, within))
			}
		}
	}
	return faults
}

// bias is what 200 steps may add to the law, as a part of σ or σ².
const bias = 0.03

// Methods that add noise end with the law of the data: mean and covariance.
func TestMoments(t *testing.T) {
	for _, s := range loud(t) {
		s.N, s.Batch, s.Steps, s.Start = 4000, 4000, 200, 0
		gaussians(t, s, func(name string, p *field.Process, f Eval, want normal) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, fault := range momentsApart(exactly(t, f, p, 3, s), want, bias) {
					t.Error(fault)
				}
			})
		})
	}
}

// louder is a host whose fresh noise is that many times as much as it should be.
type louder struct {
	*Host
	times float64
}

func (x louder) Step(rows []Row) error {
	for i, r := range rows {
		st := *r.Stage
		st.Set = [][]float64{slices.Clone(st.Set[0])}
		st.Set[0][len(st.Set[0])-1] *= x.times
		st.Set = append(st.Set, r.Set[1:]...)
		rows[i].Stage = &st
	}
	return x.Host.Step(rows)
}

// Noise that is a fifth too much or too little is found by what TestMoments asks of every
// method, without its being told where to look.
func TestMomentsFindWrongNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short: half a minute of arithmetic on one goroutine, minutes under the race detector")
	}
	for _, s := range loud(t) {
		s.N, s.Batch, s.Steps, s.Start = 4000, 4000, 200, 0
		for _, times := range []float64{0.8, 1.2} {
			found := 0
			gaussians(t, s, func(name string, p *field.Process, f Eval, want normal) {
				r, err := Run(t.Context(), louder{OnHost(f, 3), times}, p, s, nil)
				if err != nil {
					t.Fatal(err)
				}
				found += len(momentsApart(r, want, bias))
			})
			if found == 0 {
				t.Errorf("%s with %v times its noise passes", s.Sampler, times)
			}
		}
	}
}

// What noise does to a point is a function of its number: on the host and on a device,
// which agree, whatever the batch and the way it is cut.
func TestNoiseIsThePoints(t *testing.T) {
	const dim, n = 5, 11
	f, eval := waves(dim)
	for _, s := range loud(t) {
		p := custom(t, "edm", "velocity", uniform(0.002, 2))
		if m, _ := find(s.Sampler); !m.Clock {
			p = custom(t, "edm", "data", uniform(0.002, 2))
		}
		s.N, s.Batch, s.Steps, s.Start, s.Seed = n, n, 12, 0, 5
		want := exactly(t, eval, p, dim, s)
		got, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.NFE, want.NFE) {
			t.Errorf("%s: evaluations %v, on the host %v", s.Sampler, got.NFE, want.NFE)
		}
		for i, x := range got.X {
			gap := math.Abs(float64(x - want.X[i]))
			if gap > 64*u32*math.Max(1, math.Abs(float64(want.X[i]))) {
				t.Fatalf("%s: x[%d] = %v, on the host %v", s.Sampler, i, x, want.X[i])
			}
		}
		for _, batch := range []int{1, 3, 8} {
			s.Batch = batch
			same(t, s.Sampler, exactly(t, eval, p, dim, s), want, n)
			r, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			same(t, s.Sampler, r, got, n)
		}
	}
}

// With nothing stochastic, ddim has no noise in its stages, langevin and churn are the
// methods they add noise to, to the bit, and churn's noise at a step is algorithm 2's.
func TestQuietLimits(t *testing.T) {
	p := method(t, "edm")
	for _, tt := range []struct{ a, b string }{
		{"ddim:stochasticity=0", "ddim"}, {"langevin:corrections=0", "ddim"},
		{"churn:churn=0,grid=karras", "heun:grid=karras"}, {"churn:churn_min=90,churn_max=100", "heun"},
		{"churn:churn=0,clean=true", "heun:clean=true"},
	} {
		var drawn [2]*Result
		for i, text := range []string{tt.a, tt.b} {
			s := told(t, text)
			s.N, s.Steps = 5, 18
			drawn[i] = run(t, rows, p, 3, s)
		}
		same(t, tt.a, drawn[0], drawn[1], 5)
	}
}

// churn raises the noise of EDM's grid as algorithm 2 has it: γ = min(S_churn/N, √2−1)
// within [S_min, S_max], the start included.
func TestChurnIsAlgorithm2(t *testing.T) {
	s := with(func(s *Spec) { s.Sampler, s.Steps, s.Grid = "churn", 18, Karras })
	for key, v := range map[string]float64{
		"churn": 5, "churn_min": .05, "churn_max": 90, "churn_noise": 1.007,
	} {
		s.Params[key] = v
	}
	c, err := s.course(method(t, "edm"))
	if err != nil {
		t.Fatal(err)
	}
	times, err := c.spec.times(c.method, method(t, "edm"))
	if err != nil {
		t.Fatal(err)
	}
	path := c.paths()
	before, _ := path.Next(nil)
	for k, sigma := range times[:18] {
		gamma := 5. / 18
		if sigma < .05 {
			gamma = 0
		}
		add := math.Sqrt((1+gamma)*(1+gamma)-1) * sigma * 1.007
		first, _ := path.Next(nil)
		if math.Abs(before.Set[0][3]-add) > 1e-9*sigma || math.Abs(first.T-(1+gamma)*sigma) > 1e-9*sigma {
			t.Errorf("step %d adds %v to σ = %v and starts from %v, want %v and %v",
				k+1, before.Set[0][3], sigma,
				first.T, add, (1+gamma)*sigma)
		}
		before, _ = path.Next(nil)
	}
}
