// Package kernels is the arithmetic of the CPU device in float32: matrix products and NHWC
// convolutions (Engine), everything else that a plan computes (Vec), and the worker pool
// that both run on. Each inner loop has three forms: assembly for AVX-512 and for AVX2,
// written by internal/asmgen, and Go.
//
// # One micro-kernel
//
// Every product and every convolution is made of one micro-kernel: it multiplies
// up to 12 rows of A by up to 32 columns of B and keeps the tile of C in
// registers. Both operands are strided, so the four transposes of a product, a
// packed panel of B and the window of a direct convolution differ in their strides
// alone, and no image is unrolled to a matrix (im2col). internal/asmgen writes the
// kernel for AVX-512 and for AVX2, and tile_go.go is the same kernel in Go.
//
// # What a result is
//
// An element of C is one chain of fused multiply-adds,
//
//	c ← init;   c ← fma(A[i,k], B[k,j], c)   for k = 0, 1, … K−1
//
// where init is 0, the bias of column j, or what C held. When K > 4096 the chain
// is split into min(32, ⌈K/4096⌉) even slabs; slab 0 starts from init, the others
// from 0, and they are added in order. A convolution is the same chain over the
// filter's rows, columns and channels, in that order, where the filter meets the
// image; the gradient of a filter sums the batch as ConvFilter says. So a result
// is a function of its operands alone: not of the number of workers, nor of the
// other rows (an image is the same in a batch of 1 and of 64), nor of the machine —
// AVX-512, AVX2 and Go agree to the bit. 0·∞ is NaN and is not skipped.
//
// A product may read B packed or in place, be computed as its transpose, or have
// pixels or channels in the lanes of a vector. That is a matter of speed: the
// result is the same to the bit.
//
// # In bfloat16
//
// An Engine at precision BFloat16 rounds the operands of products, convolutions and
// attention and multiplies them by the micro-kernels of package bf16, over one layout of
// packed panels. A result then depends on the class of the form as well, the order in
// which it adds; see that package. Products with fewer than 16 columns or terms, and
// convolutions with fewer than 16 channels, are computed in float32, of rounded operands,
// on every machine. Weights are packed once (Packing), and operands may be bfloat16 in
// memory (Numbers).
//
// # How it is used
//
//	e, err := kernels.New(kernels.Options{}) // all cores, best level
//	defer e.Close()
//	g := kernels.Gemm{M: m, N: n, K: k, A: a, RowA: k, ColA: 1, …}
//	e.Reserve(e.GemmWorkspace(&g)) // once, when a plan is loaded
//	e.Gemm(&g)                     // allocates nothing
//
// An Engine runs one call at a time: it belongs to one program. The other kernels
// (Vec: pointwise functions, sums, normalisations, attention, AdamW, random
// numbers) run on the same Pool between its calls.
package kernels

//go:generate go run ./internal/asmgen
