package kernels

import "unsafe"

// Gather copies runs of length elements, which begin at src[offsets[0]],
// src[offsets[1]], …, to dst, one after the other.
func (v *Vec) Gather(dst, src []float32, offsets []int32, length int) {
	v.gatherRuns(&dst[0], &src[0], &offsets[0], length, len(offsets))
}

// Scatter is the inverse of Gather: run i of src, which lie one after the other, is
// copied to dst[offsets[i]] and on. Runs in dst must not overlap.
func (v *Vec) Scatter(dst, src []float32, offsets []int32, length int) {
	v.scatterRuns(&dst[0], &src[0], &offsets[0], length, len(offsets))
}

// Spread fills run i of dst, of length elements, with src[offsets[i]].
func (v *Vec) Spread(dst, src []float32, offsets []int32, length int) {
	v.spreadRuns(&dst[0], &src[0], &offsets[0], length, len(offsets))
}

// run is the n elements from p[e] on.
func run(p *float32, e, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(p), 4*e)), n)
}

// gatherRunsGo is Gather.
func gatherRunsGo(dst, src *float32, offsets *int32, length, count int) {
	for i, o := range unsafe.Slice(offsets, count) {
		copy(run(dst, i*length, length), run(src, int(o), length))
	}
}

// scatterRunsGo is Scatter.
func scatterRunsGo(dst, src *float32, offsets *int32, length, count int) {
	for i, o := range unsafe.Slice(offsets, count) {
		copy(run(dst, int(o), length), run(src, i*length, length))
	}
}

// spreadRunsGo is Spread.
func spreadRunsGo(dst, src *float32, offsets *int32, length, count int) {
	for i, o := range unsafe.Slice(offsets, count) {
		x := *(*float32)(unsafe.Add(unsafe.Pointer(src), 4*int(o)))
		for j, d := 0, run(dst, i*length, length); j < length; j++ {
			d[j] = x
		}
	}
}
