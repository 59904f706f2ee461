package exact

// Hessian is ∇²E_marg at a point, symmetric.
type Hessian struct {
	Origin
	Matrix
}

// seen is mean in the coordinates of the sight, about which averages of second
// order are taken.
func (j *joint) seen(g, x observable) []float64 {
	out := make([]float64, j.q.a.model.dim())
	j.q.sight.mean(j, g, x, out)
	return out
}

// inverseNoise is 1/b², the curvature of E_t across all that holds the data.
func inverseNoise(n *instant) float64 { return 1 / (n.b * n.b) }

// Hessian is ∇²E_marg(u). With H_t = ∇²E_t,
//
//	∇²E_marg = E[H_t | u] − Cov_{t|u}(∇E_t, ∇E_t)
//
// For K components in m coordinates it costs O(K m²) at each noise time.
func (a *Blind) Hessian(u []float64) (Hessian, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	j, err := a.join(u, s, a.cut, a.parts.hessian)
	if err != nil {
		return Hessian{}, err
	}
	h := Hessian{Origin: a.origin(j.err), Matrix: j.q.matrix(0)}
	if j.q.isotropic() > 0 {
		h.rest = j.average(inverseNoise)
	}
	mean := j.seen(one, zero)
	j.visit(func(_ *instant, share float64, c *local) {
		addScaled(h.core, share, c.hess)
		addScaled(c.grad, -1, mean)
		addOuter(h.core, -share, c.grad, c.grad)
	})
	return h, nil
}

// Jacobian is ∂f*/∂u at a point, row i the gradient of f*_i. It is not symmetric:
// f* is not a gradient, and Antisymmetric().Norm() over Symmetric().Norm() says by
// how much.
type Jacobian struct {
	Origin
	Matrix
	Field  []float64 // f*
	Grad   []float64 // ∇E_marg
	Pulled []float64 // E[(c/a) ∇E_t | u], nil where c/a has no average
}

// Divergence is tr ∂f*/∂u, which likelihoods of the blind flow are made of.
func (j Jacobian) Divergence() float64 { return j.Trace() }

// CurlLaw is what the antisymmetric part must be, from first derivatives alone:
//
//	½ (f* ∧ ∇E_marg − u ∧ E[(c/a) ∇E_t | u]),   p ∧ q = p qᵀ − q pᵀ
//
// by rows. It costs D². ok is false where c/a has no average.
func (j Jacobian) CurlLaw(u []float64) (rows [][]float64, ok bool) {
	if j.Pulled == nil {
		return nil, false
	}
	for i := range u {
		row := make([]float64, len(u))
		for k := range u {
			row[k] = (j.Field[i]*j.Grad[k] - j.Grad[i]*j.Field[k] - u[i]*j.Pulled[k] + j.Pulled[i]*u[k]) / 2
		}
		rows = append(rows, row)
	}
	return rows, true
}

// Jacobian is ∂f*/∂u. With ∂D_t/∂u = (a/b²) Cov(x|u,t) and H_t = ∇²E_t,
//
//	∂f*/∂u = E[c ∂D_t/∂u + d b H_t | u] − Cov_{t|u}(f_t*, ∇E_t)
//
// It costs what Hessian does.
func (a *Blind) Jacobian(u []float64) (Jacobian, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	cut, obs := a.cut, a.parts.jacobian
	pulled := a.Process.Finiteness().Decomposition.Finite
	if pulled {
		cut = max(cut, cutFor(a.Process, "c/a"))
		obs = append(obs[:len(obs):len(obs)], drift)
	}
	j, err := a.join(u, s, cut, obs)
	if err != nil {
		return Jacobian{}, err
	}
	out := Jacobian{Origin: a.origin(j.err), Matrix: j.q.matrix(0), Field: j.mean(noisePart, dataPart),
		Grad: j.mean(one, zero)}
	if pulled {
		out.Pulled = j.mean(drift, zero)
	}
	if j.q.isotropic() > 0 {
		out.rest = j.average(func(n *instant) float64 { return n.d / n.b })
	}
	f, g := j.seen(noisePart, dataPart), j.seen(one, zero)
	at := s.floats.take(len(f))
	j.visit(func(n *instant, share float64, c *local) {
		addScaled(out.core, share*n.c*(n.a/(n.b*n.b)), c.cov)
		addScaled(out.core, share*n.d*n.b, c.hess)
		for i := range at {
			at[i] = n.c*c.mean[i] + n.d*n.b*c.grad[i] - f[i]
		}
		addScaled(c.grad, -1, g)
		addOuter(out.core, -share, at, c.grad)
	})
	return out, nil
}
