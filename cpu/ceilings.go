package cpu

import (
	"context"
	"runtime"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/roofline"
)

// beyond is how many times as large as the last cache the arrays are that are in memory.
const beyond = 4

// Ceilings measures the best rates of d's workers, until ctx ends: of products in that precision,
// and of the bytes of each level, by arrays that fill half of it. Arithmetic and caches, which grow
// with the cores, are measured on one and count for each worker; memory is what one or all of them
// move, whichever is more. What a level holds includes the levels before it.
func (d *Device) Ceilings(ctx context.Context, p plan.Precision) (*roofline.Ceilings, error) {
	e, err := kernels.New(kernels.Options{Workers: d.opt.Workers, Level: d.opt.Level})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	v, c, workers := kernels.NewVec(e.Level()), kernels.Caches(), e.Pool().Workers()
	cores := float64(min(workers, runtime.NumCPU()))
	r := &roofline.Ceilings{Vector: cores * e.FLOPsCeiling()}
	r.Products = r.Vector
	if p == plan.BFloat16 {
		r.Products = max(r.Vector, cores*e.HalfCeiling(bf16.Best()))
	}
	last := c.L3 + workers*c.L2
	for _, l := range []struct {
		name      string
		size, all int // of the probe, of what is held; 0 for everything
	}{
		{"L1", c.L1 / 2, workers * c.L1},
		{"L2", c.L2 / 2, workers * (c.L1 + c.L2)},
		{"L3", last / 2, last},
		{"memory", beyond * last, 0},
	} {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		rate := e.BytesCeiling(v, 1, l.size)
		if l.all > 0 {
			rate *= cores
		} else {
			rate = max(rate, e.BytesCeiling(v, workers, l.size))
		}
		r.Levels = append(r.Levels, roofline.Level{Name: l.name, Bytes: float64(l.all), Rate: rate})
	}
	// What is nearer is no slower: the probe of a level may have found its cores busy.
	for i := len(r.Levels) - 2; i >= 0; i-- {
		r.Levels[i].Rate = max(r.Levels[i].Rate, r.Levels[i+1].Rate)
	}
	return r, nil
}
