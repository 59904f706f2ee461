// Package sample draws from models whose field is still: it takes points from
// noise to data along a field f(u) that need not know how noisy they are.
//
// # Descent
//
// gd and nag go down the field as if it were a gradient, with no notion of time
// (Equilibrium Matching, arXiv 2510.02300):
//
//	u ← u − η f(u)                               gd
//	u ← u − η f(u − ημ m),   m ← f(u − ημ m)     nag
//
// They are for targets whose field points from data to noise, hence the minus:
// Equilibrium Matching, whose field vanishes at the data, and velocity, where N
// updates with η = 1/N are Euler's method. On a straight path from noise to a
// datum, t obeys
//
//	t_{k+1} = t_k − η κ(t_k)
//
// with κ the gain of the target. At gain 4 and cut 0.8 the default η = 0.003
// arrives at t = 0.2 after 67 updates; each of the others multiplies t by 0.94,
// and 249 leave 2.5e-6. Where the updates do not suffice the path ends early:
// Spec.Arrival says where, and Spec.Fits refuses a descent that gets no nearer.
// The released code makes N−1 updates of "N steps"; Spec.Count says which is
// meant. A point whose field is shorter than Spec.Stop is finished and no longer
// evaluated.
//
// # Clocks
//
// euler, heun, midpoint and ddim integrate from start to end, with the time of the
// process in the coefficients and not in the field:
//
//	u̇ = μ(t) u + ν(t) f(u)
//
// This asks whether a blind field is a good field for someone who has a clock.
// It is not descent. Equilibrium Matching has μ = 0, ν = 1/κ, which undoes the
// gain: every gain has the flow u̇ = f/κ of velocity. With the linear gain κ = t on
// the linear schedule f = u − D, so that euler is exactly data prediction,
// u̇ = (u − D)/t; a blind field of another gain is another average over t, and so
// is its flow. μ and ν may have poles. The end may be one, for nothing is
// evaluated there (the last step of heun is then Euler's); an interval that starts
// on one or crosses one is refused by name. Each method is asked for the poles of
// what it uses: ddim's coefficients are finite where those of u̇ are not. EDM's
// published sampler, 35 evaluations, is heun in 17 steps with clean, which adds
// the step to t = 0.
//
// # The metric
//
// riemannian and riemannian-langevin follow, of a field, its natural gradient and that
// less the slope of its gain: see Part. They ask an executor for a Metric, which package
// geometry has of exact fields and MeasuredMetric makes of any other.
//
// # Stages
//
// Each evaluation moves a point by a sum of its registers (the point, and the
// memories of the method), the field and, in some methods, fresh noise. A Stage is
// the row of coefficients of one such move; a Path gives a point its next row; a
// Method makes paths. Methods is their table, and one test holds every entry to
// the order it declares.
//
// Draw leads a batch of points along their paths on an Executor. Since each point
// has a row of its own, points of one batch may be at different stages, and where
// one finishes the next sample takes its place. There are two executors: Compiled
// has the points on a device, CPU or GPU, where a stage is one plan, replayed; Host
// has them in float64 and asks a Go function, for exact fields and as the oracle of
// the other. Both stop the same points at the same step, unless ‖f‖ there is within
// a rounding of the stop. A Recorder around either keeps the paths of the first samples,
// and Look asks the field at any points.
//
// Sample i is a function of (field, settings, seed, i) and nothing else: not of
// how many are drawn, how many at a time, or which of its neighbours have
// finished.
package sample
