package sample

import (
	"math"

	"github.com/stillfield/stillfield/plan/philox"
)

// Coordinates that are known are held at each stage, before the field is asked:
//
//	y = free·y + known·(a x + b ε)
//
// with a and b those of the stage's time and ε the noise that the sample starts from, so
// that the known part goes the straight way from that noise to x. A method without a clock
// has no such time: a = 1 and b = 0 project each of its points on those that are known.
// When a sample has finished its known coordinates are those of x, to the bit.
//
// There are three arrays of a point: free, which is 0 or 1, known·x and known·ε.
const holds = 3

// hold is the name of such an array on a device.
func hold(k int) string { return [holds]string{"free", "known", "noise"}[k] }

// held are the arrays of the points of a batch that begin.
func (w *batch) held(j, i int) {
	x, free := w.course.spec.Given.of(i, w.dim), w.course.spec.Given.free(i, w.dim)
	at := j * w.dim
	eps := w.holds[2][at : at+w.dim]
	philox.Normals(eps, w.seed, uint64(i), philox.Start)
	for d, isFree := range free {
		w.holds[0][at+d], w.holds[1][at+d] = 1, 0
		if isFree {
			eps[d] = 0
		} else {
			w.holds[0][at+d], w.holds[1][at+d] = 0, x[d]
		}
	}
}

// hold tells the executor what is held of points that have begun.
func (w *batch) hold(points []int) error {
	if !w.course.masked() {
		return nil
	}
	for k, j := range points {
		w.held(k, w.slots[j].number)
	}
	n := len(points) * w.dim
	return w.x.Hold(points, [holds][]float32{w.holds[0][:n], w.holds[1][:n], w.holds[2][:n]})
}

// masked reports whether some coordinates are known.
func (c *course) masked() bool { return c.spec.Given != nil && c.spec.Given.Free != nil }

// holding sets what a row has of the datum and its noise in the known coordinates.
func (w *batch) holding(r *Row) {
	if !w.course.masked() {
		return
	}
	r.Known, r.Noise = 1, 0
	if !math.IsNaN(r.T) {
		at := w.course.process.At(r.T)
		r.Known, r.Noise = at.A, at.B
	}
}

// restore puts what is known of sample i back into x.
func (w *batch) restore(i int, x []float32) {
	if !w.course.masked() {
		return
	}
	given, free := w.course.spec.Given.of(i, w.dim), w.course.spec.Given.free(i, w.dim)
	for d, v := range given {
		if !free[d] {
			x[d] = v
		}
	}
}

// Hold sets what is held of points.
func (h *Host) Hold(points []int, of [holds][]float32) error {
	for k, j := range points {
		for q, from := range of {
			to := h.holds[q][j*h.dim : (j+1)*h.dim]
			for d := range to {
				to[d] = float64(from[k*h.dim+d])
			}
		}
	}
	return nil
}

// Hold sets what is held of points, a row at a time.
func (w *Compiled) Hold(points []int, of [holds][]float32) error {
	for k, j := range points {
		for q, from := range of {
			err := w.now.WriteAt(hold(q), w.rows[j]*w.dim, from[k*w.dim:(k+1)*w.dim])
			if err != nil {
				return err
			}
		}
	}
	return nil
}
