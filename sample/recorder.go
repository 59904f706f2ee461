package sample

import (
	"fmt"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/memory"
)

// Recorder is an Executor that keeps the paths of the first samples while a draw takes
// them through it. It only reads: not a bit of any sample is another for it. Each stage
// waits for the device while one of these samples is under way.
type Recorder struct {
	Executor
	tracks []Track
	sample []int // of each point of the batch, −1 where its stage is not known yet
	live   []int // points of the batch that are recorded
	points []float32
}

// Record is x, keeping the paths of samples 0 to k−1 of a draw of s from a field that was
// trained on proc. Memory is 4·dim bytes for each of their stages, and is refused where
// there is none.
func Record(x Executor, proc *field.Process, s Spec, k int) (*Recorder, error) {
	if k < 1 || k > s.N {
		return nil, fmt.Errorf("sample: Record: got %d samples of %d, want between 1 and all of them", k, s.N)
	}
	c, err := s.course(proc)
	if err != nil {
		return nil, fmt.Errorf("sample: Record: %w", err)
	}
	// As float32 when recorded and padded, as float64 when looked at.
	if err := memory.Fits(16 * uint64(k) * uint64(c.most+1) * uint64(x.Dim())); err != nil {
		return nil, fmt.Errorf("sample: Record: %d paths of at most %d stages: %w", k, c.most, err)
	}
	r := &Recorder{Executor: x, tracks: make([]Track, k), points: make([]float32, k*x.Dim())}
	for i := range r.tracks {
		r.tracks[i].Label = c.spec.label(i)
	}
	return r, nil
}

// Begin replaces the batch, by points of samples that the next Step names.
func (r *Recorder) Begin(u []float64) error {
	r.sample = r.sample[:0]
	for range len(u) / r.Dim() {
		r.sample = append(r.sample, -1)
	}
	return r.Executor.Begin(u)
}

// Refill replaces points.
func (r *Recorder) Refill(points []int, u []float64) error {
	for _, j := range points {
		r.sample[j] = -1
	}
	return r.Executor.Refill(points, u)
}

// Keep drops all points but some.
func (r *Recorder) Keep(points []int) error {
	for i, j := range points {
		r.sample[i] = r.sample[j]
	}
	r.sample = r.sample[:len(points)]
	return r.Executor.Keep(points)
}

// Step takes the points through a stage and keeps where the field was asked.
func (r *Recorder) Step(rows []Row) error {
	if err := r.Executor.Step(rows); err != nil {
		return err
	}
	r.live = r.live[:0]
	for j := range rows {
		r.sample[j] = -1
		if i := rows[j].Sample; i < uint64(len(r.tracks)) {
			r.sample[j] = int(i)
			r.live = append(r.live, j)
		}
	}
	if len(r.live) == 0 {
		return nil
	}
	y := r.points[:len(r.live)*r.Dim()]
	if err := r.Executor.Asked(y, r.live); err != nil {
		return err
	}
	for k, j := range r.live {
		r.tracks[r.sample[j]].add(y[k*r.Dim():(k+1)*r.Dim()], rows[j].T)
	}
	return nil
}

// Points copies points, each of which is where a recorded path ends.
func (r *Recorder) Points(u []float32, points []int) error {
	return r.last(u, points, r.Executor.Points)
}

// Asked copies where the field was asked, which is where a path ends that is stopped.
func (r *Recorder) Asked(y []float32, points []int) error {
	return r.last(y, points, r.Executor.Asked)
}

// last copies points and ends the paths that they are of.
func (r *Recorder) last(dst []float32, points []int, from func([]float32, []int) error) error {
	if err := from(dst, points); err != nil {
		return err
	}
	for k, j := range points {
		if i := r.sample[j]; i >= 0 {
			t := &r.tracks[i]
			t.add(dst[k*r.Dim():(k+1)*r.Dim()], t.T[len(t.T)-1])
			t.ended = true
		}
	}
	return nil
}

// Trajectory is what was recorded, once the draw has ended well.
func (r *Recorder) Trajectory() (*Trajectory, error) {
	for i := range r.tracks {
		if !r.tracks[i].ended {
			return nil, fmt.Errorf("sample: Recorder: sample %d was not drawn to its end", i)
		}
	}
	return &Trajectory{Dim: r.Dim(), Tracks: r.tracks}, nil
}

// add appends a frame.
func (t *Track) add(u []float32, time float64) {
	t.U, t.T = append(t.U, u...), append(t.T, time)
}
