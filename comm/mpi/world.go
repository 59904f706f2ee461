package mpi

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// Options are what a world is opened with.
type Options struct {
	// Files are the libraries to try, in this order.
	Files []string
	// Size is how many processes the launcher says it has started, 0 where it says nothing.
	Size int
}

// Open opens the library and joins the world of processes that a launcher has started. Where
// that is another size than the launcher says, it is refused: a library that does not know
// the launcher makes of every process a world of its own, each of which would do all the work.
func Open(o Options) (comm.Transport, error) {
	var w *world
	var err error
	joined := make(chan struct{})
	go func() {
		runtime.LockOSThread() // the thread that called MPI_Init_thread must call MPI_Finalize
		w, err = loadAndJoin(o)
		close(joined)
		if err == nil {
			w.work(rest)
		}
	}()
	if <-joined; err != nil {
		return nil, err
	}
	return w, nil
}

func loadAndJoin(o Options) (*world, error) {
	lib, file, err := load(o.Files)
	if err != nil {
		return nil, fmt.Errorf("mpi: Open: %w", err)
	}
	return join(lib, file, o.Size)
}

// join is Open with a library that is there, but for the goroutine that calls it.
func join(lib library, file string, size int) (*world, error) {
	name := fmt.Sprintf("%s (%s)", lib.version(), file)
	fault := func(what string, c code) error {
		return fmt.Errorf("mpi: Open: %s: %s: %s", name, what, lib.text(c))
	}
	enough, c := lib.init()
	if c != 0 {
		return nil, fault("MPI_Init_thread", c)
	}
	if !enough {
		return nil, fmt.Errorf("mpi: Open: %s: got MPI for one thread, want MPI_THREAD_SERIALIZED", name)
	}
	w := &world{lib: lib, name: name, wake: make(chan struct{}, 1), left: make(chan struct{})}
	if w.rank, c = lib.rank(); c != 0 {
		return nil, fault("MPI_Comm_rank", c)
	}
	if w.size, c = lib.size(); c != 0 {
		return nil, fault("MPI_Comm_size", c)
	}
	if size > 0 && w.size != size {
		return nil, fmt.Errorf("mpi: Open: the launcher started %d processes, and %s sees %d: "+
			"want the mpirun of this library, or the library of this mpirun", size, name, w.size)
	}
	return w, nil
}

// world is MPI_COMM_WORLD, and the goroutine that calls the library.
type world struct {
	lib        library
	name       string
	rank, size int

	use     sync.Mutex   // of the library
	awaited atomic.Int32 // how many goroutines wait for a collective

	mu      sync.Mutex
	queue   []*order // not started yet
	closing bool
	wake    chan struct{} // has something when queue or closing has changed
	left    chan struct{} // closed when the library has been left
	leaving error         // what MPI_Finalize said; once left is closed
}

// order is a call, from the queue to its end.
type order struct {
	call    comm.Call
	done    func(error)
	request *uintptr
	pin     runtime.Pinner // of the memory that the library reads and writes
}

func (w *world) Name() string { return w.name }
func (w *world) Rank() int    { return w.rank }
func (w *world) Size() int    { return w.size }

func (w *world) Start(c comm.Call, done func(error)) {
	switch {
	case c.Dst.OnDevice() || c.Src.OnDevice():
		done(errors.New("got device memory, want the host's"))
	case c.Count > math.MaxInt32:
		done(fmt.Errorf("got %d elements, want at most %d in one message", c.Count, math.MaxInt32))
	default:
		w.mu.Lock()
		w.queue = append(w.queue, &order{call: c, done: done, request: new(uintptr)})
		w.mu.Unlock()
		w.rouse()
	}
}

// rouse has the goroutine look at the queue.
func (w *world) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Awaited keeps count of who waits: it says how often the library is asked.
func (w *world) Awaited(change int) { w.awaited.Add(int32(change)) }

// abortPatience is how long Abort waits for the library to return from another call.
const abortPatience = 5 * time.Second

// Abort calls MPI_Abort, unless the library is stuck in another call.
func (w *world) Abort(status int) {
	for begin := time.Now(); !w.use.TryLock(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > abortPatience {
			return
		}
	}
	defer w.use.Unlock()
	w.lib.abort(status)
}

// leavePatience is how long MPI_Finalize may take when every rank has come to its end.
const leavePatience = 5 * time.Second

// Close waits for what was started and for every rank to come here, and calls MPI_Finalize,
// which MPICH 4.0 over UCX and TCP does not return from one time in ten.
func (w *world) Close() error {
	here := make(chan error, 1)
	w.Start(comm.Call{Kind: comm.KindBarrier}, func(err error) { here <- err })
	if err := <-here; err != nil {
		return err
	}
	w.mu.Lock()
	w.closing = true
	w.mu.Unlock()
	w.rouse()
	select {
	case <-w.left:
		return w.leaving
	case <-time.After(leavePatience):
		return fmt.Errorf("%w: MPI_Finalize of %s not finished after %v",
			comm.ErrNotLeft, w.name, leavePatience)
	}
}

// mostStarted is how many collectives the library has at once: the next is there when one is
// done. More of them evict each other from the cache: four were slower than two over shared
// memory, with either library.
const mostStarted = 2

// work makes all calls of the library, until the world is closed. It calls rest between tests
// of what is under way: how many in a row have found nothing done, and whether anybody waits.
func (w *world) work(rest func(idle int, awaited bool)) {
	var started []*order
	for idle := 0; ; {
		w.mu.Lock()
		n := min(len(w.queue), mostStarted-len(started))
		next := slices.Clone(w.queue[:n])
		w.queue = slices.Delete(w.queue, 0, n)
		closing := w.closing && len(w.queue) == 0
		w.mu.Unlock()
		for _, o := range next {
			if w.begin(o) {
				started = append(started, o)
			}
		}
		if len(started) == 0 {
			if closing {
				w.leaving = w.finalize()
				close(w.left)
				return
			}
			if len(next) == 0 {
				<-w.wake
			}
			idle = 0
			continue
		}
		before := len(started)
		started = slices.DeleteFunc(started, w.over)
		if idle++; len(started) < before || len(next) > 0 {
			idle = 0
		}
		rest(idle, w.awaited.Load() > 0)
	}
}

// begin starts a collective; where the library refuses it, it is over.
func (w *world) begin(o *order) bool {
	for _, b := range []comm.Buffer{o.call.Dst, o.call.Src} {
		if b.Pointer() != nil {
			o.pin.Pin(b.Pointer())
		}
	}
	w.use.Lock()
	c := w.lib.start(o.call, o.request)
	w.use.Unlock()
	return !w.outcome(o, c != 0, c)
}

// over tests a collective, and says whether it has ended.
func (w *world) over(o *order) bool {
	w.use.Lock()
	done, c := w.lib.test(o.request)
	w.use.Unlock()
	return w.outcome(o, done || c != 0, c)
}

// outcome hands over what became of a collective that has ended.
func (w *world) outcome(o *order, ended bool, c code) bool {
	if !ended {
		return false
	}
	o.pin.Unpin()
	var err error
	if c != 0 {
		err = errors.New(w.text(c))
	}
	o.done(err)
	return true
}

func (w *world) text(c code) string {
	w.use.Lock()
	defer w.use.Unlock()
	return w.lib.text(c)
}

func (w *world) finalize() error {
	w.use.Lock()
	c := w.lib.finalize()
	w.use.Unlock()
	if c != 0 {
		return fmt.Errorf("MPI_Finalize: error %d", c) // the library can say no more
	}
	return nil
}
