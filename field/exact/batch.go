package exact

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Fields sets dst[i] to the blind optimum f* at points[i], on as many cores as
// workers, all of them for 0. Vectors of dst that are nil are made. What a point
// gets does not depend on the others nor on workers. An error of points is Faults: all
// others are done.
func (a *Blind) Fields(dst, points [][]float64, workers int) error {
	if err := room("Fields", len(dst), len(points)); err != nil {
		return err
	}
	return each(len(points), workers, func(i int, s *scratch) error {
		if len(dst[i]) != len(points[i]) {
			dst[i] = make([]float64, len(points[i]))
		}
		return a.field(dst[i], points[i], s)
	})
}

// Posteriors is At for many points, as Fields is Field. Vectors that dst has the
// room for are written in place, so that dst used again costs no memory.
func (a *Blind) Posteriors(dst []Posterior, points [][]float64, workers int) error {
	if err := room("Posteriors", len(dst), len(points)); err != nil {
		return err
	}
	return each(len(points), workers, func(i int, s *scratch) error { return a.at(&dst[i], points[i], s) })
}

// Decompositions is Decompose for many points, as Fields is Field.
func (a *Blind) Decompositions(dst []Decomposition, points [][]float64, workers int) error {
	if err := room("Decompositions", len(dst), len(points)); err != nil {
		return err
	}
	return each(len(points), workers, func(i int, _ *scratch) (err error) {
		dst[i], err = a.Decompose(points[i])
		return err
	})
}

// Faults are the errors of single points of a batch, of which all others were done.
type Faults struct {
	At   []int // their places, in order
	Errs []error
}

// Error is that of the first, and how many there are.
func (f *Faults) Error() string {
	more := ""
	if n := len(f.At) - 1; n > 0 {
		more = fmt.Sprintf(" (and of %d more points)", n)
	}
	return fmt.Sprintf("point %d: %v%s", f.At[0], f.Errs[0], more)
}

// Unwrap returns all of them.
func (f *Faults) Unwrap() []error { return f.Errs }

// add adds the faults of a part of the batch that begins at from.
func (f *Faults) add(from int, err error) {
	var g *Faults
	if errors.As(err, &g) {
		for i, at := range g.At {
			f.At, f.Errs = append(f.At, from+at), append(f.Errs, g.Errs[i])
		}
	}
}

func (f *Faults) err() error {
	if len(f.At) == 0 {
		return nil
	}
	return f
}

// each calls f for i < n on workers goroutines, each with a scratch of its own, and returns the
// Faults.
func each(n, workers int, f func(i int, s *scratch) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	var lock sync.Mutex
	errs := map[int]error{}
	for range min(workers, n) {
		group.Go(func() {
			s := scratches.Get().(*scratch)
			defer scratches.Put(s)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := f(i, s); err != nil {
					lock.Lock()
					errs[i] = err
					lock.Unlock()
				}
			}
		})
	}
	group.Wait()
	var faults Faults
	for _, i := range slices.Sorted(maps.Keys(errs)) {
		faults.At, faults.Errs = append(faults.At, i), append(faults.Errs, errs[i])
	}
	return faults.err()
}
