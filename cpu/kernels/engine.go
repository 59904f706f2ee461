package kernels

import (
	"fmt"
	"slices"
)

// Options choose how an Engine runs, never what it computes.
type Options struct {
	Workers int   // goroutines that compute, the caller among them; 0 is one per core
	Level   Level // Auto is the best of Levels()
}

// An Engine is a worker pool with the scratch memory of its kernels. Its methods
// allocate nothing once Reserve has been told the largest workspace, and must not
// be called concurrently.
type Engine struct {
	pool  *Pool
	arch  *arch
	cache Cache

	shared []float32 // of a whole call: packed filters, partial sums
	desks  []desk    // of each worker

	gemm   gemmJob
	sum    sumJob
	conv   convJob
	narrow narrowJob
	filter filterJob
}

// desk is what one worker writes to while it computes.
type desk struct {
	tile   tile
	buf    []float32
	packed int // which block of B lies packed in buf, as 1 + its number; 0 for none
	turned [turnedColumns * maxCols]float32
	_      [64]byte
}

// Workspace counts the floats of scratch memory that a call needs: Shared once,
// Worker for each worker.
type Workspace struct {
	Shared, Worker int
}

// Max is the workspace that serves both.
func (w Workspace) Max(v Workspace) Workspace {
	return Workspace{max(w.Shared, v.Shared), max(w.Worker, v.Worker)}
}

// New starts an engine. It fails when the machine cannot run the level.
func New(o Options) (*Engine, error) {
	levels := Levels()
	if o.Level == Auto {
		o.Level = levels[len(levels)-1]
	}
	if !slices.Contains(levels, o.Level) {
		return nil, fmt.Errorf("kernels: New: got level %v, want one that this machine runs: %v", o.Level, levels)
	}
	if o.Workers < 0 || o.Workers > 1<<12 {
		return nil, fmt.Errorf("kernels: New: got %d workers, want 0 (one per core) to %d", o.Workers, 1<<12)
	}
	e := &Engine{pool: NewPool(o.Workers), arch: archOf(o.Level), cache: Caches()}
	e.desks = make([]desk, e.pool.Workers())
	return e, nil
}

// Close ends the workers.
func (e *Engine) Close() { e.pool.Close() }

// Pool is the engine's pool, for kernels that are not products. It is idle
// between calls of the engine's methods.
func (e *Engine) Pool() *Pool { return e.pool }

// Level is the instruction set in use.
func (e *Engine) Level() Level { return e.arch.level }

// Reserve makes room for w. Calls that need more make it themselves, once.
func (e *Engine) Reserve(w Workspace) {
	if len(e.shared) < w.Shared {
		e.shared = aligned(w.Shared)
	}
	for i := range e.desks {
		if d := &e.desks[i]; len(d.buf) < w.Worker {
			d.buf = aligned(w.Worker)
		}
	}
}

// clearDesks forgets what was packed: the operands are new.
func (e *Engine) clearDesks() {
	for i := range e.desks {
		e.desks[i].packed = 0
	}
}
