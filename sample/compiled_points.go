package sample

import (
	"github.com/stillfield/stillfield/plan"
)

// Asked copies y, where the field was last evaluated.
func (w *Compiled) Asked(y []float32, points []int) error { return w.copy(y, outAsked, points) }

// Points copies points.
func (w *Compiled) Points(u []float32, points []int) error { return w.copy(u, register(0), points) }

// copy copies a value of the stage for some points. Only their rows leave the device,
// and as many more as fill the next power of two.
func (w *Compiled) copy(dst []float32, name string, points []int) error {
	if plan.Rows(len(points), w.batch) == w.size {
		x := w.points[:w.size*w.dim]
		if err := w.now.Read(name, x); err != nil {
			return err
		}
		for k, i := range points {
			copy(dst[k*w.dim:(k+1)*w.dim], x[w.rows[i]*w.dim:])
		}
		return nil
	}
	g, n, err := w.pick(points)
	if err != nil {
		return err
	}
	if err := w.gather(g, name); err != nil {
		return err
	}
	x := w.points[:n*w.dim]
	if err := g.Read("picked", x); err != nil {
		return err
	}
	copy(dst, x[:len(points)*w.dim])
	return nil
}

// pick returns the plan that gathers at least the given points, with their rows
// written, and how many it gathers. Rows that are left over are row 0.
func (w *Compiled) pick(points []int) (plan.Program, int, error) {
	n := plan.Rows(len(points), w.batch)
	key := [2]int{w.size, n}
	g := w.picks[key]
	if g == nil {
		var err error
		if g, err = w.load(pickPlan(w.ctx, w.size, n, w.point)); err != nil {
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

// gather picks rows of a value of the present stage.
func (w *Compiled) gather(g plan.Program, name string) error {
	if err := g.Copy("x", w.now, name); err != nil {
		return err
	}
	return g.Run()
}

// Refill replaces points, where they are. Rows side by side go to the device together.
func (w *Compiled) Refill(points []int, u []float64) error {
	for k := 0; k < len(points); {
		first, n := w.rows[points[k]], 1
		for k+n < len(points) && w.rows[points[k+n]] == first+n {
			n++
		}
		if err := w.refill(first, n, u[k*w.dim:(k+n)*w.dim]); err != nil {
			return err
		}
		k += n
	}
	return nil
}

// refill puts points u into n rows from first on, with memories 0: s₀ is the float32 next
// to a point, and the rest what that loses. Rows beyond the points are 0.
func (w *Compiled) refill(first, n int, u []float64) error {
	x := w.points[:n*w.dim]
	clear(x)
	for i := 1; i < w.form.Registers; i++ {
		if err := w.now.WriteAt(register(i), first*w.dim, x); err != nil {
			return err
		}
	}
	for i, v := range u {
		x[i] = float32(v)
	}
	if err := w.now.WriteAt(register(0), first*w.dim, x); err != nil {
		return err
	}
	for i, v := range u {
		x[i] = float32(v - float64(x[i]))
	}
	return w.now.WriteAt(stateRest, first*w.dim, x)
}

// Rows is how many rows the plan of a stage has.
func (w *Compiled) Rows() int { return w.size }

// Keep drops all points but some.
func (w *Compiled) Keep(points []int) error {
	if len(points) == 0 || plan.Rows(len(points), w.batch) == w.size {
		return w.retire(points)
	}
	g, n, err := w.pick(points)
	if err != nil {
		return err
	}
	before := w.now
	if err := w.turnTo(n, len(points)); err != nil {
		return err
	}
	for _, name := range w.form.states() {
		if err := g.Copy("x", before, name); err != nil {
			return err
		}
		if err := g.Run(); err != nil {
			return err
		}
		if err := w.now.Copy(name, g, "picked"); err != nil {
			return err
		}
	}
	return nil
}

// retire drops all but the given points without moving any: the rows of the dropped
// ones stay in the plan, and no stage changes them.
func (w *Compiled) retire(points []int) error {
	for r := range w.size {
		w.form.rest(w.row(r))
	}
	for k, i := range points {
		w.rows[k] = w.rows[i]
	}
	w.rows = w.rows[:len(points)]
	return nil
}
