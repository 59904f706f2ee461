package exact

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/field"
)

// size is E[coef·‖u − a x‖/v + ‖x‖ | u], the size of what an average adds up
// before anything cancels.
func size(t tester, a *Blind, u []float64, coef observable) float64 {
	t.Helper()
	j := must[*joint](t)(a.join(u, new(scratch), a.cut, nil))
	g := j.q.sight.(*pointSight)
	var s float64
	for _, l := range j.leaves {
		for p := range l.nodes {
			n := &l.nodes[p]
			for i, k := range l.list {
				x := g.Points[k]
				r := math.Sqrt(g.distance2(k, n.rest))
				share := l.row(i)[p] * l.scale * l.rule[p]
				s += share * (math.Abs(coef(n))*r/n.variance(g.Jitter*g.Jitter) + norm(x))
			}
		}
	}
	return s
}

// f* = natural + transport + drift·u, to 1e-12 of the size of its terms, for every
// schedule and target; and f_t* = λ∇E_t + (c/a)u at each t.
func TestDecomposition(t *testing.T) {
	procs := everyProcess(t, 0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		m := aMixture(t)
		a := mustAtoms(t, p, m)
		u := aPoint(t, a.Dim(), "u")
		f, q := mustField(t, a, u), mustDecompose(t, a, u)
		scale := size(t, a, u, lambda) + math.Abs(q.Drift)*norm(u)
		for i := range u {
			sum := q.Natural[i] + q.Transport[i] + q.Drift*u[i]
			if !(math.Abs(sum-f[i]) <= 1e-12*scale) {
				t.Fatalf("%v: parts sum to %v, f* = %v (scale %v)", p, sum, f[i], scale)
			}
		}
		at := rapid.Float64Range(0.02, 0.98).Draw(t, "t")
		c := mustGiven(t, a, u, at)
		gain, pull := p.Lambda.Eval(at), p.Drift.Eval(at)
		scale = math.Abs(gain)*norm(c.Grad) + math.Abs(pull)*norm(u) + norm(c.Field)
		k := p.At(at)
		var largest float64 // what D_t adds up
		for _, x := range m.Points {
			largest = max(largest, norm(x))
		}
		for i := range u {
			if sum := gain*c.Grad[i] + pull*u[i]; !(math.Abs(sum-c.Field[i]) <= 1e-12*scale) {
				t.Fatalf("%v at %v: λ∇E_t + (c/a)u = %v, f_t* = %v", p, at, sum, c.Field[i])
			}
			// Tweedie: a D_t = u − b²∇E_t.
			got, want := k.A*c.Denoised[i], u[i]-k.B*k.B*c.Grad[i]
			if !(math.Abs(got-want) <= 1e-13*(norm(u)+k.B*k.B*norm(c.Grad)+largest)) {
				t.Fatalf("%v at %v: a D_t = %v, u − b²∇E_t = %v", p, at, got, want)
			}
		}
	})
}

// ∇E_marg and ∇E_t against central differences of the energies. The error is
// h²/6 of a third derivative, at most of the order of 1/b³ ≤ 2e5 at the least
// noise, 0.02, where the density has its finest features.
func TestEnergyGradients(t *testing.T) {
	procs := everyProcess(t, 0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		m := aMixture(t)
		a := mustAtoms(t, p, m)
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
		e := math.Abs(mustEnergy(t, a, u)) + 10
		tol := func(want float64) float64 {
			return h*h*1e7*length*length*length + 64*u64*e/h + 1e-9*math.Abs(want)
		}
		got, want := dot(mustAt(t, a, u).Grad, dir), (mustEnergy(t, a, hi)-mustEnergy(t, a, lo))/(2*h)
		if !(math.Abs(got-want) <= tol(want)) {
			t.Fatalf("%v: ∇E_marg·d = %v, by differences %v", p, got, want)
		}
		c := mustGiven(t, a, u, at)
		got, want = dot(c.Grad, dir), (mustGiven(t, a, hi, at).Energy-mustGiven(t, a, lo, at).Energy)/(2*h)
		e = math.Abs(c.Energy) + norm(c.Grad) + 10
		if !(math.Abs(got-want) <= h*h*1e7*length*length*length+64*u64*e/h+1e-9*math.Abs(want)) {
			t.Fatalf("%v: ∇E_t·d = %v, by differences %v", p, got, want)
		}
	})
}

