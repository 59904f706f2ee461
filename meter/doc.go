// Package meter measures a trained field: what a network has made of its data, by noise
// time and with a standard error, beside what the exact blind field of the same data does.
// A set of finitely many data has such a field (exact.Dataset), and it is what a network
// without a clock would output if it had learnt its training data by heart.
//
// A [Subject] is a field with the process and the data that it was trained on. [New] makes
// it ready on a device, and [Bench.Take] takes one of the [Meters]:
//
//	exact         how far the field is from the exact one, and its loss beside the least
//	gain          how much of the target there is in the field: f·r/‖r‖² against κ(t)
//	t_hat         the noise time that a point and its field tell, against E[t|u]
//	antisymmetry  how far its Jacobian is from that of a gradient
//	norms         ‖f‖ along the way of a sampler
//
// What a meter says is a [Reading]: curves of [Estimate]s. Points are drawn as training
// draws them, u = a x + b ε, at noise times t that part the prior into equal shares, so that
// the average of a curve is the average over the prior to the error of a midpoint rule. Draw
// i has the same x and ε at every time: curves are smooth, and the standard error of an
// average over times is that of averages over draws. Every number is a function of the
// weights, the seed and the draw, on any number of cores.
package meter
