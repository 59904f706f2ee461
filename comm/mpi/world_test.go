package mpi

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
	"github.com/stillfield/stillfield/comm/local"
)

// pause is the rest of worlds in tests, which lasts no time.
func pause(int, bool) { time.Sleep(time.Microsecond) }

// worlds calls body for each of n ranks, with a group that is a world over a fake library.
// Time passes only when every goroutine waits.
func worlds(t *testing.T, n int, body func(g *comm.Group, f *fake) error) error {
	t.Helper()
	var err error
	synctest.Test(t, func(t *testing.T) {
		err = local.Run(n, comm.Options{Deadline: -1}, func(g *comm.Group) error {
			f := &fake{group: g, enough: true}
			w, err := join(f, "libfake.so", n)
			if err != nil {
				return err
			}
			go w.work(pause)
			err = body(comm.New(w, comm.Options{Deadline: -1}), f)
			if !f.ended {
				err = errors.Join(err, w.Close())
			}
			if f.together || !f.ended {
				t.Errorf("rank %d: two calls at once %v, finalized %v", w.Rank(), f.together, f.ended)
			}
			return err
		})
	})
	return err
}

// What the goroutine makes of calls is what was called: the suite passes over a library that
// works, with nothing called twice at a time.
func TestWorldConformance(t *testing.T) {
	for _, n := range []int{1, 3} {
		err := worlds(t, n, func(g *comm.Group, f *fake) error {
			for _, c := range commtest.Cases(1000) {
				if err := c.Run(g, commtest.HostMemory{}); err != nil {
					return err
				}
			}
			if f.mostUnder != mostStarted {
				t.Errorf("rank %d of %d: the library had at most %d collectives at once, want %d",
					g.Rank(), n, f.mostUnder, mostStarted)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%d ranks: %v", n, err)
		}
	}
}

// Close waits for what was started.
func TestCloseDrains(t *testing.T) {
	err := worlds(t, 2, func(g *comm.Group, f *fake) error {
		var list []*comm.Request
		for range 3 * mostStarted {
			list = append(list, comm.StartAllReduce(g, comm.Sum, []float32{1}))
		}
		err := g.Close()
		if err != nil || len(f.starts) != len(list)+1 || // and the barrier of Close
			len(f.requests) > 0 || !list[len(list)-1].Done() {
			t.Errorf("rank %d: closed with %d of %d started and %d under way: %v",
				g.Rank(), len(f.starts), len(list), len(f.requests), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
