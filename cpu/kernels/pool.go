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

// idleSpin is how long a worker polls for work before it parks: longer than the gaps
// between the kernels of a training step. It is counted in polls, idlePolls of them,
// and so in processor time: time in which the worker was descheduled does not count.
const idleSpin = 200 * time.Microsecond

// idlePolls is idleSpin in polls, measured as the fastest of five short trials. A poll
// counts as a nanosecond at least, for a coarse clock may show none.
var idlePolls = sync.OnceValue(func() int {
	const polls = 512
	var p Pool
	best := idleSpin
	for range 5 {
		start := time.Now()
		p.spin(polls)
		best = min(best, time.Since(start))
	}
	return int(polls * idleSpin / max(best, polls*time.Nanosecond))
})

// joinSpin is how many pauses (some 50 ns each) the caller waits for the last items
// before it parks and leaves its core to the workers that have them.
const joinSpin = 1000

// A Pool runs tasks on the caller's goroutine and on workers, which poll for work for a
// while and then park. So a fork and join costs well under a microsecond within a
// training step, and an idle pool takes no processor time. Items are taken one by one,
// and the join waits for items, not for workers: a worker that the operating system has
// descheduled delays the task only if it holds an item.
type Pool struct {
	workers        int
	oversubscribed bool // more workers than cores: a poll yields the core
	polls          int  // polls before a worker parks

	// ticket is generation<<32 | items that nobody has taken. Each task has another
	// generation, so a worker that is late cannot take an item of the next task with
	// the ticket of the last. task and items are written before ticket, and read after
	// an item is taken.
	_      [64]byte
	ticket atomic.Uint64
	_      [56]byte
	done   atomic.Int32
	_      [60]byte

	task       Task
	items      int
	generation uint32

	joining atomic.Bool // the caller waits at joined, or is about to
	joined  chan struct{}
	closing atomic.Bool
	parked  []parkedWorker
	exited  sync.WaitGroup
}

// parkedWorker is where one worker parks.
type parkedWorker struct {
	asleep atomic.Bool
	wake   chan struct{}
	_      [48]byte
}

// NewPool starts a pool of the given number of workers, the caller of Run among them;
// less than 1 means one for each core. Close ends its goroutines.
func NewPool(workers int) *Pool {
	cores := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	if workers < 1 {
		workers = cores
	}
	p := &Pool{
		workers:        workers,
		polls:          idlePolls(),
		oversubscribed: workers > cores,
		joined:         make(chan struct{}, 1),
		parked:         make([]parkedWorker, workers),
	}
	if p.oversubscribed {
		p.polls /= 20
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

// Run does items 0 … n−1 of t and returns when all are done. It allocates nothing. It
// must not be called from an item, nor by two goroutines at once.
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

// drain takes and does items until none is left to take.
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

// join waits until n items are done. Who clears joining, the caller or the worker with
// the last item, decides whether a value is sent to joined, so none is left there; and
// the count is looked at again after each value.
func (p *Pool) join(n int) {
	for k := 0; int(p.done.Load()) != n; k++ {
		if k < joinSpin {
			if pause(); p.oversubscribed {
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

// work is the loop of worker w.
func (p *Pool) work(w int) {
	defer p.exited.Done()
	for !p.closing.Load() {
		p.drain(w)
		if !p.spin(p.polls) {
			p.sleep(w)
		}
	}
}

// spin polls until there is an item to take or the pool closes, and returns true; after
// so many polls it returns false.
func (p *Pool) spin(polls int) bool {
	for range polls {
		if uint32(p.ticket.Load()) != 0 || p.closing.Load() {
			return true
		}
		if pause(); p.oversubscribed {
			runtime.Gosched()
		}
	}
	return false
}

// sleep parks the worker until Run or Close wakes it. Work that arrives meanwhile is not
// missed: either the worker sees the ticket after it has set asleep, or Run sees asleep
// after it has set the ticket.
func (p *Pool) sleep(w int) {
	s := &p.parked[w]
	s.asleep.Store(true)
	if (uint32(p.ticket.Load()) != 0 || p.closing.Load()) && s.asleep.CompareAndSwap(true, false) {
		return
	}
	<-s.wake
}
