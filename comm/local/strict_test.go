package local

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// What would hang or mix data up over a network fails here, on every rank that waits, and
// says why.
func TestRefuses(t *testing.T) {
	sum := func(g *comm.Group, n int) error { return comm.AllReduce(g, comm.Sum, make([]float32, n)) }
	for _, c := range []struct {
		name string
		body func(g *comm.Group) error
		want string // in the error of each rank that waits
	}{
		{"other counts", func(g *comm.Group) error { return sum(g, 4+g.Rank()) },
			"all-reduce (sum) of 5 float32"},
		{"other collectives", func(g *comm.Group) error {
			if g.Rank() == 1 {
				return g.Barrier()
			}
			return sum(g, 4)
		}, "of rank 1 barrier"},
		{"other operations", func(g *comm.Group) error {
			return comm.AllReduce(g, comm.Op(g.Rank()), make([]float64, 1))
		}, "all-reduce (least) of 1 float64"},
		{"other roots", func(g *comm.Group) error { return comm.Broadcast(g, g.Rank(), make([]byte, 1)) },
			"broadcast of 1 byte from rank 1"},
		{"a rank that returns early", func(g *comm.Group) error {
			if g.Rank() == 1 {
				return errors.New("rank 1 left the group of its own")
			}
			return sum(g, 4)
		}, "rank 1 left the group"},
		{"a rank that panics", func(g *comm.Group) error {
			if g.Rank() == 1 {
				panic("rank 1 left the group in a panic")
			}
			return sum(g, 4)
		}, "rank 1 left the group"},
		{"a rank that aborts", func(g *comm.Group) error {
			if g.Rank() == 1 {
				g.Abort(3)
			}
			return sum(g, 4)
		}, "aborted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			errs := make([]error, 2)
			all := Run(2, comm.Options{}, func(g *comm.Group) error {
				defer func() { errs[g.Rank()] = g.Err() }()
				err := c.body(g)
				if err != nil && g.Rank() == 0 && !errors.Is(g.Barrier(), g.Err()) {
					t.Errorf("the group failed with %v and then %v", g.Err(), g.Barrier())
				}
				return err
			})
			if errs[0] == nil || all == nil || !strings.Contains(all.Error(), c.want) {
				t.Errorf("rank 0 failed with %v, all with %v, want %q", errs[0], all, c.want)
			}
		})
	}
}

// A collective that some ranks have not called leaves nothing to read where it will write.
func TestUnfinishedReadsAsNaN(t *testing.T) {
	called := make(chan bool)
	err := Run(2, comm.Options{}, func(g *comm.Group) error {
		x := []float32{1, 2}
		if g.Rank() == 1 {
			<-called
			return comm.AllReduce(g, comm.Sum, x)
		}
		r := comm.StartAllReduce(g, comm.Sum, x)
		if !math.IsNaN(float64(x[0])) || !math.IsNaN(float64(x[1])) || r.Done() {
			t.Errorf("before the other rank has called: %v, done %v", x, r.Done())
		}
		close(called)
		if err := r.Wait(); err != nil || x[0] != 2 || x[1] != 4 {
			t.Errorf("sum is %v, %v, want [2 4]", x, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A rank that never comes is given up at the deadline, in words that say where; the hook is
// called first, and what comes later fails with the same error.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var told *comm.Overdue
		o := comm.Options{Deadline: time.Minute, Overdue: func(o *comm.Overdue) { told = o }}
		err := Run(2, o, func(g *comm.Group) error {
			if err := g.Barrier(); err != nil {
				return err
			}
			if g.Rank() == 1 {
				time.Sleep(2 * time.Minute)
				return nil
			}
			err := comm.AllReduce(g, comm.Sum, make([]float32, 8))
			if took := time.Since(begin); took != time.Minute || told == nil || err != error(told) {
				t.Errorf("after %v: %v, told %v", took, err, told)
			}
			if later := g.Barrier(); later != err {
				t.Errorf("a later call failed with %v, want %v", later, err)
			}
			return err
		})
		const want = "comm: rank 0 of 2: collective 1, all-reduce (sum) of 8 float32: not finished after 1m0s"
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	})
}
