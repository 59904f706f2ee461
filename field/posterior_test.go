package field

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// aPoint draws a vector of dimension n, of coordinates on a grid fine enough to
// be generic and coarse enough that their squares do not underflow.
func aPoint(t *rapid.T, n int, name string) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(rapid.IntRange(-2<<20, 2<<20).Draw(t, name)) * 0x1p-20
	}
	return v
}

func aMixture(t *rapid.T) Mixture {
	n, k := rapid.IntRange(1, 6).Draw(t, "dim"), rapid.IntRange(1, 5).Draw(t, "points")
	m := Mixture{Jitter: rapid.SampledFrom([]float64{0, 0.05, 0.5}).Draw(t, "jitter")}
	for range k {
		m.Points = append(m.Points, aPoint(t, n, "x"))
		m.Weights = append(m.Weights, rapid.Float64Range(0.1, 2).Draw(t, "π"))
	}
	return m
}

func norm(v []float64) float64 { return math.Sqrt(dot(v, v)) }

// size is E[coef·‖u − a x‖/v + ‖x‖ | u], the size of what an average adds up
// before anything cancels.
func (a *Atoms) size(u []float64, coef func(*instant) float64) float64 {
	j := a.join(u, a.nodes)
	var s float64
	for i := range j.nodes {
		n := &j.nodes[i]
		for k, x := range a.data.Points {
			w := j.w[i*len(a.data.Points)+k]
			if w == 0 {
				continue
			}
			r := slices.Clone(u)
			for l := range r {
				r[l] -= n.A * x[l]
			}
			s += w * (math.Abs(coef(n))*norm(r)/n.variance + norm(x))
		}
	}
	return s
}

// f* = natural + transport + drift·u, to 1e-12 of the size of its terms, for every
// schedule and target; and f_t* = λ∇E_t + (c/a)u at each t.
func TestDecomposition(t *testing.T) {
	procs := everyProcess(0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		m := aMixture(t)
		a, err := NewAtoms(p, m)
		if err != nil {
			t.Fatal(err)
		}
		u := aPoint(t, a.Dim(), "u")
		q := a.At(u)
		scale := a.size(u, func(n *instant) float64 { return n.lambda }) + math.Abs(q.Drift)*norm(u)
		for i := range u {
			sum := q.Natural[i] + q.Transport[i] + q.Drift*u[i]
			if !(math.Abs(sum-q.Field[i]) <= 1e-12*scale) {
				t.Fatalf("%v: parts sum to %v, f* = %v (scale %v)", p, sum, q.Field[i], scale)
			}
		}
		at := rapid.Float64Range(0.02, 0.98).Draw(t, "t")
		c := a.Given(u, at)
		lambda, drift := p.Lambda.Eval(at), p.Drift.Eval(at)
		scale = math.Abs(lambda)*norm(c.Grad) + math.Abs(drift)*norm(u) + norm(c.Field)
		k := p.At(at)
		for i := range u {
			if sum := lambda*c.Grad[i] + drift*u[i]; !(math.Abs(sum-c.Field[i]) <= 1e-12*scale) {
				t.Fatalf("%v at %v: λ∇E_t + (c/a)u = %v, f_t* = %v", p, at, sum, c.Field[i])
			}
			// Tweedie: a D_t = u − b²∇E_t.
			got, want := k.A*c.Denoised[i], u[i]-k.B*k.B*c.Grad[i]
			if !(math.Abs(got-want) <= 1e-13*(norm(u)+k.B*k.B*norm(c.Grad)+norm(c.Denoised))) {
				t.Fatalf("%v at %v: a D_t = %v, u − b²∇E_t = %v", p, at, got, want)
			}
		}
	})
}

// ∇E_marg and ∇E_t against central differences of the energies. The error is
// h²/6 of a third derivative, at most of the order of 1/b³ ≤ 2e5 at the least
// noise, 0.02, where the density has its finest features.
func TestEnergyGradients(t *testing.T) {
	procs := everyProcess(0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		m := aMixture(t)
		a, err := NewAtoms(p, m)
		if err != nil {
			t.Fatal(err)
		}
		u, dir := aPoint(t, a.Dim(), "u"), aPoint(t, a.Dim(), "direction")
		at := rapid.Float64Range(0.1, 0.98).Draw(t, "t")
		const h = 0x1p-17
		shift := func(s float64) []float64 {
			v := slices.Clone(u)
			for i := range v {
				v[i] += s * dir[i]
			}
			return v
		}
		hi, lo := shift(h), shift(-h)
		length := norm(dir)
		e := math.Abs(a.Energy(u)) + 10
		if got, want := dot(a.At(u).Grad, dir), (a.Energy(hi)-a.Energy(lo))/(2*h); !(math.Abs(got-want) <=
			h*h*1e7*length*length*length+64*u64*e/h+1e-9*math.Abs(want)) {
			t.Fatalf("%v: ∇E_marg·d = %v, by differences %v", p, got, want)
		}
		c := a.Given(u, at)
		got, want := dot(c.Grad, dir), (a.Given(hi, at).Energy-a.Given(lo, at).Energy)/(2*h)
		e = math.Abs(c.Energy) + norm(c.Grad) + 10
		if !(math.Abs(got-want) <= h*h*1e7*length*length*length+64*u64*e/h+1e-9*math.Abs(want)) {
			t.Fatalf("%v: ∇E_t·d = %v, by differences %v", p, got, want)
		}
	})
}

