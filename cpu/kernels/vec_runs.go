package kernels

import "unsafe"

// Gather sets dst to the runs of length elements that begin at offsets in src,
// one after the other.
func (v *Vec) Gather(dst, src []float32, offsets []int32, length int) {
	v.gatherRuns(&dst[0], &src[0], &offsets[0], length, len(offsets))
}

// Scatter is the inverse of Gather: it writes the runs of src to their places.
func (v *Vec) Scatter(dst, src []float32, offsets []int32, length int) {
	v.scatterRuns(&dst[0], &src[0], &offsets[0], length, len(offsets))
}

// Spread sets dst to runs of length copies of the elements of src at offsets.
func (v *Vec) Spread(dst, src []float32, offsets []int32, length int) {
	v.spreadRuns(&dst[0], &src[0], &offsets[0], length, len(offsets))
}

// run is n elements at element e of p.
func run(p *float32, e, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(p), 4*e)), n)
}

func gatherRunsGo(dst, src *float32, offsets *int32, length, count int) {
	for i, o := range unsafe.Slice(offsets, count) {
		copy(run(dst, i*length, length), run(src, int(o), length))
	}
}

func scatterRunsGo(dst, src *float32, offsets *int32, length, count int) {
	for i, o := range unsafe.Slice(offsets, count) {
		copy(run(dst, int(o), length), run(src, i*length, length))
	}
}

func spreadRunsGo(dst, src *float32, offsets *int32, length, count int) {
	for i, o := range unsafe.Slice(offsets, count) {
		x := *(*float32)(unsafe.Add(unsafe.Pointer(src), 4*int(o)))
		for j, d := 0, run(dst, i*length, length); j < length; j++ {
			d[j] = x
		}
	}
}
