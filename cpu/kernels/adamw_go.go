package kernels

import (
	"math"
	"unsafe"
)

// averageGo is the kernel that moves an average to the weights by a share of the way:
//
//	avg = fma(rate, w − avg, avg)
func averageGo(avg, w *float32, n int, rate float32) {
	a, x := unsafe.Slice(avg, n), unsafe.Slice(w, n)
	for i := range a {
		a[i] = fma32(rate, x[i]-a[i], a[i])
	}
}

// adamGo is the kernel that adamArgs describes.
func adamGo(a *adamArgs) {
	w, m, v := unsafe.Slice(a.w, a.n), unsafe.Slice(a.m, a.n), unsafe.Slice(a.v, a.n)
	avg, g := unsafe.Slice(a.avg, a.n), unsafe.Slice(a.grad, a.n)
	for i := range w {
		G := a.scale * g[i]
		t := a.rest2 * G
		m[i] = fma32(a.beta1, m[i], float32(a.rest1*G))
		v[i] = fma32(a.beta2, v[i], float32(t*G))
		d := float32(math.Sqrt(float64(float32(a.c2*v[i])))) + a.eps
		step := float32(a.c1*m[i]) / d
		w[i] = fma32(a.negLR, step, fma32(a.negDecay, w[i], w[i]))
		avg[i] = fma32(a.ema, w[i]-avg[i], avg[i])
	}
}
