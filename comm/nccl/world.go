package nccl

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillfield/stillfield/comm"
)

var (
	types = [...]Type{comm.Byte: 1, comm.Int64: 4, comm.Float32: 7, comm.Float64: 8}
	ops   = [...]Op{comm.Sum: 0, comm.Min: 3, comm.Max: 2}
)

// Open opens NCCL and joins the ranks of g, each with its device. Every rank calls it. g stays
// open, for what the host has to say, until the transport has been closed.
func Open(g *comm.Group, d Device) (comm.Transport, error) {
	lib, err := load()
	if err != nil {
		return nil, fmt.Errorf("nccl: Open: %w", err)
	}
	return Join(lib, g, d)
}

// Join is Open with a library that is open.
func Join(lib Library, g *comm.Group, d Device) (comm.Transport, error) {
	w := &world{lib: lib, host: g, device: d, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	var id ID
	err := w.call("ncclGetUniqueId", func() (c Code) {
		if g.Rank() == 0 {
			id, c = lib.GetUniqueId()
		}
		return c
	})
	// A rank that failed tells the others, who would wait for it in NCCL for ever.
	if err := errors.Join(err, comm.Agree(g, "NCCL", w.version(err))); err != nil {
		return nil, fmt.Errorf("nccl: Open: %w", err)
	}
	if err := comm.Broadcast(g, 0, id[:]); err != nil {
		return nil, fmt.Errorf("nccl: Open: %w", err)
	}
	if err := w.init(id); err != nil {
		return nil, fmt.Errorf("nccl: Open: rank %d of %d: %w", g.Rank(), g.Size(), err)
	}
	go w.watch()
	return w, nil
}

// init joins the communicator, for which NCCL waits for every rank, until the deadline of the
// other group.
func (w *world) init(id ID) error {
	joined := make(chan error, 1)
	go func() {
		joined <- w.call("ncclCommInitRank", func() (c Code) {
			w.comm, c = w.lib.CommInitRank(w.Size(), id, w.Rank())
			return c
		})
	}()
	var late <-chan time.Time
	if d := w.host.Deadline(); d > 0 {
		late = time.After(d)
	}
	select {
	case err := <-joined:
		return err
	case <-late:
		return &comm.Overdue{Call: comm.Call{Kind: comm.KindJoin}, Rank: w.Rank(), Size: w.Size(),
			After: w.host.Deadline()}
	}
}

// version is NCCL's, or what has gone wrong before it could be asked.
func (w *world) version(err error) string {
	if err != nil {
		return err.Error()
	}
	v, c := w.lib.GetVersion()
	if c != 0 {
		return w.lib.GetErrorString(c)
	}
	return fmt.Sprintf("%d.%d.%d", v/10000, v/100%100, v%100)
}

// world is the communicator of all ranks.
type world struct {
	lib     Library
	host    *comm.Group
	device  Device
	comm    Comm
	awaited atomic.Int32

	use sync.Mutex // of the library

	mu      sync.Mutex
	under   []*order // on the stream, in its order
	closing bool
	wake    chan struct{} // has something when under or closing has changed
	gone    chan struct{} // closed when watch has returned
}

// order is a collective on the stream.
type order struct {
	reached func() (bool, error)
	done    func(error)
}

func (w *world) Name() string { return "NCCL " + w.version(nil) + ", beside " + w.host.Name() }
func (w *world) Rank() int    { return w.host.Rank() }
func (w *world) Size() int    { return w.host.Size() }

// call calls the library on a thread that has the device's context.
func (w *world) call(name string, f func() Code) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	w.use.Lock()
	defer w.use.Unlock()
	if err := w.device.Current(); err != nil {
		return err
	}
	if c := f(); c != 0 && c != InProgress {
		return fmt.Errorf("%s: %s", name, w.lib.GetErrorString(c))
	}
	return nil
}

// Start puts a collective on the stream.
func (w *world) Start(k comm.Call, done func(error)) {
	reads := k.Kind == comm.KindAllGather || k.Kind == comm.KindAllToAll
	if k.Count > 0 && (!k.Dst.OnDevice() || reads && !k.Src.OnDevice()) {
		done(errors.New("got host memory, want the device's"))
		return
	}
	err := w.call("nccl "+k.Kind.String(), func() Code { return w.enqueue(k) })
	if err != nil {
		done(err)
		return
	}
	reached, err := w.device.Mark()
	if err != nil {
		done(err)
		return
	}
	w.mu.Lock()
	w.under = append(w.under, &order{reached, done})
	w.mu.Unlock()
	w.rouse()
}

