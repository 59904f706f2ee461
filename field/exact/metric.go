package exact

import (
	"fmt"
	"math"
)

// Metric is the conformal metric g(u) = λ̄(u)⁻¹ I in which generation is gradient
// flow of the marginal energy (Geometry of Noise, §5), with its derivatives at a
// point. λ̄ is negative for targets that point to the data, and so is g then.
//
//	∇λ̄ = −Cov_{t|u}(λ, ∇E_t),   ∇²λ̄ = E[(λ − λ̄)(e eᵀ − ∇²E_t) | u],   e = ∇E_t − ∇E_marg
//
// The gradient is the transport term of the decomposition with its sign turned.
type Metric struct {
	Origin
	Lambda  float64   // λ̄, so that g = I/λ̄
	Grad    []float64 // ∇ log |λ̄|
	Hessian Matrix    // ∇² log |λ̄|
}

// Metric is the metric at u. It is an error where λ̄ is infinite or 0.
func (a *Blind) Metric(u []float64) (Metric, error) {
	cut, err := a.decomposable("Metric")
	if err != nil {
		return Metric{}, err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	j, err := a.join(u, s, cut, a.parts.metric)
	if err != nil {
		return Metric{}, err
	}
	bar := j.average(lambda)
	if bar == 0 {
		return Metric{}, fmt.Errorf("exact: Metric: E[λ|u] is 0 at the point, want a gain to divide by")
	}
	about := func(n *instant) float64 { return n.lambda/bar - 1 }
	m := Metric{Origin: a.origin(j.err), Lambda: bar, Grad: j.mean(about, zero), Hessian: j.q.matrix(0)}
	for i := range m.Grad {
		m.Grad[i] = -m.Grad[i]
	}
	if j.q.isotropic() > 0 {
		m.Hessian.rest = -j.average(func(n *instant) float64 { return about(n) * inverseNoise(n) })
	}
	mean, slope := j.seen(one, zero), j.seen(about, zero)
	j.visit(func(n *instant, share float64, c *local) {
		addScaled(m.Hessian.core, -share*about(n), c.hess)
		addScaled(c.grad, -1, mean)
		addOuter(m.Hessian.core, share*about(n), c.grad, c.grad)
	})
	addOuter(m.Hessian.core, -1, slope, slope) // of the logarithm
	return m, nil
}

// Christoffel is Γ^k_ij = −½ (δ_ki ∂_j + δ_kj ∂_i − δ_ij ∂_k) log |λ̄|.
func (m Metric) Christoffel(k, i, j int) float64 {
	var s float64
	if k == i {
		s -= m.Grad[j] / 2
	}
	if k == j {
		s -= m.Grad[i] / 2
	}
	if i == j {
		s += m.Grad[k] / 2
	}
	return s
}

// Contract sets out to Γ(v, w), the vector Σ_ij Γ^k_ij v_i w_j; a geodesic has the
// acceleration −Γ(v, v).
func (m Metric) Contract(out, v, w []float64) {
	gv, gw, vw := dot(m.Grad, v), dot(m.Grad, w), dot(v, w)
	for k := range out {
		out[k] = -(gw*v[k] + gv*w[k] - vw*m.Grad[k]) / 2
	}
}

// Curvature is the scalar curvature of g, with L = log |λ̄|:
//
//	R = λ̄ (D − 1) (ΔL − (D − 2)/4 ‖∇L‖²)
func (m Metric) Curvature() float64 {
	d := float64(len(m.Grad))
	return m.Lambda * (d - 1) * (m.Hessian.Trace() - (d-2)/4*dot(m.Grad, m.Grad))
}

// Length is the length √(vᵀ|g|v) of v.
func (m Metric) Length(v []float64) float64 { return math.Sqrt(dot(v, v) / math.Abs(m.Lambda)) }
