package comm

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Request is a collective under way.
type Request struct {
	group *Group
	call  Call
	seq   int
	left  atomic.Int32               // parts that are not finished
	timer atomic.Pointer[time.Timer] // of the deadline; nil without one
	once  sync.Once
	done  chan struct{}
	err   error // once done is closed
}

// Wait returns when the collective is done, with its error.
func (r *Request) Wait() error {
	if !r.Done() {
		r.group.transport.Awaited(1)
		<-r.done
		r.group.transport.Awaited(-1)
	}
	return r.err
}

// Done says whether Wait would return at once.
func (r *Request) Done() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// part takes the outcome of one part of the call.
func (r *Request) part(err error) {
	if err != nil {
		r.finish(r.wrap(err))
		return
	}
	if r.left.Add(-1) == 0 {
		r.finish(nil)
	}
}

// finish is the end of the request: the first error is that of the group as well.
func (r *Request) finish(err error) {
	r.once.Do(func() {
		if timer := r.timer.Load(); timer != nil {
			timer.Stop()
		}
		if err != nil {
			r.group.fail(err)
		}
		r.err = err
		close(r.done)
	})
}

// wrap says which collective, of which rank, had an error.
func (r *Request) wrap(err error) error {
	return fmt.Errorf("comm: rank %d of %d: collective %d, %v: %w",
		r.group.Rank(), r.group.Size(), r.seq, r.call, err)
}

// overdue ends a request whose deadline has passed.
func (r *Request) overdue() {
	if r.Done() {
		return
	}
	o := &Overdue{Call: r.call, Seq: r.seq, Rank: r.group.Rank(), Size: r.group.Size(),
		After: r.group.options.Deadline}
	if f := r.group.options.Overdue; f != nil {
		f(o)
	}
	r.finish(o)
}

// Overdue is the error of a collective that was not finished by its deadline: another rank
// is gone, or slower than that, or the network between them is.
type Overdue struct {
	Call       Call
	Seq        int // which collective of the rank's it is, from 0
	Rank, Size int
	After      time.Duration
}

func (o *Overdue) Error() string {
	return fmt.Sprintf("comm: rank %d of %d: collective %d, %v: not finished after %v: "+
		"another rank or the network is gone, or slower than that", o.Rank, o.Size, o.Seq, o.Call, o.After)
}
