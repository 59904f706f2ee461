package sample

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/plan/philox"
)

// Query is where a field is asked: at n points, one after another, each at a time
// and with a label, for fields that take them. A time is NaN without a clock.
type Query struct {
	N        int
	Y        []float64 // n·dim
	T, Label []float64 // n
	Sample   []uint64  // n, the numbers of the samples that the points are
}

// Eval sets f, of n·dim numbers, to a field at the points of q. It must keep
// neither, and a point's value must not depend on the points beside it.
type Eval func(f []float64, q Query) error

// Single is the Eval of a field in float32 that is told nothing but the points, such
// as a model.Evaluator's.
func Single(eval func(f, y []float32, n int) error) Eval {
	var y32, f32 []float32
	return func(f []float64, q Query) error {
		if len(y32) < len(q.Y) {
			y32, f32 = make([]float32, len(q.Y)), make([]float32, len(q.Y))
		}
		y, out := y32[:len(q.Y)], f32[:len(q.Y)]
		for i, v := range q.Y {
			y[i] = float32(v)
		}
		if err := eval(out, y, q.N); err != nil {
			return err
		}
		for i, v := range out {
			f[i] = float64(v)
		}
		return nil
	}
}

// maxRegisters is the most registers the host has room for at a time.
const maxRegisters = 8

// Host is the Executor of a field on the host, in float64: of exact fields, and
// the oracle that devices are held to.
type Host struct {
	eval   Eval
	metric Metric
	dim    int
	form   Form
	n      int

	s              [][]float64 // the registers of all points
	y, f, t, label []float64
	sample         []uint64
	z              []float32 // fresh noise of a point
	gain           []float64 // |λ̄| of each point, where a method has it in its noise

	holds [holds][]float64 // where the form is Masked

	times func(t []float64) error // t̂ of the points, nil where nothing reads it
	seen  []readout.Scalars
}

// OnHost returns the executor of eval, for points of dim coordinates.
func OnHost(eval Eval, dim int) *Host { return &Host{eval: eval, dim: dim} }

// WithMetric gives the executor what methods in the conformal metric follow.
func (h *Host) WithMetric(m Metric) *Host {
	h.metric = m
	return h
}

// Dim is how many coordinates a point has.
func (h *Host) Dim() int { return h.dim }

// Ahead is 1: the host knows the norms as soon as anything.
func (h *Host) Ahead() int { return 1 }

// Reserve makes room for n points of that form: 8·dim·(registers + 2) bytes each.
func (h *Host) Reserve(form Form, n int) error {
	if form.Part != Whole && h.metric == nil {
		return fmt.Errorf("sample: Host: the method follows %v, want an executor that is given a metric",
			form.Part)
	}
	h.form, h.s = form, make([][]float64, form.Registers)
	for i := range h.s {
		h.s[i] = make([]float64, n*h.dim)
	}
	h.y, h.f = make([]float64, n*h.dim), make([]float64, n*h.dim)
	h.t, h.label, h.z = make([]float64, n), make([]float64, n), make([]float32, h.dim)
	h.gain, h.sample = make([]float64, n), make([]uint64, n)
	for k := range h.holds {
		h.holds[k] = nil
		if form.Masked {
			h.holds[k] = make([]float64, n*h.dim)
		}
	}
	return nil
}

// Begin replaces the batch.
func (h *Host) Begin(u []float64) error {
	h.n = len(u) / h.dim
	copy(h.s[0], u)
	for _, m := range h.s[1:] {
		clear(m)
	}
	return nil
}

// Refill replaces points.
func (h *Host) Refill(points []int, u []float64) error {
	for k, j := range points {
		for i, s := range h.s {
			if i == 0 {
				copy(s[j*h.dim:], u[k*h.dim:(k+1)*h.dim])
			} else {
				clear(s[j*h.dim : (j+1)*h.dim])
			}
		}
	}
	return nil
}

// Rows is how many points there are.
func (h *Host) Rows() int { return h.n }

