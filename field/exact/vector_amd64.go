package exact

import "golang.org/x/sys/cpu"

// haveVector reports whether the loops of vector_amd64.s run here.
var haveVector = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL

// The loops of vector.go for AVX-512. c is expConstants.

//go:noescape
func expSum512(c *float64, ux, x2 *float64, n int, b, p, q float64) float64

//go:noescape
func expAdd512(c *float64, acc, ux, x2 *float64, n int, b, p, q, w float64)

//go:noescape
func nearest512(r2, ux, x2 *float64, n int, u2, lo, hi float64) float64

//go:noescape
func bound512(c *float64, r2 *float64, n int, a0, s0, a1, s1 float64) float64

//go:noescape
func dots512(out, u *float64, us int, x *float64, xs, n int)

//go:noescape
func sums512(out *float64, os int, w *float64, ws int, x *float64, xs, n int)
