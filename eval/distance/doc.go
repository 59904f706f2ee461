// Package distance says how far apart two sets of vectors are: real ones, and those of a
// model. It knows nothing of images, networks or files: rows of float32 in, numbers with
// their errors out.
//
//	KernelDistance  MMD² of a kernel: KID, radial kernels of several widths, energy distance
//	KIDSubsets      KID as torch-fidelity computes it
//	Frechet         distance of the Gaussians of the same moments, and its limit at N = ∞
//	Sliced          Wasserstein distance over lines, and MIND
//	Manifolds       precision, recall, density, coverage and the clipped two
//	TwoSample       accuracy of the nearest neighbour at telling the sets apart
//	Nearest         the nearest points of one set to those of another
//
// # Cost and memory
//
// What takes pairs of points takes their inner products, n·m·D multiply-adds, by package
// cpu/kernels: a tile of them is made and used up by one worker of [Cores] while it is in that
// core's cache, so memory is that of the points and of one tile for each worker.
//
// # Precision
//
// Inner products are float32 with fused multiply-adds. Where they are averaged, so are their
// errors, which have either sign: kernels are evaluated in float32 and added in float64, and
// the mean is right to about 1e-8 of the kernel's size. Where one of them decides, as for a
// nearest neighbour or whether a point lies in a ball, it decides only outside the bound
// (D+4)·2⁻²⁴ of its error; within it the distance is computed again in float64, so that the
// answer is that of float64. Moments, and all that follows from them, are float64.
//
// Results are the same to the bit for any number of workers.
package distance
