package exact

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/field"
)

// aRotation draws an orthonormal basis of R^n, as a product of turns of two axes.
func aRotation(t *rapid.T, n int) [][]float64 {
	q := axes(n, n)
	for range 2 * n {
		i, j := rapid.IntRange(0, n-1).Draw(t, "axis"), rapid.IntRange(0, n-1).Draw(t, "axis")
		c, s := math.Sincos(rapid.Float64Range(0, 6).Draw(t, "angle"))
		for k := range n {
			if p := q[i]; i != j {
				p[k], q[j][k] = c*p[k]-s*q[j][k], s*p[k]+c*q[j][k]
			}
		}
	}
	return q
}

// mapped is Σ v_i basis_i.
func mapped(basis [][]float64, v []float64) []float64 {
	out := make([]float64, len(basis[0]))
	for i, x := range v {
		addScaled(out, x, basis[i])
	}
	return out
}

// rotated is the law of Q x.
func rotated(law Law, q [][]float64) Law {
	l, ok := law.(Lifted)
	if !ok {
		return Lifted{Law: law, Basis: q, Ambient: law.Dim()}
	}
	basis := l.Basis
	if basis == nil {
		basis = axes(l.Law.Dim(), l.Ambient)
	}
	l.Basis = nil
	for _, p := range basis {
		l.Basis = append(l.Basis, mapped(q, p))
	}
	return l
}

// scaled is the law of s x.
func scaled(law Law, s float64) Law {
	times := func(rows [][]float64, s float64) [][]float64 {
		var out [][]float64
		for _, r := range rows {
			v := make([]float64, len(r))
			addScaled(v, s, r)
			out = append(out, v)
		}
		return out
	}
	switch l := law.(type) {
	case Mixture:
		return Mixture{Points: times(l.Points, s), Weights: l.Weights, Jitter: s * l.Jitter}
	case Gaussians:
		g := Gaussians{Means: times(l.Means, s), Weights: l.Weights}
		for _, c := range l.Covs {
			g.Covs = append(g.Covs, times(c, s*s))
		}
		return g
	case Rings:
		l.Radii, l.Jitter = times([][]float64{l.Radii}, s)[0], s*l.Jitter
		return l
	case Lifted:
		l.Law = scaled(l.Law, s)
		return l
	}
	return law // Flat is as wide as before
}

// reversed is the law with its components in the other order.
func reversed(law Law) Law {
	switch l := law.(type) {
	case Mixture:
		l.Points, l.Weights = slices.Clone(l.Points), slices.Clone(l.Weights)
		slices.Reverse(l.Points)
		slices.Reverse(l.Weights)
		return l
	case Gaussians:
		l.Means, l.Covs, l.Weights = slices.Clone(l.Means), slices.Clone(l.Covs), slices.Clone(l.Weights)
		slices.Reverse(l.Means)
		slices.Reverse(l.Covs)
		slices.Reverse(l.Weights)
		return l
	case Rings:
		l.Radii, l.Weights = slices.Clone(l.Radii), slices.Clone(l.Weights)
		slices.Reverse(l.Radii)
		slices.Reverse(l.Weights)
		return l
	case Lifted:
		l.Law = reversed(l.Law)
		return l
	}
	return law
}

// Every law turns with its data, does not know the order of its components, and
// scales with the noise: under a = 1, b = t a law s times as large has at s u, under
// the prior of s t, the noise prediction it had at u and 1/s of the gradient. The
// decomposition adds up to 1e-12 of what it adds.
func TestSymmetries(t *testing.T) {
	edm, linear := field.EDM(), field.Linear()
	p := field.NewProcess(linear, field.Velocity(linear), field.Uniform(0.05, 0.95))
	noise := func(s float64) *field.Process {
		return field.NewProcess(edm, field.Noise(edm), field.Uniform(0.05*s, 3*s))
	}
	for _, lc := range everyLaw {
		t.Run(lc.name, func(t *testing.T) {
			plain, same := must[*Blind](t)(New(p, lc.law)), must[*Blind](t)(New(p, reversed(lc.law)))
			unit := must[*Blind](t)(New(noise(1), lc.law))
			rapid.Check(t, func(t *rapid.T) {
				u := aPoint(t, plain.Dim(), "u")
				want := mustAt(t, plain, u)
				q := aRotation(t, len(u))
				turned := mustAt(t, must[*Blind](t)(New(p, rotated(lc.law, q))), mapped(q, u))
				size := 1 + norm(u) + norm(want.Grad)
				nearTo(t, "rotated f*", turned.Field, mapped(q, want.Field), 1e-11*size)
				nearTo(t, "rotated ∇E", turned.Grad, mapped(q, want.Grad), 1e-11*size)
				nearTo(t, "reordered f*", mustField(t, same, u), want.Field, 1e-11*size)
				d := mustDecompose(t, plain, u)
				sum := slices.Clone(d.Natural)
				addScaled(sum, 1, d.Transport)
				addScaled(sum, d.Drift, u)
				parts := norm(d.Natural) + norm(d.Transport) + math.Abs(d.Drift)*norm(u)
				nearTo(t, "sum of parts", sum, want.Field, 1e-12*(1+parts))
				s := rapid.Float64Range(0.1, 10).Draw(t, "scale")
				large := must[*Blind](t)(New(noise(s), scaled(lc.law, s)))
				v := make([]float64, len(u))
				addScaled(v, s, u)
				small := mustAt(t, unit, u)
				got := mustAt(t, large, v)
				nearTo(t, "scaled f*", got.Field, small.Field, 1e-11*size)
				addScaled(got.Grad, s-1, got.Grad)
				nearTo(t, "s ∇E", got.Grad, small.Grad, 1e-11*(size+norm(small.Grad)))
			})
		})
	}
}

// The bound of a span is above every component everywhere on it, and what narrow
// leaves out is below the floor, for every law.
func TestEveryBoundHolds(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(1e-3, 0.999))
	for _, lc := range everyLaw {
		a := must[*Blind](t)(New(p, lc.law))
		t.Run(lc.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				q := must[*query](t)(a.query(aPoint(t, a.Dim(), "u"), newScratch(), a.all))
				sp := rapid.SampledFrom(a.spans).Draw(t, "span")
				for range rapid.IntRange(0, 20).Draw(t, "depth") {
					sp = sp.halves(q.s)[rapid.IntRange(0, 1).Draw(t, "half")]
				}
				floor := rapid.Float64Range(-200, 5).Draw(t, "floor")
				bound, _, kept := q.sight.narrow(sp, a.all, floor, nil)
				nodes := sp.instants(q.s)[:]
				out := make([]float64, len(a.all)*len(nodes))
				q.sight.logWeights(nodes, a.all, out)
				for i, got := range out {
					k := int32(i / len(nodes))
					most := bound
					if !slices.Contains(kept, k) {
						most = min(bound, floor)
					}
					if !(got <= most+1e-9*(1+math.Abs(got))) {
						t.Fatalf("component %d has %v at t = %v, above %v",
							k, got, nodes[i%len(nodes)].t, most)
					}
				}
			})
		})
	}
}
