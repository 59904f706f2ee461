package kernels

import "unsafe"

// panel packs kc rows of n columns of B into dst [kc, nr], with zeros in the columns
// from n on, so that a micro-kernel reads one stream of memory. b begins with the
// first element; rowB and colB are the strides of B in elements.
func (a *arch) panel(dst, b []float32, rowB, colB, kc, n int) {
	nr := a.nr
	if n < nr {
		clear(dst[:kc*nr])
	}
	switch {
	case colB == 1 && n == nr && nr == 32:
		for k := range kc {
			*(*[32]float32)(dst[k*32:]) = *(*[32]float32)(b[k*rowB:])
		}
	case colB == 1:
		for k := range kc {
			copy(dst[k*nr:k*nr+n], b[k*rowB:])
		}
	case rowB == 1:
		a.transpose(dst, nr, b, colB, n, kc)
	default:
		for j := range n {
			for k, o := 0, j*colB; k < kc; k++ {
				dst[k*nr+j] = b[o]
				o += rowB
			}
		}
	}
}

// transpose sets dst[k·ldd + r] = src[r·lds + k] for r < rows and k < cols.
func (a *arch) transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	r, done := 0, 0
	if k4 := cols / 4; a.packRows != nil && k4 > 0 && rows >= a.packWide {
		done = 4 * k4
		for ; r+a.packWide <= rows; r += a.packWide {
			a.packRows(at(dst, r), 4*ldd, at(src, r*lds), 4*lds, k4)
		}
		for q := range r {
			for k := done; k < cols; k++ {
				dst[k*ldd+q] = src[q*lds+k]
			}
		}
	}
	for ; r+4 <= rows; r += 4 {
		s0, s1 := src[r*lds:][:cols], src[(r+1)*lds:][:cols]
		s2, s3 := src[(r+2)*lds:][:cols], src[(r+3)*lds:][:cols]
		for k := range cols {
			d := dst[k*ldd+r:][:4]
			d[0], d[1], d[2], d[3] = s0[k], s1[k], s2[k], s3[k]
		}
	}
	for ; r < rows; r++ {
		for k, v := range src[r*lds:][:cols] {
			dst[k*ldd+r] = v
		}
	}
}

// Aligned returns n zeros that start on a cache line of 64 bytes.
func Aligned(n int) []float32 {
	b := make([]float32, n+16)
	skip := int(-uintptr(unsafe.Pointer(&b[0]))%64) / 4
	return b[skip : skip+n : skip+n]
}
