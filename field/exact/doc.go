// Package exact has the blind field of data that are known: what a perfect
// network without a clock outputs, computed and not trained, and the geometry that
// goes with it. It is the oracle that samplers and learned fields are judged
// against.
//
// # What is computed
//
// A process (package field) mixes a datum x and a normal ε at a noise time t into
// u = a x + b ε and asks for r = c x + d ε. A Law is a distribution of x in closed
// form: points, blurred or not (Mixture), normals with full covariances
// (Gaussians), rings and spheres (Rings), all of a space (Flat), and any of them put
// into a subspace of R^D at a cost that D hardly enters (Lifted). New makes the Blind
// field of a law under a process. With λ = (b/a)(d a − c b) and all averages those
// of the posterior p(t|u) ∝ p(u|t) w(t) p(t),
//
//	Energy     E_marg = −log p(u)
//	At         ∇E_marg = E[∇E_t], f* = E[f_t*], moments of t        (Equations 6 and 9)
//	Times      p(t|u): quantiles, masses, what lies at the prior's bounds
//	Denoised   D* = E[x | u]
//	Decompose  f* = λ̄ ∇E_marg + Cov(λ, ∇E_t) + c̄ u                 (Equation 14)
//	Metric     g = I/λ̄: ∇ log λ̄, its Hessian, Christoffel symbols, curvature
//	Hessian    ∇²E_marg = E[∇²E_t] − Cov(∇E_t, ∇E_t)
//	Jacobian   ∂f*/∂u, its trace and its antisymmetric part
//	Given      E_t, ∇E_t, ∇²E_t, D_t = E[x|u,t], Cov(x|u,t), f_t* when t is known
//	Fields, Posteriors, Decompositions   Field, At and Decompose for many points on all cores
//	Dataset    field, posterior and decomposition of very many data by products of matrices
//	Draw       Energy and field by Monte Carlo, for data that can only be drawn
//
// (The Geometry of Noise, arXiv 2602.18428.) Results embed an Origin: that they are
// quadrature, with its error, and the prior and the range they were computed under.
// What Given returns takes no integral and is exact.
//
// # How it is computed
//
// Every law is a mixture of components with weights
//
//	W_k(t) ∝ w(t) p(t) π_k p(u | t, k)
//
// whose sum over k is a sum; the integral over t is Gauss–Legendre quadrature on
// panels, all in log space. Three things make it hard, and each has its place:
//
//   - The integrand has kinks, where a gain is cut off, and poles. Panels end at
//     them. A time near an end of the schedule is its distance to that end, and
//     1 − a is formed from how far a has moved, so nothing cancels there.
//   - Near a datum the posterior is a peak at t̂ = r/√D of relative width 1/√(2D),
//     at any scale, or it leans against the prior's lower bound within 1/D. The
//     likelihood on an interval has an upper bound in closed form, by which the
//     peak is found and all but e⁻⁵⁰ of the mass is proved to be elsewhere; the same
//     bound says which components matter there, and others are left out.
//   - How fine is fine enough? A panel is halved until the last Legendre
//     coefficients of everything that is averaged say that its error is rounding.
//
// What is left is reported in Origin.Err. It is below 1e-14 in low dimension and
// grows like the exponents, D log(1/t) units of 2⁻⁵³: 2e-12 at D = 3072 and a
// distance of 1e-3 from the data. Against incomplete gamma functions in 40 digits
// the averages agree to ten times the error reported, from D = 3 to 3072 and
// distances from 1e-100 to 3 (go test -run IncompleteGamma ./field/exact). Each law
// is held to Monte Carlo, and each derivative to difference quotients.
//
// # What has no answer
//
// A point that float64 cannot resolve is an error: a datum itself, where the prior
// reaches t = 0; a point whose squared distances overflow. So is a decomposition or a
// metric that Process.Finiteness says is infinite, as flow matching's are under a
// prior that reaches t = 1; and near that pole both depend on where the prior was cut
// off, which is why an Origin says it. Posterior.EdgeLo and EdgeHi say when the
// posterior leans against a bound of the prior, so that the bound and not the data
// decides. Nothing here panics or returns NaN.
package exact
