package comm

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var errClosed = errors.New("the group is closed")

// ErrNotLeft is in the chain of Close's error when every rank has come to its end and the
// library does not let go: nothing is lost, and the process may end.
var ErrNotLeft = errors.New("every rank is done, and the library does not let go")

// DefaultDeadline is how long a collective may take, waiting for the slowest rank included:
// longer than the writing of a checkpoint or a picture, for which rank 0 is waited for.
const DefaultDeadline = 10 * time.Minute

// DefaultBucket is how many bytes an AllReduce or Broadcast moves in one message of MPI:
// the best of those measured over shared memory and TCP.
const DefaultBucket = 4 << 20

// Options are what a group is opened with. They must be the same on every rank.
type Options struct {
	// Deadline is how long a collective may take from its start; 0 is DefaultDeadline, and
	// less than 0 for ever. It should be longer than the launcher takes to find a host that is
	// lost: mpirun of Open MPI, told of an end before that, tells the lost host in turn and
	// waits for it as long as TCP tries, a quarter of an hour; MPICH's always does.
	Deadline time.Duration
	// Bucket is the most bytes of one message, 0 DefaultBucket; less than 0 does not cut.
	Bucket int
	// Overdue is called, unless it is nil, when a deadline has passed, before anybody who
	// waits is told: for what must happen though the program may be stuck elsewhere.
	Overdue func(*Overdue)
}

// Group is a rank's place in a group of processes. Its methods may be called from any
// goroutine, but the order of collectives must be that of every other rank.
type Group struct {
	transport Transport
	options   Options
	failure   atomic.Pointer[error]

	mu     sync.Mutex // of the order of calls
	seq    int
	closed bool
}

// New makes a group of what carries it.
func New(t Transport, o Options) *Group {
	if o.Deadline == 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Bucket == 0 {
		o.Bucket = DefaultBucket
	}
	return &Group{transport: t, options: o}
}

// Name says what carries the group.
func (g *Group) Name() string { return g.transport.Name() }

// Rank is the number of this process, from 0.
func (g *Group) Rank() int { return g.transport.Rank() }

// Size is the number of processes.
func (g *Group) Size() int { return g.transport.Size() }

// Deadline is how long a collective may take, not more than 0 for ever.
func (g *Group) Deadline() time.Duration { return g.options.Deadline }

// Err is what the group has failed with, nil as long as it works.
func (g *Group) Err() error {
	if p := g.failure.Load(); p != nil {
		return *p
	}
	return nil
}

// fail makes err the group's failure, unless it has one.
func (g *Group) fail(err error) { g.failure.CompareAndSwap(nil, &err) }

// Start begins a collective and returns at once. Its buffers are the group's until the
// request is done. The functions of this package that are named after a collective make the
// call from slices.
func (g *Group) Start(call Call) *Request {
	return g.begin(call, g.check(call), func(r *Request) {
		parts := call.parts(g.options.Bucket)
		r.left.Store(int32(len(parts)))
		for _, p := range parts {
			g.transport.Start(p, r.part)
		}
	})
}

// begin makes the request of a call and has it carried out, unless it is refused: by what is
// wrong with it, or because the group has ended.
func (g *Group) begin(call Call, wrong error, carry func(r *Request)) *Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := &Request{group: g, call: call, seq: g.seq, done: make(chan struct{})}
	g.seq++
	switch err := g.Err(); {
	case err != nil:
		r.finish(err)
	case g.closed:
		r.finish(r.wrap(errClosed))
	case wrong != nil:
		r.finish(r.wrap(wrong))
	default:
		if g.options.Deadline > 0 {
			r.timer.Store(time.AfterFunc(g.options.Deadline, r.overdue))
		}
		carry(r)
	}
	return r
}

// check is an error where a call is of no group like this.
func (g *Group) check(c Call) error {
	switch {
	case c.Count < 0:
		return fmt.Errorf("got %d elements", c.Count)
	case c.Kind == KindBroadcast && (c.Root < 0 || c.Root >= g.Size()):
		return fmt.Errorf("got root %d, want a rank below %d", c.Root, g.Size())
	case c.Kind == KindAllReduce && c.Type == Byte:
		return fmt.Errorf("got elements of type %v, want numbers", c.Type)
	}
	return nil
}

// Abort ends every process of the group with that exit status: what a rank does that cannot
// go on, so that the others need not wait out their deadline. It returns where there is no
// other process, and where the library cannot do it.
func (g *Group) Abort(status int) {
	g.fail(fmt.Errorf("comm: rank %d of %d: aborted with status %d", g.Rank(), g.Size(), status))
	g.transport.Abort(status)
}

// Close leaves the group, for which it waits for the other ranks, until the deadline. A group
// that has failed is abandoned: to leave it in good order would wait for ranks that never
// come. Only the first Close does anything.
func (g *Group) Close() error {
	g.mu.Lock()
	ended := g.closed || g.Err() != nil
	g.mu.Unlock()
	if ended {
		return nil
	}
	return g.begin(Call{Kind: KindClose}, nil, func(r *Request) {
		g.closed = true
		r.left.Store(1)
		go func() { r.part(g.transport.Close()) }()
	}).Wait()
}
