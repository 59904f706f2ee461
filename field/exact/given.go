package exact

import "fmt"

// Conditional is what an observer told t can say about one point u. It is exact:
// no integral is taken.
type Conditional struct {
	Energy   float64   // E_t = −log p(u|t)
	Grad     []float64 // ∇E_t
	Denoised []float64 // D_t = E[x | u, t]
	Field    []float64 // f_t* = c D_t + d ε̂_t
	Hessian  Matrix    // ∇²E_t
	Cov      Matrix    // Cov(x | u, t)
}

// Given is the posterior of u when the noise time is known to be t, within the
// schedule. It is an error where no noise and no jitter is left at t or a
// coefficient is not finite.
func (a *Blind) Given(u []float64, t float64) (Conditional, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	q, err := a.query(u, s, a.all)
	if err != nil {
		return Conditional{}, err
	}
	if end := a.Process.Schedule.End; !(0 <= t && t <= end) {
		return Conditional{}, fmt.Errorf("exact: Given: got t = %v, want a time in [0, %v]", t, end)
	}
	br := a.near(t)
	n := br.at(br.distance(t))
	n.logPrior = 0
	for _, j2 := range a.model.blurs() {
		if !(n.variance(j2) > 0) || notFinite([]float64{n.a, n.b, n.c, n.d}) >= 0 {
			return Conditional{}, fmt.Errorf("exact: Given: a, b, c, d = %v, %v, %v, %v at t = %v, "+
				"want finite numbers and noise or jitter", n.a, n.b, n.c, n.d, t)
		}
	}
	j := q.given(n)
	c := Conditional{Energy: -j.log, Grad: j.mean(one, zero), Field: j.mean(noisePart, dataPart),
		Denoised: j.mean(zero, one)}
	j.visit(func(n *instant, _ float64, l *local) {
		c.Hessian, c.Cov = q.matrix(1/(n.b*n.b)), q.matrix(0)
		copy(c.Hessian.core, l.hess)
		copy(c.Cov.core, l.cov)
	})
	return c, nil
}
