package kernels

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/plan"
)

// Options choose how an Engine runs. What it computes depends on Precision and, at BFloat16, on the class of
// Form; on nothing else.
type Options struct {
	Workers int   // goroutines that compute, the caller among them; 0 is one per core
	Level   Level // Auto is the best of Levels()

	// Precision is Float32 or BFloat16, and Form the way to multiply bfloat16: Auto is the best that the
	// machine has, if Level is Auto too, else the definition at that level.
	Precision plan.Precision
	Form      bf16.Form
}

// An Engine is a worker pool with the scratch memory of its kernels. Its methods
// allocate nothing once Reserve has been told the largest workspace, and must not
// be called concurrently.
type Engine struct {
	pool  *Pool
	arch  *arch
	cache Cache

	shared  []float32 // scratch memory of a call: packed filters, partial sums
	scratch []scratch // by worker

	gemm   gemmJob
	sum    sumJob
	conv   convJob
	narrow narrowJob
	filter filterJob

	bfloat *bfloat // nil at precision Float32
}

// scratch is the memory that one worker computes in.
type scratch struct {
	tile   tile
	buf    []float32
	packed int // 1 + the number of the block of B that buf holds packed; 0 for none
	tileT  [transposedMaxN * maxCols]float32
	_      [64]byte // keeps the workers' cache lines apart
}

// Workspace counts the floats of scratch memory that a call needs: Shared once,
// Worker for each worker.
type Workspace struct {
	Shared, Worker int
}

// Max is the least workspace that is enough for both w and v.
func (w Workspace) Max(v Workspace) Workspace {
	return Workspace{max(w.Shared, v.Shared), max(w.Worker, v.Worker)}
}

// New starts an engine, whose workers end with Close. It fails if this machine cannot
// run the level or the number of workers is not between 0 and 4096.
func New(o Options) (*Engine, error) {
	levels := Levels()
	form, err := FormOf(o)
	if o.Level == Auto {
		o.Level = levels[len(levels)-1]
	}
	if !slices.Contains(levels, o.Level) {
		return nil, fmt.Errorf("kernels: New: got level %v, want one that this machine runs: %v",
			o.Level, levels)
	}
	if err != nil {
		return nil, err
	}
	if o.Workers < 0 || o.Workers > 1<<12 {
		return nil, fmt.Errorf("kernels: New: got %d workers, want 0 (one per core) to %d", o.Workers, 1<<12)
	}
	e := &Engine{pool: NewPool(o.Workers), arch: archOf(o.Level), cache: Caches()}
	e.scratch = make([]scratch, e.pool.Workers())
	if o.Precision == plan.BFloat16 {
		e.bfloat = newBFloat(form, e.arch, e.pool.Workers())
	}
	return e, nil
}

// Close ends the workers.
func (e *Engine) Close() { e.pool.Close() }

// Pool is the engine's pool, for kernels that are not products. It is idle
// between calls of the engine's methods.
func (e *Engine) Pool() *Pool { return e.pool }

// Level is the instruction set in use.
func (e *Engine) Level() Level { return e.arch.level }

// Form is the way to multiply bfloat16 that is in use, Auto at precision Float32.
func (e *Engine) Form() bf16.Form {
	if e.bfloat == nil {
		return bf16.Auto
	}
	return e.bfloat.form
}

// Reserve allocates a workspace of at least w. A call that needs more than is reserved
// allocates it.
func (e *Engine) Reserve(w Workspace) {
	if len(e.shared) < w.Shared {
		e.shared = Aligned(w.Shared)
	}
	for i := range e.scratch {
		if d := &e.scratch[i]; len(d.buf) < w.Worker {
			d.buf = Aligned(w.Worker)
		}
	}
}

// forgetPacked marks all packed blocks of B as stale, at the start of a new product.
func (e *Engine) forgetPacked() {
	for i := range e.scratch {
		e.scratch[i].packed = 0
	}
}
