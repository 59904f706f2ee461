package bf16

import "unsafe"

//go:noescape
func pairwise1(t *tile)

//go:noescape
func pairwise2(t *tile)

//go:noescape
func pairwise3(t *tile)

//go:noescape
func pairwise4(t *tile)

//go:noescape
func pairwise5(t *tile)

//go:noescape
func pairwise6(t *tile)

//go:noescape
func pairwise7(t *tile)

//go:noescape
func pairwise8(t *tile)

//go:noescape
func pairwise9(t *tile)

//go:noescape
func pairwise10(t *tile)

//go:noescape
func pairwise11(t *tile)

//go:noescape
func pairwise12(t *tile)

//go:noescape
func evenOdd512x1(t *tile)

//go:noescape
func evenOdd512x2(t *tile)

//go:noescape
func evenOdd512x3(t *tile)

//go:noescape
func evenOdd512x4(t *tile)

//go:noescape
func evenOdd512x5(t *tile)

//go:noescape
func evenOdd512x6(t *tile)

//go:noescape
func evenOdd256x1(t *tile)

//go:noescape
func evenOdd256x2(t *tile)

//go:noescape
func evenOdd256x3(t *tile)

//go:noescape
func evenOdd256x4(t *tile)

var pairwise = []func(t *tile){nil, pairwise1, pairwise2, pairwise3, pairwise4, pairwise5, pairwise6,
	pairwise7, pairwise8, pairwise9, pairwise10, pairwise11, pairwise12}

var evenOdd512 = []func(t *tile){nil, evenOdd512x1, evenOdd512x2, evenOdd512x3,
	evenOdd512x4, evenOdd512x5, evenOdd512x6}

var evenOdd256 = []func(t *tile){nil, evenOdd256x1, evenOdd256x2, evenOdd256x3, evenOdd256x4}

// round512 rounds rows of n floats; rows are strides of bytes apart.
//
//go:noescape
func round512(dst, src unsafe.Pointer, n, rows, dstRow, srcRow int)

// couple512 makes words of pairs of rows of n floats, which are row bytes apart: those of a pair pairStride
// bytes after those of the last, and each 32 words panelStride bytes after the last 32. Zeros follow n up to
// 32 words.
//
//go:noescape
func couple512(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)

// join512 is couple512 of rows of bfloat16.
//
//go:noescape
func join512(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)

// round256 is round512 with AVX2; n is a multiple of 8 and not 0.
//
//go:noescape
func round256(dst, src unsafe.Pointer, n, rows, dstRow, srcRow int)

// couple256 is couple512 with AVX2; n is a multiple of 8 and not 0, and nothing is written beyond.
//
//go:noescape
func couple256(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)

// join256 is couple256 of rows of bfloat16.
//
//go:noescape
func join256(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)

// settle256 rounds n floats to bfloat16 and back; n is a multiple of 8 and not 0.
//
//go:noescape
func settle256(dst, src unsafe.Pointer, n int)