// On the linear schedule f*_v = f*_ε − f*_x and f*_EqM = u − f*_x when κ = t.
func TestFieldIdentities(t *testing.T) {
	s, prior := field.Linear(), field.Uniform(0, 1)
	rapid.Check(t, func(t *rapid.T) {
		m := aMixture(t)
		u := aPoint(t, len(m.Points[0]), "u")
		isDatum := slices.ContainsFunc(m.Points, func(x []float64) bool { return slices.Equal(x, u) })
		if m.Jitter == 0 && isDatum {
			t.Skip("a datum has no posterior under a prior that reaches t = 0")
		}
		blind := func(tg field.Target) []float64 {
			return mustField(t, mustAtoms(t, field.NewProcess(s, tg, prior), m), u)
		}
		eps, x := blind(field.Noise(s)), blind(field.Data(s))
		v, q := blind(field.Velocity(s)), blind(field.Equilibrium(s, field.LinearGain(1)))
		a := mustAtoms(t, field.NewProcess(s, field.Noise(s), prior), m)
		tol := 1e-13 * (norm(u) + size(t, a, u, func(n *instant) float64 { return n.b }))
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
	s := field.Linear()
	weighted := field.Uniform(0.02, 0.98)
	weighted.Weight = s.SNR()
	prior := field.Uniform(0.02, 0.98)
	prior.Density = s.SNR().Scale(3)
	a := mustAtoms(t, field.NewProcess(s, field.Velocity(s), weighted), triangle)
	b := mustAtoms(t, field.NewProcess(s, field.Velocity(s), prior), triangle)
	plain := mustAtoms(t, field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98)), triangle)
	nearVec(t, "f*", mustField(t, a, probe), mustField(t, b, probe), 1e-14)
	near(t, "E_marg", mustEnergy(t, a, probe), mustEnergy(t, b, probe), 1e-14)
	if d := mustField(t, a, probe)[0] - mustField(t, plain, probe)[0]; math.Abs(d) < 1e-3 {
		t.Errorf("the weight moved the field by %v only", d)
	}
}

// Rotating or permuting the data and the point turns the field with them, and
// scaling atoms about the origin is scaling noise.
func TestEquivariance(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	want := mustField(t, mustAtoms(t, p, triangle), probe)
	turn := func(v []float64) []float64 {
		c, si := math.Cos(0.7), math.Sin(0.7)
		return []float64{c*v[0] - si*v[1], si*v[0] + c*v[1]}
	}
	var turned, permuted Mixture
	for i, x := range triangle.Points {
		turned.Points = append(turned.Points, turn(x))
		permuted.Points = append(permuted.Points, triangle.Points[(i+1)%3])
	}
	nearVec(t, "rotated", mustField(t, mustAtoms(t, p, turned), turn(probe)), turn(want), 1e-14)
	nearVec(t, "permuted", mustField(t, mustAtoms(t, p, permuted), probe), want, 1e-14)
	// Jitter 0 is the limit of small jitter.
	blurred := triangle
	blurred.Jitter = 1e-9
	nearVec(t, "blurred", mustField(t, mustAtoms(t, p, blurred), probe), want, 1e-12)
}

// One normal N(0, τ²I) has a linear field in closed form at each t:
// E[x|u,t] = aτ²u/v, E[ε|u,t] = bu/v, v = a²τ²+b².
func TestSingleNormal(t *testing.T) {
	const tau = 0.7
	for _, p := range everyProcess(t, 0.02, 0.98) {
		a := mustAtoms(t, p, Mixture{Points: [][]float64{{0, 0, 0}}, Jitter: tau})
		u := []float64{0.3, -1.2, 2}
		for _, at := range []float64{0.02, 0.3, 0.98} {
			k := p.At(at)
			v := k.A*k.A*tau*tau + k.B*k.B
			c := mustGiven(t, a, u, at)
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

// The averages agree with tanh-sinh quadrature of the conditionals between the
// kinks, which shares none of the panels, bounds or weights.
func TestAgainstTanhSinh(t *testing.T) {
	procs := everyProcess(t, 0.02, 0.98)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		a := mustAtoms(t, p, aMixture(t))
		u := aPoint(t, a.Dim(), "u")
		edges := append([]float64{0.02}, append(p.Target.D.Kinks(0.02, 0.98), 0.98)...)
		floor := mustEnergy(t, a, u)
		var mass, mean float64
		f := make([]float64, len(u))
		var size float64
		for i := range edges[1:] {
			tanhSinh(edges[i], edges[i+1], func(at, weight float64) {
				c := mustGiven(t, a, u, at)
				w := weight * p.Prior.Effective().Eval(at) * math.Exp(floor-c.Energy)
				mass += w
				mean += w * at
				for k, v := range c.Field {
					f[k] += w * v
					size += w * math.Abs(v)
				}
			})
		}
		q := mustAt(t, a, u)
		if !(math.Abs(mass-1) <= 1e-12 && math.Abs(q.Mean-mean/mass) <= 1e-12) {
			t.Fatalf("%v: p(u) is off by the factor %v, E[t|u] = %v, want %v", p, mass, q.Mean, mean/mass)
		}
		for k := range u {
			if !(math.Abs(q.Field[k]-f[k]/mass) <= 1e-12*(size+norm(u)+3)) {
				t.Fatalf("%v: f* = %v, want %v/%v", p, q.Field, f, mass)
			}
		}
	})
}

// tanhSinh visits the nodes of the tanh-sinh rule on [lo, hi] with their weights
// (Takahasi and Mori 1974).
func tanhSinh(lo, hi float64, visit func(t, weight float64)) {
	const h, last = 1. / 64, 4 * 64
	for k := -last; k <= last; k++ {
		x := float64(k) * h
		q := math.Pi / 2 * math.Sinh(x)
		if t := lo + (hi-lo)/(1+math.Exp(-2*q)); lo < t && t < hi {
			visit(t, h*(hi-lo)*math.Pi/4*math.Cosh(x)/(math.Cosh(q)*math.Cosh(q)))
		}
	}
}