// On the linear schedule f*_v = f*_ε − f*_x and f*_EqM = u − f*_x when κ = t.
func TestFieldIdentities(t *testing.T) {
	s, prior := Linear(), Uniform(0, 1)
	rapid.Check(t, func(t *rapid.T) {
		m := aMixture(t)
		u := aPoint(t, len(m.Points[0]), "u")
		field := func(tg Target) []float64 {
			a, err := NewAtoms(NewProcess(s, tg, prior), m)
			if err != nil {
				t.Fatal(err)
			}
			return a.Field(u)
		}
		eps, x := field(Noise(s)), field(Data(s))
		v, q := field(Velocity(s)), field(Equilibrium(s, LinearGain(1)))
		a, err := NewAtoms(NewProcess(s, Noise(s), prior), m)
		if err != nil {
			t.Fatal(err)
		}
		tol := 1e-13 * (norm(u) + a.size(u, func(n *instant) float64 { return n.B }))
		for i := range u {
			if !(math.Abs(v[i]-(eps[i]-x[i])) <= tol && math.Abs(q[i]-(u[i]-x[i])) <= tol) {
				t.Fatalf("v %v, ε−x %v; EqM %v, u−x %v", v[i], eps[i]-x[i], q[i], u[i]-x[i])
			}
		}
	})
}

// A loss weight acts as prior: w(t) = a²/b² with a uniform prior is the field
// of a prior proportional to a²/b².
func TestWeightIsPrior(t *testing.T) {
	s := Linear()
	weighted := Uniform(0.02, 0.98)
	weighted.Weight = s.SNR()
	prior := Uniform(0.02, 0.98)
	prior.Density = s.SNR().Scale(3)
	a := mustAtoms(t, NewProcess(s, Velocity(s), weighted), triangle)
	b := mustAtoms(t, NewProcess(s, Velocity(s), prior), triangle)
	plain := mustAtoms(t, NewProcess(s, Velocity(s), Uniform(0.02, 0.98)), triangle)
	nearVec(t, "f*", a.Field(probe), b.Field(probe), 1e-14)
	near(t, "E_marg", a.Energy(probe), b.Energy(probe), 1e-14)
	if d := a.Field(probe)[0] - plain.Field(probe)[0]; math.Abs(d) < 1e-3 {
		t.Errorf("the weight moved the field by %v only", d)
	}
}

// Rotating or permuting the data and the point turns the field with them, and
// scaling atoms about the origin is scaling noise.
func TestEquivariance(t *testing.T) {
	s := Linear()
	p := NewProcess(s, Velocity(s), Uniform(0, 1))
	want := mustAtoms(t, p, triangle).Field(probe)
	turn := func(v []float64) []float64 {
		c, si := math.Cos(0.7), math.Sin(0.7)
		return []float64{c*v[0] - si*v[1], si*v[0] + c*v[1]}
	}
	var turned, permuted Mixture
	for i, x := range triangle.Points {
		turned.Points = append(turned.Points, turn(x))
		permuted.Points = append(permuted.Points, triangle.Points[(i+1)%3])
	}
	nearVec(t, "rotated", mustAtoms(t, p, turned).Field(turn(probe)), turn(want), 1e-14)
	nearVec(t, "permuted", mustAtoms(t, p, permuted).Field(probe), want, 1e-14)
	// Jitter 0 is the limit of small jitter.
	blurred := triangle
	blurred.Jitter = 1e-9
	nearVec(t, "blurred", mustAtoms(t, p, blurred).Field(probe), want, 1e-12)
}

