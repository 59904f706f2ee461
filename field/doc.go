// Package field holds the mathematics of noise-blind generative models: what
// a network without a clock is trained to output, and how its output is followed
// from noise to data.
//
// # One affine family
//
// Time runs from t = 0, data, to t = 1 (or a largest σ), noise. A datum x and
// a normal ε are mixed into a corrupted point u and a regression target r:
//
//	u = a(t) x + b(t) ε          Schedule
//	r = c(t) x + d(t) ε          Target
//	t ~ p(t), loss weight w(t)   Prior
//
// A Process is one choice of the three. Flow matching, noise prediction, EDM,
// Equilibrium Matching and the rest differ in these five functions only, so a
// method is a value in a table (Schedules, Targets, Priors, Weights) and never
// a branch in a training loop. The functions are symbolic (Expr): training
// folds them into graph operators, samplers evaluate them in float64, and
// derivatives are exact.
//
// # What follows from a, b, c, d
//
//	D_t(u)  = E[x | u, t]                                the denoiser
//	f_t*(u) = c D_t + d ε̂_t,   ε̂_t = (u − a D_t)/b       the best field told t
//	f*(u)   = E[f_t*(u) | u]                             the best field not told t
//
// The average is over p(t | u) ∝ p(u | t) w(t) p(t): a weighted loss moves the
// blind optimum, so the effective prior of a blind model is w(t)p(t), not p(t)
// (Prior.Effective). With E_t = −log p(u|t) and E_marg = −log p(u),
//
//	f_t* = λ ∇E_t + (c/a) u,     λ = (b/a)(d a − c b)
//	f*   = λ̄ ∇E_marg             natural gradient under the metric λ̄⁻¹ I
//	     + Cov(λ, ∇E_t | u)      transport correction
//	     + E[c/a | u] u          linear drift
//
// Solving [u; r] for (x, ε) with det = a d − b c turns a field into motion:
//
//	u̇  = μ u + ν f,       μ = (ȧ d − ḃ c)/det,     ν = (ḃ a − ȧ b)/det
//	u' = κ u + η f,       κ = (a' d − b' c)/det,   η = (b' a − a' b)/det
//
// the first for any ODE solver, the second an exact step from t to t' for a
// fixed (x, ε): Euler for linear velocity, DDIM for noise prediction.
//
// # Where it breaks
//
// λ and c/a have poles where a = 0 and ν where det = 0; Process.Poles lists them
// with their orders. Whether an average over t is finite is a question of the
// order at the ends of the prior's range, which Process.Finiteness answers for
// the training loss, the marginal energy and the decomposition. The blind field
// may be finite while the terms of its decomposition are not, each cancelling
// the other: E[λ | u] grows like −log(1 − t_max) for flow matching. Warnings
// says what matters to training, Notes what matters to those who take f* apart.
//
// Two statements often repeated hold only for b ∝ √t: that noise prediction
// has gain ν = O(1/b) and data prediction ν = O(1/b²) (Geometry of Noise, arXiv
// 2602.18428, Table 2). On the linear schedule they are 1/(1−t) and −1/t. The
// gain belongs to the schedule as much as to the target, which is why nothing
// here is a property of a target alone.
//
// Package field/exact has the blind field itself, for data known in closed form.
//
// # Sources
//
// The affine family is that of Sun et al., "Is noise conditioning necessary for
// denoising generative models?" (arXiv 2502.13129), the blind optimum, its
// decomposition and μ, ν those of "The geometry of noise" (arXiv 2602.18428),
// Equations 6, 14, 15 and 63. Each schedule, target and prior names its own.
package field
