package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/plan/philox"
)

// ErrNotFinite is wrapped by the error of a field or a point that is infinite or
// NaN.
var ErrNotFinite = errors.New("not a finite number")

// flow is a batch under way. Live points come first, in the order of their
// numbers; when one has finished, those behind it move up, so that the field is
// evaluated for live points alone.
//
// Points move in float64 while the field sees and gives float32. A step in
// float32 would be lost once η‖f‖ falls below half a unit in the last place of
// the point, which for the default recipe is at noise 1e-6.
type flow struct {
	field  Field
	stages []Stage
	stop   float64
	seed   uint64
	scale  float64 // of the starting noise, b(t)
	dim    int
	result *Result

	live []int     // the number of each live point
	u, m []float64 // the points and the memory of the method
	y, f []float32 // where the field is asked, and what it answers

	done, bound int // evaluations so far, and in all if no more points finish early
	progress    func(done, bound int)
}

func newFlow(batch, dim int) *flow {
	n := batch * dim
	return &flow{dim: dim, live: make([]int, 0, batch),
		u: make([]float64, n), m: make([]float64, n), y: make([]float32, n), f: make([]float32, n)}
}

// run takes points first to first+n−1 from noise to data. It allocates nothing.
func (w *flow) run(ctx context.Context, first, n int) error {
	w.begin(first, n)
	for k := range w.stages {
		st := &w.stages[k]
		if len(w.live) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("sample: Run: %s of samples %d to %d: %w", st, first, first+n-1, err)
		}
		size := len(w.live) * w.dim
		st.look(w.y[:size], w.u, w.m)
		if err := w.field(w.f[:size], w.y[:size], len(w.live)); err != nil {
			return fmt.Errorf("sample: Run: %s of samples %d to %d: %w", st, first, first+n-1, err)
		}
		if err := w.advance(k); err != nil {
			return err
		}
		if w.progress != nil {
			w.progress(w.done, w.bound)
		}
	}
	for j, i := range w.live {
		x := w.result.X[i*w.dim : (i+1)*w.dim]
		for e, v := range w.u[j*w.dim : (j+1)*w.dim] {
			x[e] = float32(v)
			if !finite(float64(x[e])) {
				return fmt.Errorf("sample: Run: sample %d ends with x[%d] = %v: %w", i, e, v, ErrNotFinite)
			}
		}
	}
	return nil
}

// begin draws the noise the batch starts from.
func (w *flow) begin(first, n int) {
	w.live = w.live[:0]
	for j := range n {
		w.live = append(w.live, first+j)
		noise := w.y[j*w.dim : (j+1)*w.dim]
		philox.Normals(noise, w.seed, uint64(first+j), philox.Start)
		for e, z := range noise {
			w.u[j*w.dim+e] = w.scale * float64(z)
		}
	}
	clear(w.m)
}

// advance moves each live point by what the field answered at stage k and closes
// the gaps that finished points leave.
func (w *flow) advance(k int) error {
	st, d, kept := &w.stages[k], w.dim, 0
	for j, i := range w.live {
		y, f := w.y[j*d:(j+1)*d], w.f[j*d:(j+1)*d]
		u, m := w.u[j*d:(j+1)*d], w.m[j*d:(j+1)*d]
		w.result.NFE[i]++
		w.done++
		norm := norm(f)
		if !finite(norm) {
			e := firstBad(f)
			return fmt.Errorf("sample: Run: %s of sample %d: f[%d] = %v: %w", st, i, e, f[e], ErrNotFinite)
		}
		if norm < w.stop {
			copy(w.result.X[i*d:(i+1)*d], y)
			w.result.Stopped++
			w.bound -= len(w.stages) - k - 1
			continue
		}
		to, mo := w.u[kept*d:(kept+1)*d], w.m[kept*d:(kept+1)*d]
		st.move(to, mo, u, m, f)
		w.live[kept] = i
		kept++
	}
	w.live = w.live[:kept]
	return nil
}

// look sets y = Look₀ u + Look₁ m. Each product is rounded on its own, so that
// machines with and without a fused multiply-add agree.
func (st *Stage) look(y []float32, u, m []float64) {
	a, b := st.Look[0], st.Look[1]
	u, m = u[:len(y)], m[:len(y)]
	for e := range y {
		y[e] = float32(float64(a*u[e]) + float64(b*m[e]))
	}
}

// move sets u1, m1 to the stage's update of u, m, which they may be, or lie
// before.
func (st *Stage) move(u1, m1, u, m []float64, f []float32) {
	U, M := st.U, st.M
	u1, m1, u, m = u1[:len(f)], m1[:len(f)], u[:len(f)], m[:len(f)]
	for e, v := range f {
		ue, me, fe := u[e], m[e], float64(v)
		u1[e] = float64(U[0]*ue) + float64(U[1]*me) + float64(U[2]*fe)
		m1[e] = float64(M[0]*ue) + float64(M[1]*me) + float64(M[2]*fe)
	}
}

// norm is ‖f‖. The square of a float32 cannot overflow a float64, so it is
// finite where every element is.
func norm(f []float32) float64 {
	var sum float64
	for _, v := range f {
		sum += float64(float64(v) * float64(v))
	}
	return math.Sqrt(sum)
}

func firstBad(f []float32) int {
	for e, v := range f {
		if !finite(float64(v)) {
			return e
		}
	}
	panic("sample: every element is finite")
}

// String is where the stage is: step 3, t = 0.5.
func (st *Stage) String() string {
	if math.IsNaN(st.T) {
		return fmt.Sprintf("step %d", st.Step)
	}
	return fmt.Sprintf("step %d, t = %.6g,", st.Step, st.T)
}
