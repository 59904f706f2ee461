package exact

import "slices"

// observable is a function of the instant whose average is wanted.
type observable func(*instant) float64

func zero(*instant) float64        { return 0 }
func one(*instant) float64         { return 1 }
func time(n *instant) float64      { return n.t }
func dataPart(n *instant) float64  { return n.c }
func noisePart(n *instant) float64 { return n.d * n.b }
func lambda(n *instant) float64    { return n.lambda }
func drift(n *instant) float64     { return n.drift }

// parts are the observables that are refined for each kind of answer. A part that
// may cancel, as those of velocity do on a normal, is apart from the others, so
// that an error is judged by its size. A vector is averaged of f(u − a x)/v, and
// u − a x = (u − x) + (1 − a) x, for each variance v of the law: f/v and
// f(1 − a)/v are its parts. A matrix adds those over v².
type parts struct {
	field, gradient, decomposition, posterior []observable
	hessian, metric, jacobian                 []observable
}

func partsFor(blurs []float64) parts {
	var p parts
	blur := func(j2 float64) observable { return func(n *instant) float64 { return n.c * n.a * j2 } }
	for _, j2 := range blurs {
		p.field = append(p.field, residual(j2, noisePart, blur(j2))...)
		p.gradient = append(p.gradient, residual(j2, one)...)
		p.decomposition = append(p.decomposition, residual(j2, one, lambda)...)
		p.hessian = append(p.hessian, bends(j2, one)...)
		p.metric = append(p.metric, bends(j2, one, lambda)...)
		p.jacobian = append(p.jacobian, bends(j2, one, noisePart, blur(j2))...)
	}
	p.field = append(p.field, dataPart)
	p.decomposition = append(p.decomposition, lambda, drift)
	p.posterior = slices.Concat(p.field, p.gradient, []observable{time})
	p.hessian = slices.Concat(p.hessian, p.gradient)
	p.metric = slices.Concat(p.metric, p.decomposition)
	p.jacobian = slices.Concat(p.jacobian, p.field, p.gradient)
	return p
}

// residual are the parts of the average of f(u − a x)/v, for each f.
func residual(j2 float64, fs ...observable) []observable {
	var obs []observable
	for _, f := range fs {
		obs = append(obs, func(n *instant) float64 { return f(n) / n.variance(j2) },
			func(n *instant) float64 { return f(n) * n.rest / n.variance(j2) })
	}
	return obs
}

// bends are the parts of the average of f(u − a x)(u − a x)ᵀ/v², for each f.
func bends(j2 float64, fs ...observable) []observable {
	var obs []observable
	for _, f := range fs {
		obs = append(obs, residual(j2, f, func(n *instant) float64 { return f(n) / n.variance(j2) },
			func(n *instant) float64 { return f(n) * n.rest / n.variance(j2) })...)
	}
	return obs
}
