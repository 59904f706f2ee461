package features

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// most is how many points a plan of a network takes.
const most = 100

// network runs a graph on a device: points u to the features that build makes of them.
type network struct {
	dev     plan.Device
	point   []int
	dim     int
	weights []float32 // the state "weights"
	// build is the features [n, dim] of points u [n, …] with the weights. A row of them
	// depends on that row of u alone.
	build func(b *graph.Builder, u, weights graph.Node) graph.Node

	programs map[int]plan.Program // by their points
}

// arrayOf is the weight of that name, a part of weights.
func arrayOf(p *model.Params, weights []float32, name string) []float32 {
	for _, w := range p.List {
		if w.Name == name {
			return weights[w.Offset : w.Offset+w.Size()]
		}
	}
	panic("features: a network has no " + name)
}

// extract sets dst to the features of n points x.
func (w *network) extract(ctx context.Context, dst, x []float32) error {
	size := plan.Size(w.point)
	n, err := checkExtract(ctx, dst, x, w.dim, size)
	for err == nil && n > 0 {
		k := min(n, most)
		if err = w.part(ctx, dst[:k*w.dim], x[:k*size], k); err == nil {
			dst, x, n = dst[k*w.dim:], x[k*size:], n-k
		}
	}
	return err
}

// part extracts from n points that one plan takes. The points that fill it up are zero.
func (w *network) part(ctx context.Context, dst, x []float32, n int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	rows := plan.Rows(n, most)
	g, err := w.program(ctx, rows)
	if err != nil {
		return err
	}
	u, f := make([]float32, rows*plan.Size(w.point)), make([]float32, rows*w.dim)
	copy(u, x)
	if err := g.Write("u", u); err != nil {
		return err
	}
	if err := g.Run(); err != nil {
		return err
	}
	if err := g.Read("f", f); err != nil {
		return err
	}
	for i, v := range f[:n*w.dim] {
		if v-v != 0 {
			return fmt.Errorf("feature %d of a point is %v, want finite numbers", i%w.dim, v)
		}
	}
	copy(dst, f)
	return nil
}

// program is the plan for so many points, loaded.
func (w *network) program(ctx context.Context, rows int) (plan.Program, error) {
	if g := w.programs[rows]; g != nil {
		return g, nil
	}
	b := graph.New()
	u := b.Input("u", append([]int{rows}, w.point...)...)
	f := w.build(b, u, b.State("weights", len(w.weights)))
	p, err := b.Compile(ctx, plan.Float32, graph.Root{Name: "f", Node: f})
	if err != nil {
		return nil, err
	}
	p.RowsIndependent = true
	g, err := w.dev.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	if w.programs == nil {
		w.programs = map[int]plan.Program{}
	}
	w.programs[rows] = g
	return g, g.Write("weights", w.weights)
}

// Close frees what is on the device.
func (w *network) Close() error {
	var errs []error
	for _, rows := range slices.Sorted(maps.Keys(w.programs)) {
		errs = append(errs, w.programs[rows].Close())
	}
	return errors.Join(errs...)
}
