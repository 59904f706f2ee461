//go:build !amd64

package exact

var haveVector = false

func expSum512(c *float64, ux, x2 *float64, n int, b, p, q float64) float64 {
	panic("exact: no vectors here")
}

func expAdd512(c *float64, acc, ux, x2 *float64, n int, b, p, q, w float64) {
	panic("exact: no vectors here")
}

func nearest512(r2, ux, x2 *float64, n int, u2, lo, hi float64) float64 {
	panic("exact: no vectors here")
}

func bound512(c *float64, r2 *float64, n int, a0, s0, a1, s1 float64) float64 {
	panic("exact: no vectors here")
}

func dots512(out, u *float64, us int, x *float64, xs, n int) { panic("exact: no vectors here") }

func sums512(out *float64, os int, w *float64, ws int, x *float64, xs, n int) {
	panic("exact: no vectors here")
}
