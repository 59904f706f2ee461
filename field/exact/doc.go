// Package exact has the blind field of data that are known: what a perfect
// network without a clock outputs, computed and not trained. It is the oracle
// that samplers and learned fields are judged against.
//
// # What is computed
//
// A process (package field) mixes a datum x and a normal ε at a noise time t into
// u = a x + b ε and asks for r = c x + d ε. For data that are K points x_k with
// weights π_k, each blurred by a normal of deviation j,
//
//	p(u | t) = Σ_k π_k N(u; a x_k, v I),   v = a² j² + b²
//	p(u)     = ∫ p(u | t) w(t) p(t) dt / ∫ w(t) p(t) dt
//	f*(u)    = E[c x + d ε | u] = ∫ Σ_k W_k(t) (c E[x|u,t,k] + d E[ε|u,t,k]) dt
//
// where W_k(t) dt is the posterior of (t, k) given u (Geometry of Noise, arXiv
// 2602.18428, Equations 6 and 34 to 37). Blind.Field is f*, Blind.Energy is
// −log p(u), Blind.At has both with the posterior of t, Blind.Decompose the three
// terms of f* (Equation 14), and Blind.Given what is known when t is.
//
// # How it is computed
//
// The sum is a sum; the integral is Gauss–Legendre quadrature on panels, all in
// log space. Three things make it hard, and each has its place:
//
//   - The integrand has kinks, where a gain is cut off, and poles. Panels end at
//     them. A time near an end of the schedule is its distance to that end, and
//     1 − a is formed from how far a has moved, so nothing cancels there.
//   - Near a datum the posterior is a peak at t̂ = r/√D of relative width 1/√(2D),
//     at any scale, or it leans against the prior's lower bound within 1/D. The
//     likelihood on an interval has an upper bound in closed form, by which the
//     peak is found and all but e⁻⁵⁰ of the mass is proved to be elsewhere.
//   - How fine is fine enough? A panel is halved until the last Legendre
//     coefficients of everything that is averaged say that its error is rounding.
//
// What is left is reported in Posterior.Err. It is below 1e-14 in low dimension and
// grows like the exponents, D log(1/t) units of 2⁻⁵³: 2e-12 at D = 3072 and a
// distance of 1e-3 from the data. Against incomplete gamma functions in 40 digits
// the averages agree to ten times the error reported, from D = 3 to 3072 and
// distances from 1e-100 to 3 (go test -run IncompleteGamma ./field/exact).
//
// A point that float64 cannot resolve is an error: a datum itself, where the prior
// reaches t = 0; a point whose squared distances overflow; a decomposition that
// Process.Finiteness says is infinite. Nothing here panics or returns NaN.
package exact
