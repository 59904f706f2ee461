package inference

import (
	"fmt"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
)

// repeated is how two arrays are brought to one shape, by repeating axes of extent 1. Axes beside
// each other that are repeated in the same array, or in none, are one here.
type repeated struct {
	shape    []int // of the result
	extents  []int // of the axes that are left
	inX, inY []int // strides of these in the operands, 0 where they are repeated
}

// repeat brings shapes together, or says that they do not go so.
func repeat(x, y []int) (*repeated, error) {
	rank := max(len(x), len(y))
	px := append(ones(rank-len(x)), x...)
	py := append(ones(rank-len(y)), y...)
	r := &repeated{shape: make([]int, rank)}
	for i := range rank {
		if r.shape[i] = max(px[i], py[i]); px[i] == 1 || py[i] == 1 {
			r.shape[i] = px[i] * py[i]
		} else if px[i] != py[i] {
			return nil, fmt.Errorf("got shapes %v and %v, want such that numpy brings to one", x, y)
		}
	}
	nx, ny := 1, 1 // elements of the axes after this one
	for i := rank - 1; i >= 0; i-- {
		d := r.shape[i]
		if d == 1 {
			continue
		}
		sx, sy := nx, ny
		if px[i] == 1 {
			sx = 0
		}
		if py[i] == 1 {
			sy = 0
		}
		if k := len(r.extents) - 1; k >= 0 && (sx == 0) == (r.inX[k] == 0) && (sy == 0) == (r.inY[k] == 0) {
			r.extents[k] *= d
		} else {
			r.extents, r.inX, r.inY = append(r.extents, d), append(r.inX, sx), append(r.inY, sy)
		}
		nx, ny = nx*px[i], ny*py[i]
	}
	return r, nil
}

// runs calls f for parts of the result from at on, of at most blockLen numbers, with where they
// begin in the operands, and which of these is one number.
func (r *repeated) runs(f func(at, x, y, k int, repX, repY bool)) {
	if len(r.extents) == 0 {
		f(0, 0, 0, 1, false, false)
		return
	}
	n := r.extents[0]
	repX, repY := r.inX[0] == 0, r.inY[0] == 0
	at := make([]int, len(r.extents))
	x, y, done := 0, 0, 0
	for {
		for first := 0; first < n; first += blockLen {
			f(done+first, x+first*r.inX[0], y+first*r.inY[0], min(blockLen, n-first), repX, repY)
		}
		done += n
		a := 1
		for ; a < len(at); a++ {
			at[a]++
			x, y = x+r.inX[a], y+r.inY[a]
			if at[a] < r.extents[a] {
				break
			}
			x, y = x-at[a]*r.inX[a], y-at[a]*r.inY[a]
			at[a] = 0
		}
		if a == len(at) {
			return
		}
	}
}

// goBlock is a kernel of a function, number by number.
func goBlock(of func(x, y float64) float64) kernels.Block {
	return func(dst, a, b *float32, n int, _ float32) {
		d, x, y := unsafe.Slice(dst, n), unsafe.Slice(a, n), unsafe.Slice(b, n)
		for i := range d {
			d[i] = float32(of(float64(x[i]), float64(y[i])))
		}
	}
}
