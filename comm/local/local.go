// Package local is a group of goroutines of one process, for tests of whatever works in a
// group: R ranks without a launcher, on any machine.
//
// It is stricter than a network. Ranks that call different collectives, or the same with
// other counts, fail at once with both calls named, where MPI hangs or mixes data up; a rank
// that leaves while another waits for it fails that one; and what a collective is still to
// write is NaN, or all ones, until every rank has called it. Sums are added in the order of
// the ranks.
package local

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/stillfield/stillfield/comm"
)

// Run calls body for each of n ranks, each in a goroutine with a group of its own, and joins
// their errors. A rank that returns has left the group; one that panics has failed, and left.
func Run(n int, o comm.Options, body func(g *comm.Group) error) error {
	h := newHub(n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for r := range n {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[r] = fmt.Errorf("local: rank %d of %d panics: %v\n%s", r, n, p, debug.Stack())
				}
				h.leave(r)
			}()
			errs[r] = body(comm.New(&rank{h, r}, o))
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// rank is the transport of one goroutine.
type rank struct {
	hub  *hub
	rank int
}

func (r *rank) Name() string { return fmt.Sprintf("local: %d ranks of one process", r.hub.size) }
func (r *rank) Rank() int    { return r.rank }
func (r *rank) Size() int    { return r.hub.size }

func (r *rank) Start(c comm.Call, done func(error)) { r.hub.arrive(r.rank, c, done) }

func (r *rank) Awaited(int) {}

// Abort fails every rank's calls from now on.
func (r *rank) Abort(status int) {
	r.hub.fail(fmt.Errorf("rank %d aborted the group with status %d", r.rank, status))
}

func (r *rank) Close() error {
	r.hub.leave(r.rank)
	return nil
}
