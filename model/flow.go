package model

import (
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Flow follows f(u) on a device that keeps the points to itself: a step of a
// sampler is one plan, replayed, and moves its eight coefficients to the device
// and at most one number for each point back. It is a sample.Flow.
//
// With c the coefficients of a stage, what the plan computes is
//
//	y  = c₀u + c₁m                      where the field is asked
//	f  = f(y)
//	d  = (c₂ − 1)u + c₃m + c₄f
//	u' + e' = u + (d + e)               u' rounded, e' what that lost
//	m' = c₅u + c₆m + c₇f
//
// e keeps what float32 would lose: alone, u stands still once η‖f‖ is below half
// a unit in its last place. So u is the float32 next to a point of twice the
// precision, and departs from a float64 one by the rounding of d, a unit roundoff
// of a step each.
//
// When so few points are left that half the batch would do, Gather moves them to
// the plan of that batch. Points that have finished are evaluated until then; no
// one looks at them.
type Flow struct {
	field *Field
	steps map[int]plan.Program    // by batch
	picks map[[2]int]plan.Program // of how many rows, how many
	all   []plan.Program          // in the order they were loaded

	now  plan.Program // the step of size rows that holds the points
	size int
	rows []int // where each point is

	coefficients [8]float32
	norms, index []float32
	points       []float32 // what passes the host: batch·dim
}

// Flow returns a flow along f of at most f.Batch() points. It loads plans of its
// own, and does not see a later Update of the weights.
func (f *Field) Flow() *Flow {
	return &Flow{field: f, steps: map[int]plan.Program{}, picks: map[[2]int]plan.Program{},
		rows: make([]int, 0, f.batch), norms: make([]float32, f.batch), index: make([]float32, f.batch),
		points: make([]float32, f.batch*f.dim)}
}

// Plan is the compiled step of n points.
func (w *Flow) Plan(n int) (*plan.Plan, error) {
	f, b := w.field, graph.New()
	shape := append([]int{n}, f.point...)
	u, e, m := b.State("u", shape...), b.State("e", shape...), b.State("m", shape...)
	c := b.Input("stage", len(w.coefficients))
	times := func(k int, x graph.Node) graph.Node {
		return b.Mul(b.Expand(b.Narrow(c, 1, k, 1, 1), 1, 1, shape...), x)
	}
	combine := func(k int, v graph.Node) graph.Node {
		return b.Add(b.Add(times(k, u), times(k+1, m)), times(k+2, v))
	}
	y := b.Add(times(0, u), times(1, m))
	v := f.net.Build(b, f.params.Bind(b, b.State("weights", f.params.Len)), y)
	d := b.Add(combine(2, v), e)
	u1 := b.Add(u, d)
	e1 := b.Sub(d, b.Sub(u1, u))
	return alone(b.Compile(f.prec,
		graph.Root{Name: "y", Node: y},
		graph.Root{Name: "norms", Node: b.Dot(v, v, n, n)},
		graph.Root{Node: b.Binary(plan.Assign, u, u1)},
		graph.Root{Node: b.Binary(plan.Assign, e, e1)},
		graph.Root{Node: b.Binary(plan.Assign, m, combine(5, v))}))
}

// pickPlan is m of the n rows of x.
func (w *Flow) pickPlan(n, m int) (*plan.Plan, error) {
	b := graph.New()
	x := b.State("x", append([]int{n}, w.field.point...)...)
	return b.Compile(plan.Float32, graph.Root{Name: "picked", Node: b.Gather(x, b.Input("rows", m))})
}

func (w *Flow) load(p *plan.Plan, err error) (plan.Program, error) {
	if err != nil {
		return nil, err
	}
	g, err := w.field.dev.Load(p)
	if err == nil {
		w.all = append(w.all, g)
	}
	return g, err
}

// step returns the step of n points.
func (w *Flow) step(n int) (plan.Program, error) {
	if g := w.steps[n]; g != nil {
		return g, nil
	}
	g, err := w.load(w.Plan(n))
	if err != nil {
		return nil, err
	}
	if err := g.Write("weights", w.field.weights); err != nil {
		return nil, err
	}
	w.steps[n] = g
	return g, nil
}

// pick returns the plan that gathers at least the given points, with their rows
// written, and how many it gathers. Rows that are left over are row 0.
func (w *Flow) pick(points []int) (plan.Program, int, error) {
	n := w.field.size(len(points))
	key := [2]int{w.size, n}
	g := w.picks[key]
	if g == nil {
		var err error
		if g, err = w.load(w.pickPlan(w.size, n)); err != nil {
			return nil, 0, err
		}
		w.picks[key] = g
	}
	index := w.index[:n]
	clear(index)
	for k, i := range points {
		index[k] = float32(w.rows[i])
	}
	return g, n, g.Write("rows", index)
}

// Begin takes points u, one after another, with memory 0.
func (w *Flow) Begin(u []float64) error {
	n := len(u) / w.field.dim
	if n < 1 || n > w.field.batch || n*w.field.dim != len(u) {
		return fmt.Errorf("model: Flow: %d elements, want 1 to %d points of %d", len(u), w.field.batch, w.field.dim)
	}
	g, err := w.step(w.field.size(n))
	if err != nil {
		return err
	}
	w.now, w.size, w.rows = g, w.field.size(n), w.rows[:0]
	for i := range n {
		w.rows = append(w.rows, i)
	}
	x := w.points[:w.size*w.field.dim]
	clear(x)
	if err := g.Write("m", x); err != nil {
		return err
	}
	for i, v := range u {
		x[i] = float32(v)
	}
	if err := g.Write("u", x); err != nil {
		return err
	}
	for i, v := range u {
		x[i] = float32(v - float64(x[i]))
	}
	return g.Write("e", x)
}

// Step starts one stage: y = look·(u, m), and u, m become u·(u, m, f) and
// m·(u, m, f).
func (w *Flow) Step(look [2]float64, u, m [3]float64) error {
	for k, c := range [...]float64{look[0], look[1], u[0] - 1, u[1], u[2], m[0], m[1], m[2]} {
		w.coefficients[k] = float32(c)
	}
	if err := w.now.Write("stage", w.coefficients[:]); err != nil {
		return err
	}
	return w.now.Run()
}

// Norms sets norms to ‖f‖ of each point: the root of a sum in float32, which
// overflows where ‖f‖ ≥ 1.8e19.
func (w *Flow) Norms(norms []float64) error {
	if err := w.now.Read("norms", w.norms[:w.size]); err != nil {
		return err
	}
	for i := range norms {
		norms[i] = math.Sqrt(float64(w.norms[w.rows[i]]))
	}
	return nil
}

// Looked copies where the field of some points was asked. No other points leave
// the device, but for those that make up a power of two.
func (w *Flow) Looked(y []float32, points []int) error {
	g, n, err := w.pick(points)
	if err != nil {
		return err
	}
	if err := w.gather(g, "y"); err != nil {
		return err
	}
	x := w.points[:n*w.field.dim]
	if err := g.Read("picked", x); err != nil {
		return err
	}
	copy(y, x)
	return nil
}

// gather picks rows of a value of the present step.
func (w *Flow) gather(g plan.Program, name string) error {
	if err := g.Copy("x", w.now, name); err != nil {
		return err
	}
	return g.Run()
}

// Keep drops all points but some, in order.
func (w *Flow) Keep(points []int) error {
	if len(points) == 0 || w.field.size(len(points)) == w.size {
		for k, i := range points {
			w.rows[k] = w.rows[i]
		}
		w.rows = w.rows[:len(points)]
		return nil
	}
	g, n, err := w.pick(points)
	if err != nil {
		return err
	}
	next, err := w.step(n)
	if err != nil {
		return err
	}
	for _, name := range []string{"u", "e", "m"} {
		if err := w.gather(g, name); err != nil {
			return err
		}
		if err := next.Copy(name, g, "picked"); err != nil {
			return err
		}
	}
	w.now, w.size, w.rows = next, n, w.rows[:len(points)]
	for k := range w.rows {
		w.rows[k] = k
	}
	return nil
}

// Points copies all points.
func (w *Flow) Points(u []float32) error {
	d := w.field.dim
	x := w.points[:w.size*d]
	if err := w.now.Read("u", x); err != nil {
		return err
	}
	for i, r := range w.rows {
		copy(u[i*d:(i+1)*d], x[r*d:])
	}
	return nil
}

// Close frees the plans.
func (w *Flow) Close() error {
	var errs []error
	for _, g := range w.all {
		errs = append(errs, g.Close())
	}
	return errors.Join(errs...)
}
