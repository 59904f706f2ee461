package kernels

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/plan"
)

// blocksOf returns the pointwise kernels of a level.
func blocksOf(l Level) *[plan.Less + 1]Block {
	switch l {
	case AVX512:
		return &blocks512
	case AVX2:
		return &blocks256
	}
	return &goBlocks
}

// draw writes 64·groups uniform or normal numbers from the blocks that d counts.
func (v *Vec) draw(dst *float32, groups int, d *drawArgs, normal bool) {
	switch {
	case v.Level == AVX512 && normal:
		normals512(dst, groups, d)
	case v.Level == AVX512:
		uniforms512(dst, groups, d)
	case v.Level == AVX2 && normal:
		normals256(dst, groups, d)
	case v.Level == AVX2:
		uniforms256(dst, groups, d)
	default:
		drawGo(dst, groups, d, normal)
	}
}

// trig is sin or cos of n elements with |a[i]| ≤ sinLimit, in AVX-512 (wide) or AVX2.
func trig(dst, a *float32, n int, wide, cosine bool) {
	switch {
	case wide && cosine:
		cos512(dst, a, nil, n, 0)
	case wide:
		sin512(dst, a, nil, n, 0)
	case cosine:
		cos256(dst, a, nil, n, 0)
	default:
		sin256(dst, a, nil, n, 0)
	}
}

// trigBeyondLimit is trig for any a: elements beyond sinLimit are computed by package
// math, and the others as trig does.
func trigBeyondLimit(dst, a *float32, n int, wide, cosine bool) {
	f := math.Sin
	if cosine {
		f = math.Cos
	}
	var keep [lanes]float32 // dst may be a
	d, x := unsafe.Slice(dst, n), unsafe.Slice(a, n)
	for i := 0; i < n; i += lanes {
		m := copy(keep[:], x[i:])
		trig(&d[i], &keep[0], m, wide, cosine)
		for k, v := range keep[:m] {
			if !(abs(v) <= sinLimit) {
				d[i+k] = float32(f(float64(v)))
			}
		}
	}
}

// The functions that the tables of primitives have for Sin and Cos take any argument.

func anySin512(dst, a, _ *float32, n int, _ float32) {
	anyTrig(dst, a, n, beyond512(a, n, sinLimit), true, false)
}
func anyCos512(dst, a, _ *float32, n int, _ float32) {
	anyTrig(dst, a, n, beyond512(a, n, sinLimit), true, true)
}
func anySin256(dst, a, _ *float32, n int, _ float32) {
	anyTrig(dst, a, n, beyond256(a, n, sinLimit), false, false)
}
func anyCos256(dst, a, _ *float32, n int, _ float32) {
	anyTrig(dst, a, n, beyond256(a, n, sinLimit), false, true)
}

// anyTrig is sin or cos of n elements; beyond is not 0 if some |a[i]| > sinLimit.
func anyTrig(dst, a *float32, n int, beyond uint32, wide, cosine bool) {
	if beyond == 0 {
		trig(dst, a, n, wide, cosine)
		return
	}
	trigBeyondLimit(dst, a, n, wide, cosine)
}
