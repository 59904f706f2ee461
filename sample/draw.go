package sample

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/memory"
)

// Sample is a point that has come to its end.
type Sample struct {
	Number  int
	X       []float32 // lent until Put returns
	NFE     int       // evaluations of the field it took
	Stopped bool      // it ended because ‖f‖ < Stop
}

// Sink says which samples are to be drawn and takes them as they finish, which is not
// in the order of their numbers.
type Sink interface {
	// Len is how many samples there are to draw.
	Len() int
	// Next is the number of the next of them, and false after the last.
	Next() (int, bool)
	// Put keeps a sample.
	Put(s Sample) error
}

// Progress is how far a draw has come.
type Progress struct {
	Samples     int // that are finished
	Evaluations int // of the field, at points of samples
	Rows        int // of plans that were run for them: Evaluations, and rows of no sample
	Bound       int // evaluations in all, if no more points finish early
}

// Draw draws the samples that to asks for, of a field that x evaluates and that was
// trained on proc: s.Batch points at a time. Where one finishes the next takes its place,
// so that none waits for a slower one. Point i starts at b(start)·ε_i, where ε_i is a
// function of (seed, i). What it becomes depends on the field, s and i, and on nothing
// else.
//
// Before the first stage and after each, progress, if there is one, is told how far the
// draw has come. A field that fails, a number that is not finite, a sample that to does
// not keep and the end of ctx stop the draw with an error that says at which step of which
// sample. On an executor that works ahead a number that is not finite, which stays so, is
// found some steps later.
//
// Memory is 12 bytes for each coordinate of a batch besides the executor's; after the
// first points have begun nothing is allocated here.
func Draw(ctx context.Context, x Executor, proc *field.Process, s Spec, to Sink,
	progress func(Progress)) (Progress, error) {
	n := min(s.Batch, to.Len())
	if n == 0 {
		return Progress{}, nil
	}
	if err := s.holds(x.Dim(), n, 0); err != nil {
		return Progress{}, fmt.Errorf("sample: Draw: %w", err)
	}
	w, err := reserve(x, proc, s, n)
	if err != nil {
		return Progress{}, fmt.Errorf("sample: Draw: %w", err)
	}
	w.sink, w.progress = to, progress
	w.done.Bound = to.Len() * w.course.most
	if err := w.run(ctx); err != nil {
		return w.done, fmt.Errorf("sample: Draw: %w", err)
	}
	return w.done, nil
}

// Reserve says what would keep Run from drawing, memory that is not there included,
// and prepares x for it.
func Reserve(x Executor, proc *field.Process, s Spec) error {
	n := min(s.Batch, s.N)
	err := s.holds(x.Dim(), n, s.N)
	if err == nil {
		_, err = reserve(x, proc, s, n)
	}
	if err != nil {
		return fmt.Errorf("sample: Run: %w", err)
	}
	return nil
}

// holds reports faults of s, and memory that is not there for batches of n points of dim
// coordinates and for so many samples that are kept in memory.
func (s Spec) holds(dim, n, kept int) error {
	if err := s.Check().Err(); err != nil {
		return err
	}
	const largest = 1 << 40
	if dim < 1 || dim > largest/s.N {
		return fmt.Errorf("dim: got %d, want between 1 and %d for n = %d", dim, largest/s.N, s.N)
	}
	if s.Given == nil && s.Strength != 1 {
		return fault("strength", s.Strength, "1 where no points are given, by sample --from")
	}
	if s.Given != nil {
		if err := s.Given.fits(dim); err != nil {
			return err
		}
	}
	if err := memory.Fits(s.bytes(dim, n, kept)); err != nil {
		return fmt.Errorf("%d points of %d coordinates, %d at a time: %w", s.N, dim, n, err)
	}
	return nil
}

// Bytes is the memory that Run takes for points of dim coordinates besides the executor's.
func (s Spec) Bytes(dim int) uint64 { return s.bytes(dim, min(s.Batch, s.N), s.N) }

// bytes is the memory that points of dim coordinates take besides the executor's: a batch
// of n with the path, the row and the norm of each point, and so many samples that are
// kept, each with its evaluations.
func (s Spec) bytes(dim, n, kept int) uint64 {
	path := uint64(128)
	if m, _ := find(s.Sampler); m.Adaptive {
		path = 2048 // its stages are its own
	}
	if s.Given != nil && s.Given.Free != nil {
		path += 4 * holds * uint64(dim)
	}
	return uint64(kept)*(4*uint64(dim)+8) + uint64(n)*(12*uint64(dim)+path)
}

// reserve makes a batch of n points on x, or says why they cannot be drawn.
func reserve(x Executor, proc *field.Process, s Spec, n int) (*batch, error) {
	c, err := s.course(proc)
	if err != nil {
		return nil, err
	}
	return newBatch(x, c, s.Seed, n)
}
