package kernels

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// tally is a task that counts how often each item was done, and fails when two items at
// one time have the same worker.
type tally struct {
	t    *testing.T
	n    []atomic.Int32 // by item
	busy []atomic.Bool  // by worker
	spin int            // additions of an item, times 0, 1 or 2
	sink atomic.Int64
}

// Run does item, and counts it.
func (c *tally) Run(worker, item int) {
	if c.busy[worker].Swap(true) {
		c.t.Errorf("worker %d has two items at one time", worker)
	}
	s := item
	for k := range c.spin * (item % 3) {
		s += s ^ k
	}
	c.sink.Add(int64(s))
	c.n[item].Add(1)
	c.busy[worker].Store(false)
}

// TestPool: every item is done once, also with more workers than cores and when the workers
// have parked in between.
func TestPool(t *testing.T) {
	for _, workers := range []int{1, 2, 5, 17} {
		p := NewPool(workers)
		if p.Workers() != workers {
			t.Errorf("Workers: got %d, want %d", p.Workers(), workers)
		}
		for round := range 300 {
			n := []int{0, 1, 2, 3, 7, 64, 500}[round%7]
			c := &tally{t: t, n: make([]atomic.Int32, n), busy: make([]atomic.Bool, workers),
				spin: round % 5 * 50}
			p.Run(c, n)
			for i := range c.n {
				if got := c.n[i].Load(); got != 1 {
					t.Fatalf("%d workers, round %d: item %d of %d done %d times", workers, round, i, n, got)
				}
			}
			if round%50 == 49 {
				p.rest()
			}
		}
		p.Close()
	}
}

// rest waits until every worker has parked.
func (p *Pool) rest() {
	for w := 1; w < p.workers; w++ {
		for !p.parked[w].asleep.Load() {
			runtime.Gosched()
		}
	}
}

// TestPoolClose: Close returns only when the goroutines have ended, parked or not.
func TestPoolClose(t *testing.T) {
	for round := range 20 {
		p := NewPool(4)
		c := &tally{t: t, n: make([]atomic.Int32, 9), busy: make([]atomic.Bool, 4)}
		p.Run(c, 9)
		if round%2 == 0 {
			p.rest()
		}
		p.Close()
		p.exited.Wait()
	}
}

// TestPoolAllocs: Run allocates nothing.
func TestPoolAllocs(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	c := &tally{t: t, n: make([]atomic.Int32, 40), busy: make([]atomic.Bool, 3)}
	if n := testing.AllocsPerRun(100, func() { p.Run(c, 40) }); n != 0 {
		t.Errorf("%v allocations a run, want 0", n)
	}
}

// BenchmarkPool is the cost of a fork and join of two empty items a worker.
func BenchmarkPool(b *testing.B) {
	p := NewPool(0)
	defer p.Close()
	c := &tally{n: make([]atomic.Int32, 2*p.Workers()), busy: make([]atomic.Bool, p.Workers())}
	for b.Loop() {
		p.Run(c, len(c.n))
	}
}
