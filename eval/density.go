package eval

import (
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/plan/philox"
)

// A moving field sets f [n·dim] and its divergence [n] to those at n points u and a time.
// first is the number of the first point.
type moving interface {
	at(f, divergence, u []float64, first int, t float64) error
	batch() int // the most points at a time
}

// logDensities is ln p of points x of dim coordinates under the flow from noise at times[0]
// to data at the last. It goes the other way, in steps of Runge–Kutta of order 4 in float64:
//
//	u̇ = μ(t)u + ν(t)f(u),   ℓ̇ = Dμ(t) + ν(t) div f(u),   ln p = ln N(u(start); 0, b(start)²) + ℓ
//
// What a point gets does not depend on the others. Four evaluations a step.
func logDensities(m moving, p *field.Process, times []float64, x []float64, dim int,
	progress func(done, of int)) ([]float64, error) {
	n := len(x) / dim
	density := make([]float64, n)
	stages := 4 * (len(times) - 1)
	for first := 0; first < n; first += m.batch() {
		last := min(n, first+m.batch())
		w := newRungeKutta(m, p, x[first*dim:last*dim], last-first, first)
		for k := len(times) - 1; k > 0; k-- {
			if err := w.step(times[k], times[k-1]-times[k]); err != nil {
				return nil, err
			}
			progress(first*stages+(last-first)*4*(len(times)-k), n*stages)
		}
		b := p.Schedule.B.Eval(times[0])
		for i := range last - first {
			var square float64
			for _, v := range w.u[i*dim : (i+1)*dim] {
				square += v * v
			}
			density[first+i] = w.l[i] - square/(2*b*b) - float64(dim)*(math.Log(b)+math.Log(2*math.Pi)/2)
		}
	}
	return density, nil
}

// rungeKutta takes n points u and what their density has changed by, l, through steps.
type rungeKutta struct {
	m           moving
	p           *field.Process
	first, dim  int
	u, l        []float64
	y, f, slope []float64 // where the field is asked, its answer, the sum of the slopes of u
	div, growth []float64 // the divergence, the sum of the slopes of l
}

func newRungeKutta(m moving, p *field.Process, x []float64, n, first int) *rungeKutta {
	same := func() []float64 { return make([]float64, len(x)) }
	w := &rungeKutta{m: m, p: p, first: first, dim: len(x) / n,
		u: same(), y: same(), f: same(), slope: same(),
		l: make([]float64, n), div: make([]float64, n), growth: make([]float64, n)}
	copy(w.u, x)
	return w
}

// step goes from t to t + h:
//
//	k₁ = k(t, u),  k₂ = k(t+½h, u+½h k₁),  k₃ = k(t+½h, u+½h k₂),  k₄ = k(t+h, u+h k₃)
//	u' = u + h/6 (k₁ + 2k₂ + 2k₃ + k₄)
func (w *rungeKutta) step(t, h float64) error {
	clear(w.slope)
	clear(w.growth)
	copy(w.y, w.u)
	for _, s := range []struct{ ahead, weight, next float64 }{
		{0, 1, h / 2}, {h / 2, 2, h / 2}, {h / 2, 2, h}, {h, 1, 0}} {
		if err := w.m.at(w.f, w.div, w.y, w.first, t+s.ahead); err != nil {
			return err
		}
		mu, nu := w.p.Mu.Eval(t+s.ahead), w.p.Nu.Eval(t+s.ahead)
		for e, f := range w.f {
			k := mu*w.y[e] + nu*f
			w.slope[e] += s.weight * k
			w.y[e] = w.u[e] + s.next*k
		}
		for i, d := range w.div {
			w.growth[i] += s.weight * (float64(w.dim)*mu + nu*d)
		}
	}
	for e, k := range w.slope {
		w.u[e] += h / 6 * k
	}
	for i, k := range w.growth {
		w.l[i] += h / 6 * k
	}
	return nil
}

// dequantised spreads values of which there are so many, evenly apart from lo to hi, over
// the intervals between them: x + Δ(U − ½) with U uniform in (0, 1). Of fewer than two
// levels it leaves the values as they are.
func dequantised(x []float32, dim int, lo, hi float32, levels int, seed uint64) []float64 {
	width := 0.
	if levels > 1 {
		width = step(lo, hi, levels)
	}
	y := make([]float64, len(x))
	var words [4]uint32
	for e, v := range x {
		i, k := e/dim, e%dim
		if k%4 == 0 {
			words = philox.Words(seed, uint64(i), philox.Draw(philox.Metric, drawLevel), uint32(k/4))
		}
		y[e] = float64(v) + width*(float64(philox.Uniform(words[k%4]))-.5)
	}
	return y
}

// step is how far apart values of so many levels from lo to hi are.
func step(lo, hi float32, levels int) float64 { return float64(hi-lo) / float64(levels-1) }