// One normal N(0, τ²I) has a linear field in closed form at each t:
// E[x|u,t] = aτ²u/v, E[ε|u,t] = bu/v, v = a²τ²+b².
func TestSingleNormal(t *testing.T) {
	const tau = 0.7
	for _, p := range everyProcess(0.02, 0.98) {
		a := mustAtoms(t, p, Mixture{Points: [][]float64{{0, 0, 0}}, Jitter: tau})
		u := []float64{0.3, -1.2, 2}
		for _, at := range []float64{0.02, 0.3, 0.98} {
			k := p.At(at)
			v := k.A*k.A*tau*tau + k.B*k.B
			c := a.Given(u, at)
			gain := (k.C*k.A*tau*tau + k.D*k.B) / v
			size := (math.Abs(k.C)*k.A*tau*tau + math.Abs(k.D)*k.B) / v
			for i := range u {
				near(t, p.String()+" f_t*", c.Field[i], gain*u[i], 16*u64*size*2)
				near(t, p.String()+" D_t", c.Denoised[i], k.A*tau*tau/v*u[i], 16*u64*2*(1+1/tau))
			}
			near(t, p.String()+" E_t", c.Energy, 1.5*math.Log(2*math.Pi*v)+dot(u, u)/(2*v),
				16*u64*(10+dot(u, u)/v))
		}
	}
}

func TestEdgeMass(t *testing.T) {
	s := Linear()
	p := NewProcess(s, Velocity(s), Uniform(0.2, 0.8))
	a := mustAtoms(t, p, Mixture{Points: [][]float64{make([]float64, 64)}})
	u := make([]float64, 64)
	u[0] = 0.01 // the noise is far below what the prior allows
	if q := a.At(u); !(q.EdgeLo > 0.99) {
		t.Errorf("mass in the first panel is %v, want nearly all", q.EdgeLo)
	}
	u[0] = 20 // and far above
	if q := a.At(u); !(q.EdgeHi > 0.99) {
		t.Errorf("mass in the last panel is %v, want nearly all", q.EdgeHi)
	}
}

func TestMixtureErrors(t *testing.T) {
	s := Linear()
	p := NewProcess(s, Velocity(s), Uniform(0, 1))
	for _, tt := range []struct {
		m    Mixture
		want string
	}{
		{Mixture{}, "got no points"},
		{Mixture{Points: [][]float64{{}}}, "got no points"},
		{Mixture{Points: [][]float64{{1}, {1, 2}}}, "point 1 has dimension 2, want that of point 0, 1"},
		{Mixture{Points: [][]float64{{1}, {math.NaN()}}}, "point 1 has coordinate 0 = NaN"},
		{Mixture{Points: [][]float64{{1}}, Weights: []float64{1, 2}}, "got 2 weights, want 1"},
		{Mixture{Points: [][]float64{{1}}, Weights: []float64{0}}, "weight 0 is 0"},
		{Mixture{Points: [][]float64{{1}}, Jitter: -1}, "jitter is -1"},
	} {
		if _, err := NewAtoms(p, tt.m); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	if _, err := NewAtomsRatio(p, triangle, math.NaN()); err == nil {
		t.Error("a ratio of NaN was accepted")
	}
	for _, r := range [][2]float64{{0, 2}, {-1, 1}, {0.5, 0.5}, {0.5, math.NaN()}} {
		if _, err := NewAtoms(NewProcess(s, Velocity(s), Uniform(r[0], r[1])), triangle); err == nil {
			t.Errorf("the range %v was accepted", r)
		}
	}
}

// Panels cover their range, advance, and stay as narrow as promised where the
// floor allows, down to ranges of one unit in the last place.
func TestPanels(t *testing.T) {
	for _, tt := range [][3]float64{
		{0, 1, 1}, {0, 0.5, 1}, {0.02, 0.98, 1}, {1 - 0x1p-20, 1, 1}, {1 - 0x1p-52, 1, 1},
		{0, 80, math.Inf(1)}, {0.002, 80, math.Inf(1)}, {0, math.MaxFloat64, math.Inf(1)}, {0, 5e-324, 1},
	} {
		for _, ratio := range []float64{1, 0.25, 0x1p-5} {
			lo, hi, end := tt[0], tt[1], tt[2]
			edges := panels(lo, hi, end, ratio)
			if edges[0] != lo || edges[len(edges)-1] != hi || len(edges) > int(10+80/ratio) {
				t.Errorf("panels(%v, %v) run from %v to %v in %d",
					lo, hi, edges[0], edges[len(edges)-1], len(edges))
			}
			least := max(0x1p-40*(hi-lo), 0x1p-50*hi, math.SmallestNonzeroFloat64)
			for i, e := range edges[1:] {
				width := e - edges[i]
				if !(width > 0 && width <= max(least, ratio*min(edges[i], end-e))*(1+1e-3)+0x1p-52*e) {
					t.Fatalf("panel [%v, %v] of panels(%v, %v, %v, %v)", edges[i], e, lo, hi, end, ratio)
				}
			}
		}
	}
}
