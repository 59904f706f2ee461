// Package sample draws from models whose field is still.
//
// A Field is all a sampler sees of a model: no noise level, no clock, no
// network. There are two ways to follow one.
//
// # Descent
//
// gd and nag go down the field as if it were a gradient, with no notion of time:
//
//	u ← u − η f(u)                               gd
//	u ← u − η f(u − ημ m),   m ← f(u − ημ m)     nag
//
// Fields point from data to noise, hence the minus. They are for targets which
// do so: Equilibrium Matching, whose field vanishes at the data, and velocity,
// where N updates with η = 1/N are Euler's method. On a straight path from noise
// to a datum, t obeys
//
//	t_{k+1} = t_k − η κ(t_k)
//
// with κ the gain of the target. At gain 4 and cut 0.8 the default η = 0.003
// arrives at t = 0.2 after 67 updates; each of the others multiplies t by 0.94,
// and 249 leave 2.5e-6. The released code makes N−1 updates of "N steps"; count
// says which is meant. A point whose field is shorter than stop is finished and
// no longer evaluated.
//
// # Clocks
//
// euler, heun and ddim integrate from start to end, with the time of the process
// in the coefficients and not in the field:
//
//	u̇ = μ(t) u + ν(t) f(u)
//
// This asks whether a blind field is a good field for someone who has a clock.
// It is not descent. Equilibrium Matching has μ = 0, ν = 1/κ, which undoes the
// gain: euler on it is exactly data prediction, u̇ = (u − D)/t on the linear
// schedule. ν and μ may have poles. The end may be one, for nothing is evaluated
// there (the last step of heun is then Euler's); an interval that starts on one
// or crosses one is refused by name. EDM's published sampler, 35 evaluations, is
// heun in 17 steps with clean, which adds the step to t = 0.
//
// # One loop
//
// Either way each evaluation moves a point by a sum of the point, a memory and
// the field, with coefficients that are the same for every point. A method is
// therefore a list of such coefficients, a Stage for each evaluation, and one
// loop runs them all.
//
// Run keeps the points on the host, in float64, and evaluates a Field. Follow
// hands the stages to a Flow, such as a GPU that keeps the points to itself and
// lets the host see one number for each. Both stop the same points at the same
// step, unless ‖f‖ there is within a rounding of the stop.
//
// Sample i is a function of (field, settings, seed, i) and nothing else: not of
// how many are drawn, how many at a time, or which of its neighbours have
// finished.
package sample
