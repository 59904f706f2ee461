package kernels

import "unsafe"

// laneSumGo is acc[i mod 64] += x[i].
func laneSumGo(acc *Lanes, x *float32, n int) {
	for i, v := range unsafe.Slice(x, n) {
		acc[i%lanes] += v
	}
}

// laneDotGo is acc[i mod 64] += x[i]·y[i].
func laneDotGo(acc *Lanes, x, y *float32, n int) {
	xs, ys := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range xs {
		acc[i%lanes] = fma32(v, ys[i], acc[i%lanes])
	}
}

// laneMaxGo is acc[i mod 64] = max(x[i], acc[i mod 64]); where x[i] is NaN the
// accumulator stays.
func laneMaxGo(acc *Lanes, x *float32, n int) {
	for i, v := range unsafe.Slice(x, n) {
		acc[i%lanes] = maxps(v, acc[i%lanes])
	}
}

// laneExpGo is y[i] = exp(x[i] − top), acc[i mod 64] += y[i].
func laneExpGo(acc *Lanes, y, x *float32, top float32, n int) {
	ys, xs := unsafe.Slice(y, n), unsafe.Slice(x, n)
	for i, v := range xs {
		e := exp32(v - top)
		ys[i] = e
		acc[i%lanes] += e
	}
}

// laneMomentsGo is s1[i mod 64] += x[i] − k and s2[i mod 64] += (x[i] − k)².
func laneMomentsGo(s1, s2 *Lanes, x *float32, k float32, n int) {
	for i, v := range unsafe.Slice(x, n) {
		d := v - k
		s1[i%lanes] += d
		s2[i%lanes] = fma32(d, d, s2[i%lanes])
	}
}

// laneFoldGo adds the lanes in float64: first the sums s[i] of lanes i, i+8, i+16, …,
// then those in pairs.
func laneFoldGo(acc *Lanes) (sum float64) {
	var s [8]float64
	for i, a := range acc {
		s[i%8] += float64(a)
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// laneTopGo is the greatest lane. None of them is NaN.
func laneTopGo(acc *Lanes) (top float32) {
	top = acc[0]
	for _, a := range acc[1:] {
		top = maxps(a, top)
	}
	return top
}
