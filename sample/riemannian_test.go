package sample

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/field/readout"
)

// metricOf is the metric of a, from its decomposition.
func metricOf(a *exact.Blind) Metric {
	dim := a.Dim()
	return func(f, gain []float64, part Part, q Query) error {
		for i := range q.N {
			d, err := a.Decompose(q.Y[i*dim : (i+1)*dim])
			if err != nil {
				return err
			}
			gain[i] = math.Abs(d.Lambda)
			for e, v := range d.Natural {
				if part == Conformal {
					v += d.Transport[e]
				}
				f[i*dim+e] = math.Copysign(1, d.Lambda) * v
			}
		}
		return nil
	}
}

// metrics are processes whose metric is finite: λ ~ b and b² near data, of either sign,
// with a drift and without.
func metrics(t *testing.T) map[string]*field.Process {
	return map[string]*field.Process{
		"edm/noise": custom(t, "edm", "noise", uniform(0.05, 1)),
		"edm/data":  custom(t, "edm", "data", uniform(0.05, 1)),
		"eqm":       custom(t, "linear", "eqm-linear", uniform(0.05, 0.9)),
		"velocity":  custom(t, "linear", "velocity", uniform(0.05, 0.9)),
	}
}

// Langevin dynamics in the metric leaves p(u) as it is: ∫ p (−F φ' + |λ̄| φ”) du = 0 for
// every φ, with F what it follows. Without the drift of the metric, that is with Natural
// for Conformal, it does not.
func TestDiffusionLeavesTheDensityAlone(t *testing.T) {
	data := exact.Mixture{Points: [][]float64{{-0.6}, {0.9}}, Weights: []float64{0.3, 0.7}, Jitter: 0.2}
	phis := []struct{ slope, bend func(u float64) float64 }{
		{func(u float64) float64 { return 1 }, func(u float64) float64 { return 0 }},
		{func(u float64) float64 { return 2 * u }, func(u float64) float64 { return 2 }},
		{math.Cos, func(u float64) float64 { return -math.Sin(u) }},
	}
	for name, p := range metrics(t) {
		a := atoms(t, p, data)
		metric := metricOf(a)
		var off, plain [3]float64
		const lo, hi, cells = -8., 8., 240
		f, gain := make([]float64, 1), make([]float64, 1)
		for i := range cells + 1 {
			u := lo + (hi-lo)*float64(i)/cells
			e, err := a.Energy([]float64{u})
			if err != nil {
				t.Fatal(err)
			}
			mass := math.Exp(-e) * (hi - lo) / cells
			for part, sums := range map[Part]*[3]float64{Conformal: &off, Natural: &plain} {
				if err := metric(f, gain, part, Query{N: 1, Y: []float64{u}}); err != nil {
					t.Fatal(err)
				}
				for k, phi := range phis {
					sums[k] += mass * (gain[0]*phi.bend(u) - f[0]*phi.slope(u))
				}
			}
		}
		for k := range phis {
			if math.Abs(off[k]) > 1e-9 || math.Abs(plain[1]) < 0.01 {
				t.Errorf("%s, function %d: changes at the rate %.3g, want 0; %.3g without the metric's drift",
					name, k, off[k], plain[k])
			}
		}
	}
}

