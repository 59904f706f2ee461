package sample

// Flow is a batch of points that moves along a field. It knows nothing of seeds,
// stops or how far the path has come: Run and Follow tell it what to do, and what
// it tells them is a number for each point. So it can be a device that keeps the
// points to itself; package model has one.
//
// The field of a point must not depend on the points beside it.
type Flow interface {
	// Begin replaces the batch by points u, one after another, with memory 0.
	Begin(u []float64) error
	// Step takes every point through one stage, as Stage says. It may return
	// before that is done.
	Step(look [2]float64, u, m [3]float64) error
	// Norms sets norms to ‖f‖ of each point at the last stage: not finite where
	// the point or its field is not.
	Norms(norms []float64) error
	// Looked copies y of the last stage, where the field was asked, for some
	// points, given in order.
	Looked(y []float32, points []int) error
	// Keep drops all points but some, given in order, which are 0, 1, … from now on.
	Keep(points []int) error
	// Points copies all points.
	Points(u []float32) error
}
