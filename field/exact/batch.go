package exact

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Fields sets dst[i] to the blind optimum f* at points[i], on as many cores as
// workers, all of them for 0. Vectors of dst that are nil are made. What a point
// gets does not depend on the others nor on workers. The error is that of the
// first point that has one, after all others are done.
func (a *Blind) Fields(dst, points [][]float64, workers int) error {
	if len(dst) != len(points) {
		return fmt.Errorf("exact: Fields: got room for %d fields, want %d, one for each point",
			len(dst), len(points))
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
	if len(dst) != len(points) {
		return fmt.Errorf("exact: Posteriors: got room for %d posteriors, want %d, one for each point",
			len(dst), len(points))
	}
	return each(len(points), workers, func(i int, s *scratch) error { return a.at(&dst[i], points[i], s) })
}

// each calls f for i < n on workers goroutines, each with a scratch of its own.
func each(n, workers int, f func(i int, s *scratch) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	var lock sync.Mutex
	first, fault := n, error(nil)
	for range min(workers, n) {
		group.Go(func() {
			s := scratches.Get().(*scratch)
			defer scratches.Put(s)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				err := f(i, s)
				if err == nil {
					continue
				}
				lock.Lock()
				if i < first {
					first, fault = i, fmt.Errorf("point %d: %w", i, err)
				}
				lock.Unlock()
			}
		})
	}
	group.Wait()
	return fault
}
