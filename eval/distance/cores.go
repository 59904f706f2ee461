package distance

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// Cores are the workers that distances are computed by.
type Cores struct {
	workers []*worker
	// Progress, where it is not nil, hears how many of how many parts are done; it may be
	// called by any worker, by one at a time.
	Progress func(done, of int)
}

// worker computes products alone, on one core.
type worker struct {
	engine              *kernels.Engine
	add, sub, mul, most kernels.Block
	exp, sqrt, scale    kernels.Block
	vec                 *kernels.Vec
	a, b, c, t          []float32 // the operands of a tile, the tile, and as much again
	gemm                kernels.Gemm
}

// NewCores starts workers, 0 for one on each core. They end with Close.
func NewCores(workers int) (*Cores, error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if workers < 0 {
		return nil, fmt.Errorf("distance: got %d workers, want at least 1, or 0 for one on each core",
			workers)
	}
	var c Cores
	for range workers {
		e, err := kernels.New(kernels.Options{Workers: 1})
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("distance: %w", err)
		}
		v := kernels.NewVec(e.Level())
		c.workers = append(c.workers, &worker{engine: e, vec: v, add: v.Pointwise(plan.Add),
			sub: v.Pointwise(plan.Sub), mul: v.Pointwise(plan.Mul), most: v.Pointwise(plan.Max),
			exp: v.Pointwise(plan.Exp), sqrt: v.Pointwise(plan.Sqrt), scale: v.Pointwise(plan.Scale)})
	}
	return &c, nil
}

// Close ends the workers.
func (c *Cores) Close() {
	for _, w := range c.workers {
		w.engine.Close()
	}
}

// each does items 0 … n−1, each by one worker, the lower ones first, until ctx ends.
func (c *Cores) each(ctx context.Context, n int, do func(w *worker, item int)) error {
	var next, done atomic.Int64
	var wait sync.WaitGroup
	var told sync.Mutex
	for _, w := range c.workers[:min(len(c.workers), n)] {
		wait.Go(func() {
			for {
				item := int(next.Add(1)) - 1
				if item >= n || ctx.Err() != nil {
					return
				}
				do(w, item)
				finished := int(done.Add(1))
				if c.Progress != nil {
					told.Lock()
					c.Progress(finished, n)
					told.Unlock()
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}
