// Package readout reads the noise level of a point from what a sampler can see of it.
//
// A blind field f(u) is not told t, but in many dimensions a point u tells it (theory in
// "The geometry of noise", arXiv 2602.18428, section 4): with κ the codimension of the data
// Var(t|u) is about t²/2κ where b ~ t. A sampler has three numbers of a point for nothing,
//
//	‖u‖²/D,   u·f/D,   ‖f‖²/D        Scalars
//
// and a Reader makes t̂ of them:
//
//   - Norm reads ‖f‖ alone, by theory: of the processes whose field grows with the noise,
//     which are those of Equilibrium Matching.
//   - Fitted reads all three, by what they were on points of known t. It suits any process
//     and any field, a trained one with its errors too, and says how far off it is.
//
// The posterior mean E[t|u], where data are known in closed form, is Posterior.Mean of
// package field/exact; it is what the others try to be.
package readout