// Step evaluates the field and moves every point.
func (h *Host) Step(rows []Row) error {
	size := h.n * h.dim
	for i := range rows {
		h.ask(&rows[i], h.y[i*h.dim:(i+1)*h.dim], i*h.dim)
		if h.form.Masked {
			h.mask(&rows[i], i*h.dim)
		}
		h.t[i], h.label[i], h.sample[i] = rows[i].T, rows[i].Label, rows[i].Sample
	}
	q := Query{N: h.n, Y: h.y[:size], T: h.t[:h.n], Label: h.label[:h.n], Sample: h.sample[:h.n]}
	for i := range rows {
		h.gain[i] = 1
	}
	var err error
	if h.form.Part == Whole {
		err = h.eval(h.f[:size], q)
	} else {
		err = h.metric(h.f[:size], h.gain[:h.n], h.form.Part, q)
	}
	if err != nil {
		return err
	}
	for i := range rows {
		h.move(&rows[i], i)
	}
	return nil
}

// ask sets y for the point whose first coordinate is at. Each product is rounded
// on its own, so that machines with and without a fused multiply-add agree.
func (h *Host) ask(r *Row, y []float64, at int) {
	for e := range y {
		var sum float64
		for j, c := range r.Ask {
			sum += float64(c * h.s[j][at+e])
		}
		y[e] = sum
	}
}

// mask holds the known coordinates of y of the point whose first coordinate is at.
func (h *Host) mask(r *Row, at int) {
	for e := at; e < at+h.dim; e++ {
		known := float64(r.Known*h.holds[1][e]) + float64(r.Noise*h.holds[2][e])
		h.y[e] = float64(h.holds[0][e]*h.y[e]) + known
	}
}

// move sets the registers of point i.
func (h *Host) move(r *Row, i int) {
	R, at, spread := h.form.Registers, i*h.dim, 1.
	if h.form.Part == Conformal {
		spread = math.Sqrt(h.gain[i])
	}
	if h.form.Noise {
		philox.Normals(h.z, h.form.Seed, r.Sample, philox.Draw(philox.Fresh, r.Draw))
	}
	var old [maxRegisters]float64
	for e := range h.dim {
		for j := range R {
			old[j] = h.s[j][at+e]
		}
		for i, set := range r.Set {
			var sum float64
			for j := range R {
				sum += float64(set[j] * old[j])
			}
			f := h.f[at+e]
			if h.form.Moments && i == 2 {
				f *= f
			}
			sum += float64(set[R] * f)
			if h.form.Noise {
				sum += float64(set[R+1] * float64(spread*float64(h.z[e])))
			}
			h.s[i][at+e] = sum
		}
		if h.form.Moments {
			h.s[0][at+e] += float64(r.Rate * (h.s[1][at+e] / (math.Sqrt(h.s[2][at+e]) + r.Least)))
		}
	}
}

// Norms sets norms to ‖f‖ of each point.
func (h *Host) Norms(norms []float64) error { return h.lengths(norms, h.f) }

// Errors sets norms to ‖s‖ of the last register of each point.
func (h *Host) Errors(norms []float64) error { return h.lengths(norms, h.s[len(h.s)-1]) }

func (h *Host) lengths(norms, of []float64) error {
	for j := range norms {
		var sum float64
		for _, v := range of[j*h.dim : (j+1)*h.dim] {
			sum += float64(v * v)
		}
		norms[j] = math.Sqrt(sum)
	}
	return nil
}

// Asked copies y, where the field was last evaluated.
func (h *Host) Asked(y []float32, points []int) error { return h.pick(y, h.y, points) }

// Points copies points.
func (h *Host) Points(u []float32, points []int) error { return h.pick(u, h.s[0], points) }

func (h *Host) pick(dst []float32, from []float64, points []int) error {
	for k, j := range points {
		for e := range h.dim {
			dst[k*h.dim+e] = float32(from[j*h.dim+e])
		}
	}
	return nil
}

// Keep drops all points but some.
func (h *Host) Keep(points []int) error {
	for k, j := range points {
		for _, s := range h.s {
			copy(s[k*h.dim:(k+1)*h.dim], s[j*h.dim:])
		}
		if h.form.Masked {
			for _, s := range h.holds {
				copy(s[k*h.dim:(k+1)*h.dim], s[j*h.dim:])
			}
		}
	}
	h.n = len(points)
	return nil
}
