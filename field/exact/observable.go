package exact

import "slices"

// observable is a function of the instant whose average is wanted.
type observable func(*instant) float64

func time(n *instant) float64            { return n.t }
func inverseVariance(n *instant) float64 { return 1 / n.variance }
func noisePart(n *instant) float64       { return n.d * n.b / n.variance }
func blurPart(n *instant) float64        { return n.c * n.blur / n.variance }
func dataPart(n *instant) float64        { return n.c }
func lambda(n *instant) float64          { return n.lambda }
func drift(n *instant) float64           { return n.drift }
func pull(n *instant) float64            { return n.lambda / n.variance }

// What is refined for the field, for the gradient of the energy and for the
// decomposition. Parts that may cancel, as those of velocity do on a normal, are
// apart, so that an error is judged by their size.
var (
	fieldParts         = append(residual(noisePart, blurPart), dataPart)
	gradientParts      = residual(inverseVariance)
	decompositionParts = append(residual(inverseVariance, pull), lambda, drift)
)

// residual are the observables that resolve f·(u − a x) = f·(u − x) + f·(1−a)·x
// for each f.
func residual(fs ...observable) []observable {
	var obs []observable
	for _, f := range fs {
		obs = append(obs, f, func(n *instant) float64 { return f(n) * n.rest })
	}
	return slices.Clip(obs)
}

// A vector that is averaged is s(u − x) + m x for each datum; what is averaged
// of u − a x is s and s(1 − a).
type coefficients func(*instant) (s, m float64)

func (n *instant) spread(s float64) (float64, float64) { return s, s * n.rest }

// gradient is ∇E_t = E[(u − a x)/v].
func gradient(n *instant) (float64, float64) { return n.spread(1 / n.variance) }

// target is c E[x|u,t,k] + d E[ε|u,t,k], where with v = a² jitter² + b²
//
//	E[x|u,t,k] = x_k + (a jitter²/v)(u − a x_k),   E[ε|u,t,k] = (b/v)(u − a x_k)
func target(n *instant) (float64, float64) {
	s, m := n.spread(noisePart(n) + blurPart(n))
	return s, m + n.c
}

// denoised is E[x|u,t,k].
func denoised(n *instant) (float64, float64) {
	s, m := n.spread(n.blur / n.variance)
	return s, m + 1
}