func (w *world) enqueue(k comm.Call) Code {
	dst, src, t, s := k.Dst.Address(), k.Src.Address(), types[k.Type], w.device.Stream()
	switch k.Kind {
	case comm.KindBarrier:
		word := w.device.Word()
		return w.lib.AllReduce(word, word, 1, types[comm.Int64], ops[comm.Max], w.comm, s)
	case comm.KindBroadcast:
		return w.lib.Broadcast(dst, dst, k.Count, t, k.Root, w.comm, s)
	case comm.KindAllReduce:
		return w.lib.AllReduce(dst, dst, k.Count, t, ops[k.Op], w.comm, s)
	case comm.KindAllGather:
		return w.lib.AllGather(src, dst, k.Count, t, w.comm, s)
	}
	return w.exchange(dst, src, k.Count, t, k.Count*k.Type.Bytes(), s)
}

// exchange sends each rank its block and takes that of each, as one: NCCL has a call for that
// from 2.28 on alone.
func (w *world) exchange(dst, src uintptr, n int, t Type, bytes int, s Stream) Code {
	c := w.lib.GroupStart()
	for r := 0; r < w.Size() && c == 0; r++ {
		at := uintptr(r * bytes)
		if c = w.lib.Send(src+at, n, t, r, w.comm, s); c == 0 {
			c = w.lib.Recv(dst+at, n, t, r, w.comm, s)
		}
	}
	if end := w.lib.GroupEnd(); c == 0 {
		c = end
	}
	return c
}

// Awaited keeps count of who waits.
func (w *world) Awaited(change int) { w.awaited.Add(int32(change)) }

// rouse has watch look again.
func (w *world) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Abort frees the communicator, and ends the processes by way of the other group.
func (w *world) Abort(status int) {
	if w.use.TryLock() { // it may be stuck in the library
		w.lib.CommAbort(w.comm)
		w.use.Unlock()
	}
	w.host.Abort(status)
}

// Close waits for what is on the stream, and destroys the communicator.
func (w *world) Close() error {
	w.mu.Lock()
	w.closing = true
	w.mu.Unlock()
	w.rouse()
	<-w.gone
	return w.call("ncclCommDestroy", func() Code { return w.lib.CommDestroy(w.comm) })
}

// How often the stream is asked whether it has come to the end of a collective, while somebody
// waits and while nobody does, and after how many times NCCL is asked for errors.
const (
	awaitedEvery = 50 * time.Microsecond
	restedEvery  = time.Millisecond
	errorsEvery  = 100
)

// watch hands over each collective when the stream has passed it, and what NCCL or the device
// says has gone wrong to all that are under way.
func (w *world) watch() {
	defer close(w.gone)
	for n := 0; ; n++ {
		w.mu.Lock()
		under, closing := w.under, w.closing
		w.mu.Unlock()
		switch {
		case len(under) > 0:
			passed, err := under[0].reached()
			if err == nil && !passed && n%errorsEvery == 0 {
				err = w.asyncError()
			}
			if !passed && err == nil {
				time.Sleep(w.every())
				continue
			}
			w.mu.Lock()
			w.under = w.under[1:]
			w.mu.Unlock()
			under[0].done(err)
		case closing:
			return
		default:
			<-w.wake
		}
	}
}

func (w *world) every() time.Duration {
	if w.awaited.Load() > 0 {
		return awaitedEvery
	}
	return restedEvery
}

// asyncError is what NCCL has found wrong since its calls returned: a rank that is gone, a
// link that is down.
func (w *world) asyncError() error {
	var found Code
	err := w.call("ncclCommGetAsyncError", func() (c Code) {
		found, c = w.lib.CommGetAsyncError(w.comm)
		return c
	})
	if err == nil && found != 0 && found != InProgress {
		err = fmt.Errorf("asynchronous error: %s", w.lib.GetErrorString(found))
	}
	return err
}
