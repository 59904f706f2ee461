package sample

import "fmt"

// depart takes the points that leave to the sink, from where the executor has them, and
// gives their slots to others.
func (w *batch) depart(from func(dst []float32, points []int) error, stopped bool) error {
	points := w.points[:len(w.leave)*w.dim]
	if err := from(points, w.leave); err != nil {
		return w.failed(err)
	}
	for k, j := range w.leave {
		q, x := &w.live[j], points[k*w.dim:(k+1)*w.dim]
		for e, v := range x {
			if !finite(float64(v)) {
				return fmt.Errorf("%v: it ends with x[%d] = %v: %w", q, e, v, ErrNotFinite)
			}
		}
		w.restore(q.number, x)
		if err := w.sink.Put(Sample{Number: q.number, X: x, NFE: q.nfe, Stopped: stopped}); err != nil {
			return fmt.Errorf("%v: %w", q, err)
		}
		w.done.Samples++
		w.done.Bound -= w.course.most - q.nfe
	}
	return w.replace()
}

// replace gives the slots of points that have left to samples that wait, and drops
// those for which none does.
func (w *batch) replace() error {
	n := 0
	for ; n < len(w.leave); n++ {
		i, ok := w.sink.Next()
		if !ok {
			break
		}
		w.start(w.leave[n], i, w.noise[n*w.dim:(n+1)*w.dim])
	}
	if n > 0 {
		if err := w.x.Refill(w.leave[:n], w.noise[:n*w.dim]); err != nil {
			return w.failed(err)
		}
		if err := w.hold(w.leave[:n]); err != nil {
			return w.failed(err)
		}
	}
	if n == len(w.leave) {
		return nil
	}
	w.kept = w.kept[:0]
	for j, free := 0, w.leave[n:]; j < len(w.live); j++ {
		if len(free) > 0 && free[0] == j {
			free = free[1:]
			continue
		}
		q := len(w.kept)
		w.live[q], w.live[j] = w.live[j], w.live[q] // the path that is left serves another draw
		w.rows[q], w.norms[q], w.errors[q], w.times[q] = w.rows[j], w.norms[j], w.errors[j], w.times[j]
		w.kept = append(w.kept, j)
	}
	w.live = w.live[:len(w.kept)]
	if err := w.x.Keep(w.kept); err != nil {
		return w.failed(err)
	}
	return nil
}
