// Package average has the mathematics of power-function averages of the weights
// (Karras et al., Analyzing and Improving the Training Dynamics of Diffusion Models,
// arXiv 2312.02696, section 3.1 and appendix C, called EDM2).
//
// After step t such an average of the weights θ(1), θ(2), … is
//
//	θ̂_γ(t) = β(t)·θ̂_γ(t−1) + (1 − β(t))·θ(t),   β(t) = (1 − 1/t)^(γ+1)
//
// which gives θ(s) the weight (s/t)^(γ+1) − ((s−1)/t)^(γ+1): the integral from s−1 to s
// of the profile
//
//	p(τ) = (γ+1)·τ^γ / t^(γ+1),   0 ≤ τ ≤ t
//
// so that the share of the training that an average looks back over is the same at every
// t. Its length is told by the standard deviation of p in units of t,
//
//	σ = √(γ+1) / ((γ+2)·√(γ+3))
//
// called std here: 0.1 looks back over about the last tenth.
//
// Averages of one or two γ that were kept at intervals make one of any other length
// later: the combination Σ xᵢ·θ̂ᵢ whose profile is nearest to that of the average wanted.
// [Fit] finds it without the weights, from the inner products of the profiles alone.
package average