// The law of riemannian-langevin at temperature 1 is e^−E and, if its drift lacked the
// slope of the gain, would be e^−E over the gain. Cooled, it ends at the bottom.
func TestDiffusionHasTheLaw(t *testing.T) {
	p := custom(t, "edm", "noise", uniform(0.05, 1))
	square := func(slope, cool float64) float64 {
		well := func(f, gain []float64, _ Part, q Query) error { // E = u²/2, gain ½ + u²
			for i, u := range q.Y {
				gain[i] = 0.5 + u*u
				f[i] = gain[i]*u - slope*2*u
			}
			return nil
		}
		s := told(t, "riemannian-langevin:eta=0.0075,steps=800,n=2000,batch=2000,count=exact")
		s.Params["cool"] = cool
		r, err := Run(t.Context(), OnHost(nil, 1).WithMetric(well), p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		var sum float64
		for _, x := range r.X {
			sum += float64(x * x)
		}
		return sum / float64(len(r.X))
	}
	if v := square(1, 0); math.Abs(v-1) > 0.16 {
		t.Errorf("the mean square is %.3f, want 1", v)
	}
	if v := square(0, 0); v > 0.75 { // e^−E/gain has 0.51
		t.Errorf("without the drift of the metric the mean square is %.3f, want much less than 1", v)
	}
	if v := square(0, 1); v > 0.2 {
		t.Errorf("cooled, the mean square is %.3f, want much less", v)
	}
}

// path is where a method takes u on a's metric, step by step.
func pathOf(t *testing.T, a *exact.Blind, s Spec, u []float64) (at [][]float64) {
	t.Helper()
	c, err := s.course(a.Process)
	if err != nil {
		t.Fatal(err)
	}
	h := OnHost(blind(a), a.Dim()).WithMetric(metricOf(a))
	path := c.paths()
	if err := h.Reserve(c.method.form(path, 0), 1); err != nil {
		t.Fatal(err)
	}
	if err := h.Begin(u); err != nil {
		t.Fatal(err)
	}
	for st, ok := path.Next(nil); ok; st, ok = path.Next(nil) {
		at = append(at, append([]float64(nil), h.s[0]...))
		if err := h.Step([]Row{{Stage: st}}); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// The marginal energy falls at every step of the gradient flow, and gains of one energy
// go one way at different speeds: the curve of each lies on that of the other.
func TestRiemannianFlow(t *testing.T) {
	data := exact.Mixture{Points: [][]float64{{0.7, -0.4}, {-1.1, 0.3}, {0.2, 1}}, Jitter: 0.1}
	s := told(t, "riemannian:eta=0.01,steps=120")
	for name, p := range metrics(t) {
		a := atoms(t, p, data)
		was := math.Inf(1)
		for k, u := range pathOf(t, a, s, []float64{1.3, 0.9}) {
			e, err := a.Energy(u)
			if err != nil {
				t.Fatal(err)
			}
			if e > was+1e-12 {
				t.Errorf("%s: step %d raises the energy from %v to %v", name, k, was, e)
			}
			was = e
		}
	}
	noise := pathOf(t, atoms(t, metrics(t)["edm/noise"], data), s, []float64{1.3, 0.9})
	for _, u := range pathOf(t, atoms(t, metrics(t)["edm/data"], data), s, []float64{1.3, 0.9}) {
		if d := toCurve(noise, u); d > 2e-3 {
			t.Errorf("%v is %.3g from the curve of the other gain", u, d)
		}
	}
}

// toCurve is the distance of u in the plane to a line through the points of at.
func toCurve(at [][]float64, u []float64) float64 {
	least := math.Inf(1)
	for i, q := range at[1:] {
		p := at[i]
		x, y := q[0]-p[0], q[1]-p[1]
		w := min(1, max(0, ((u[0]-p[0])*x+(u[1]-p[1])*y)/(x*x+y*y)))
		least = min(least, math.Hypot(u[0]-p[0]-w*x, u[1]-p[1]-w*y))
	}
	return least
}

// The metric measured on a field by its values is near the exact one: its gain to a tenth
// in 32 dimensions, and the drift of Langevin dynamics to rounding where c/a is constant.
func TestMeasuredMetric(t *testing.T) {
	const dim = 32
	data := corners(dim)
	for name, p := range metrics(t) {
		a := atoms(t, p, data)
		point := func(i int, at float64) []float64 {
			k, u := p.At(at), make([]float64, dim)
			for d, z := range start(3, i, dim) {
				u[d] = k.A*data.Points[i%len(data.Points)][d] + k.B*float64(z)
			}
			return u
		}
		var pairs []readout.Pair
		for i := range 400 {
			at := p.Prior.Min + (p.Prior.Max-p.Prior.Min)*(float64(i)+.5)/400
			u := point(i, at)
			f, err := a.Field(u)
			if err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, readout.Pair{T: at, Scalars: readout.Of(u, f)})
		}
		read, err := readout.Fit(pairs)
		if err != nil {
			t.Fatal(err)
		}
		measured, known := MeasuredMetric(blind(a), p, read), metricOf(a)
		var ratio, worst float64
		const points = 24
		for i := range points {
			q := Query{N: 1, Y: point(400+i, 0.2+0.4*float64(i)/points)}
			got, want := make([]float64, dim), make([]float64, dim)
			var gain, known1 [1]float64
			if err := measured(got, gain[:], Conformal, q); err != nil {
				t.Fatal(err)
			}
			if err := known(want, known1[:], Conformal, q); err != nil {
				t.Fatal(err)
			}
			var miss, size float64
			for e, v := range want {
				miss, size = miss+(got[e]-v)*(got[e]-v), size+v*v
			}
			ratio += gain[0] / known1[0] / points
			worst = max(worst, math.Sqrt(miss/size))
		}
		within := 0.3
		if p.Schedule.Name == "edm" { // c/a is 0 or 1
			within = 1e-12
		}
		if math.Abs(ratio-1) > 0.1 || worst > within {
			t.Errorf("%s: gain %.3f of what it is, drift off by %.3g", name, ratio, worst)
		}
	}
}

// An executor without a metric refuses a method that follows one, and so does a process
// whose metric is infinite.
func TestRiemannianRefuses(t *testing.T) {
	s, p := told(t, "riemannian:n=1"), metrics(t)["edm/noise"]
	f, eval := waves(2)
	for name, x := range map[string]Executor{"Host": OnHost(eval, 2), "Compiled": compiled(t, f, 2)} {
		want := name + ": the method follows |λ̄|∇E"
		if err := Reserve(x, p, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := s.Fits(method(t, "fm")); err == nil || !strings.Contains(err.Error(), "E[λ|u]") {
		t.Errorf("got %v, want an error that names E[λ|u]", err)
	}
}
