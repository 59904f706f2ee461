package distance

import (
	"fmt"
	"math"
	"slices"
)

// Kernel is a positive definite function of two vectors, or one that is so up to a constant.
type Kernel struct {
	name string
	// form is the product that values take, of x with these y.
	form func(y vectors) form
	// origin says whether distances matter and not where the vectors are, so that they are
	// moved to their mean first, which saves digits.
	origin bool
	// values turns products into kernels over scale, in place.
	values func(w *worker, c []float32)
	scale  float64
}

// Cubic is the kernel of KID (Bińkowski et al., arXiv 1801.01401): (x·y/D + 1)³.
func Cubic(dim int) Kernel {
	return Kernel{name: "KID", scale: math.Pow(float64(dim), -3), form: func(y vectors) form {
		dims := make([]float32, y.N())
		for i := range dims {
			dims[i] = float32(dim)
		}
		return form{scale: 1, bias: dims}
	}, values: func(w *worker, c []float32) {
		w.pieces(c, func(c, t []float32) {
			w.mul(&t[0], &c[0], &c[0], len(c), 0)
			w.mul(&c[0], &c[0], &t[0], len(c), 0)
		})
	}}
}

// doublings is how many widths a radial kernel has, σ² doubled from one to the next.
const doublings = 5

// Radial is the mean of exp(−‖x − y‖²/(2σ²)) over σ²/median² = ¼, ½, 1, 2 and 4.
func Radial(median float64) Kernel {
	rate := -1 / (2 * 4 * median * median)
	k := Kernel{name: "MMD", scale: 1. / doublings, form: squaredDistance, origin: true}
	k.values = func(w *worker, c []float32) {
		w.pieces(c, func(c, t []float32) {
			n := len(c)
			w.scale(&c[0], &c[0], nil, n, float32(rate))
			w.exp(&c[0], &c[0], nil, n, 0) // σ² = 4 median²; its square is that of half as much
			w.mul(&t[0], &c[0], &c[0], n, 0)
			w.add(&c[0], &c[0], &t[0], n, 0)
			for range doublings - 2 {
				w.mul(&t[0], &t[0], &t[0], n, 0)
				w.add(&c[0], &c[0], &t[0], n, 0)
			}
		})
	}
	return k
}

// Distance is −‖x − y‖, whose MMD² is the energy distance of Székely and Rizzo,
// 2E‖x − y‖ − E‖x − x′‖ − E‖y − y′‖.
func Distance() Kernel {
	zeros := make([]float32, piece)
	return Kernel{name: "energy distance", scale: -1, form: squaredDistance, origin: true,
		values: func(w *worker, c []float32) {
			w.pieces(c, func(c, _ []float32) {
				w.most(&c[0], &c[0], &zeros[0], len(c), 0)
				w.sqrt(&c[0], &c[0], nil, len(c), 0)
			})
		}}
}

// squaredDistance is ‖x‖² + ‖y‖² − 2 x·y.
func squaredDistance(y vectors) form { return form{scale: -2, bias: y.norms, norm: true} }

// piece is how many products are worked on at a time: 16 KB, which stay in the first cache.
const piece = 4096

// pieces does f for each piece of c, with as much memory to work in.
func (w *worker) pieces(c []float32, f func(c, t []float32)) {
	t := room(&w.t, piece)
	for len(c) > 0 {
		n := min(piece, len(c))
		f(c[:n], t[:n])
		c = c[n:]
	}
}

// mostMedian is how many points of either set the median distance is of.
const mostMedian = 1000

// Median is the median of the distances between the first points of both sets together, 1,000
// of each at most, in float64. It is what the widths of a Radial kernel are measured in.
func Median(real, generated Points) (float64, error) {
	if err := check("median distance", 2, real, generated); err != nil {
		return 0, err
	}
	all := Points{slices.Concat(real.X[:min(mostMedian, real.N())*real.Dim],
		generated.X[:min(mostMedian, generated.N())*real.Dim]), real.Dim}
	var d2 []float64
	for i := range all.N() {
		for j := range i {
			d2 = append(d2, squared(all.Row(i), all.Row(j)))
		}
	}
	if m := middle(d2); m > 0 {
		return math.Sqrt(m), nil
	}
	return 0, fmt.Errorf("distance: median distance: got 0, more than half of the pairs among %d vectors "+
		"are equal: no width of a kernel follows", all.N())
}
