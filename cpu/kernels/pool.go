package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A Task is work in items that may run in any order and at the same time.
type Task interface {
	// Run does one item. No two calls at one time have the same worker, a number
	// from 0 to the pool's Workers()−1 that picks scratch memory.
	Run(worker, item int)
}

// idleSpin is how long a worker looks for work before it parks: longer than the
// gaps between the kernels of a training step, shorter than anyone would notice.
// It is processor time, not time on the wall: a worker that was descheduled while
// it looked has not looked for long.
const idleSpin = 200 * time.Microsecond

// idleSpins is idleSpin in looks, by the fastest of a few short trials; a look takes
// a nanosecond at least, whatever a coarse clock says.
var idleSpins = sync.OnceValue(func() int {
	const looks = 512
	var p Pool
	best := idleSpin
	for range 5 {
		start := time.Now()
		p.lookout(looks)
		best = min(best, time.Since(start))
	}
	return int(looks * idleSpin / max(best, looks*time.Nanosecond))
})

// joinSpin is how many pauses (some 50 ns each) the caller spends on waiting for
// the last items before it parks and leaves its core to the workers that have them.
const joinSpin = 1000

// A Pool runs tasks on the caller and on workers that spin for a while and then
// park, so that a fork and join costs well under a microsecond within a training
// step and nothing between two. Items are handed out one by one, and the join
// waits for items, not for workers: a worker that the system has descheduled
// delays nobody unless it holds an item.
type Pool struct {
	workers int
	polite  bool // more workers than cores: yield instead of spinning
	spins   int  // looks before a worker parks

	// ticket is generation<<32 | items not yet taken. The generation makes a
	// ticket unique, so a worker that is late cannot take from the wrong task;
	// task and items are written before it and read after an item is won.
	_      [64]byte
	ticket atomic.Uint64
	_      [56]byte
	done   atomic.Int32
	_      [60]byte

	task       Task
	items      int
	generation uint32

	joining atomic.Bool // the caller is parked, or about to be
	joined  chan struct{}
	closing atomic.Bool
	parked  []parking
	exited  sync.WaitGroup
}

// parking is where one worker sleeps.
type parking struct {
	asleep atomic.Bool
	wake   chan struct{}
	_      [48]byte
}

// NewPool starts a pool of the given number of workers, the caller among them;
// less than 1 means one for each core. Close ends it.
func NewPool(workers int) *Pool {
	cores := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	if workers < 1 {
		workers = cores
	}
	p := &Pool{
		workers: workers,
		spins:   idleSpins(),
		polite:  workers > cores,
		joined:  make(chan struct{}, 1),
		parked:  make([]parking, workers),
	}
	if p.polite {
		p.spins /= 20
	}
	for w := 1; w < workers; w++ {
		p.parked[w].wake = make(chan struct{}, 1)
		p.exited.Add(1)
		go p.work(w)
	}
	return p
}

// Workers is the number of workers, the caller among them.
func (p *Pool) Workers() int { return p.workers }

// Run does items 0 … n−1 of t and returns when all are done. It allocates nothing.
// One Run at a time: it is neither reentrant nor safe for concurrent use.
func (p *Pool) Run(t Task, n int) {
	if p.workers == 1 || n <= 1 {
		for i := range n {
			t.Run(0, i)
		}
		return
	}
	p.task, p.items = t, n
	p.done.Store(0)
	p.generation++
	p.ticket.Store(uint64(p.generation)<<32 | uint64(uint32(n)))
	for w := 1; w < min(p.workers, n); w++ {
		if s := &p.parked[w]; s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
			s.wake <- struct{}{}
		}
	}
	p.drain(0)
	p.join(n)
	p.task = nil
}

// Close ends the workers and waits for them. The pool is not usable afterwards.
func (p *Pool) Close() {
	p.closing.Store(true)
	for w := 1; w < p.workers; w++ {
		if s := &p.parked[w]; s.asleep.CompareAndSwap(true, false) {
			s.wake <- struct{}{}
		}
	}
	p.exited.Wait()
}

// drain takes items until none is left.
func (p *Pool) drain(worker int) {
	for {
		v := p.ticket.Load()
		left := int(uint32(v))
		if left == 0 {
			return
		}
		if !p.ticket.CompareAndSwap(v, v-1) {
			continue
		}
		n := p.items
		p.task.Run(worker, n-left)
		if int(p.done.Add(1)) == n && p.joining.CompareAndSwap(true, false) {
			p.joined <- struct{}{}
		}
	}
}

// join waits until n items are done. Each success in clearing joining is one send
// or no wait at all, so a wake meant for an earlier join is seen and not believed.
func (p *Pool) join(n int) {
	for k := 0; int(p.done.Load()) != n; k++ {
		if k < joinSpin {
			if pause(); p.polite {
				runtime.Gosched()
			}
			continue
		}
		p.joining.Store(true)
		if int(p.done.Load()) == n && p.joining.CompareAndSwap(true, false) {
			return
		}
		<-p.joined
	}
}

// work is the life of one worker.
func (p *Pool) work(w int) {
	defer p.exited.Done()
	for !p.closing.Load() {
		p.drain(w)
		if !p.lookout(p.spins) {
			p.sleep(w)
		}
	}
}

// lookout spins until there is work (or an end to it); false if none came in the
// given number of looks.
func (p *Pool) lookout(looks int) bool {
	for range looks {
		if uint32(p.ticket.Load()) != 0 || p.closing.Load() {
			return true
		}
		if pause(); p.polite {
			runtime.Gosched()
		}
	}
	return false
}

// sleep parks the worker until Run or Close wakes it. Work that arrived while it
// lay down is seen by the second look at the ticket, or by Run at the flag.
func (p *Pool) sleep(w int) {
	s := &p.parked[w]
	s.asleep.Store(true)
	if (uint32(p.ticket.Load()) != 0 || p.closing.Load()) && s.asleep.CompareAndSwap(true, false) {
		return
	}
	<-s.wake
}
