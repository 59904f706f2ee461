// Package sum adds up ranges of memory over the ranks of a group, one after another, while
// whoever has filled them goes on computing.
//
// An exact sum has the same bits for every number of ranks that is a power of 2, in every
// library: a rank is sent its share of the range by all others, adds them in the tree
//
//	((x₀ + x₁) + (x₂ + x₃)) + …
//
// and sends the sum to all. That moves 2(R−1)/R of the range for each rank, which is the least
// that any sum can. One that is not exact is left to the library, whose order depends on R.
package sum

import (
	"errors"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// Sum is the sums that one rank has part in. They are done in the order in which they are
// begun. Its methods are for one goroutine.
type Sum struct {
	group *comm.Group
	exact bool
	send  []float32 // of a range that is no whole number of shares
	got   []float32 // a share of every rank
	last  chan struct{}
	parts []*Part
}

// Part is one range that is summed.
type Part struct {
	Elements   int
	Begin, End time.Time // from when it was asked for and under way to when it was there
	done       chan struct{}
	err        error
}

// New returns a Sum of ranges of at most most elements.
func New(g *comm.Group, exact bool, most int) *Sum {
	s := &Sum{group: g, exact: exact}
	if exact && g.Size() > 1 {
		n := s.share(most) * g.Size()
		s.send, s.got = make([]float32, n), make([]float32, n)
	}
	return s
}

// share is how many of n elements a rank adds up.
func (s *Sum) share(n int) int { return (n + s.group.Size() - 1) / s.group.Size() }

// Start makes x the sum of every rank's x; x is the sum's until Wait has returned.
func (s *Sum) Start(x []float32) {
	p, before := &Part{Elements: len(x), done: make(chan struct{})}, s.last
	s.parts, s.last = append(s.parts, p), p.done
	if !s.exact {
		p.Begin = time.Now()
		r := comm.StartAllReduce(s.group, comm.Sum, x)
		go p.finish(r.Wait)
		return
	}
	go func() {
		if before != nil {
			<-before
		}
		p.Begin = time.Now()
		p.finish(func() error { return s.tree(x) })
	}()
}

func (p *Part) finish(f func() error) {
	p.err = f()
	p.End = time.Now()
	close(p.done)
}

// Wait returns when all that was started is done, with what it took, in order.
func (s *Sum) Wait() ([]*Part, error) {
	var errs []error
	for _, p := range s.parts {
		<-p.done
		errs = append(errs, p.err)
	}
	parts := s.parts
	s.parts, s.last = s.parts[:0:0], nil
	return parts, errors.Join(errs...)
}

// tree is one exact sum.
func (s *Sum) tree(x []float32) error {
	if s.group.Size() == 1 || len(x) == 0 {
		return nil
	}
	n := s.share(len(x))
	whole := n * s.group.Size()
	all := x
	if whole != len(x) {
		all = s.send[:whole]
		copy(all, x)
		clear(all[len(x):])
	}
	got := s.got[:whole]
	if err := comm.AllToAll(s.group, got, all); err != nil {
		return err
	}
	add(got, n)
	if err := comm.AllGather(s.group, all, got[:n]); err != nil {
		return err
	}
	if whole != len(x) {
		copy(x, all)
	}
	return nil
}

// add adds the blocks of n elements of x in a binary tree, into the first.
func add(x []float32, n int) {
	for step := n; step < len(x); step *= 2 {
		for at := 0; at+step < len(x); at += 2 * step {
			to := x[at : at+n]
			for i, v := range x[at+step : at+step+n] {
				to[i] += v
			}
		}
	}
}
