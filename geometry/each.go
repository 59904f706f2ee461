package geometry

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// each does do(i) for i < n on all cores, until one fails or ctx ends, and returns the
// error of the least i that failed. What do(i) computes must depend on i alone, so that
// results do not depend on the cores. progress, if there is one, is called by one
// goroutine at a time.
func each(ctx context.Context, n int, progress func(done, of int), do func(i int) error) error {
	var next, failed atomic.Int64
	var mu sync.Mutex
	var wait sync.WaitGroup
	errs := make([]error, n)
	done := 0
	failed.Store(int64(n))
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(n) || i > failed.Load() || ctx.Err() != nil {
					return
				}
				if errs[i] = do(int(i)); errs[i] != nil {
					failed.Store(min(failed.Load(), i))
					return
				}
				mu.Lock()
				if done++; progress != nil {
					progress(done, n)
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
