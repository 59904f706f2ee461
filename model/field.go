package model

import (
	"fmt"
	"math/bits"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Field evaluates f(u) with given weights on a device. It compiles one plan for
// each power of two up to its batch, so that a batch that has shrunk costs
// less. A point's field does not depend on the batch it is in.
type Field struct {
	dev    plan.Device
	net    Network
	params *Params
	point  []int
	dim    int
	prec   plan.Precision
	batch  int

	weights  []float32
	programs map[int]*evaluator // by batch
}

// evaluator is f at one batch.
type evaluator struct {
	plan.Program
	u, f []float32
}

// NewField returns the field of net with the given flat weights, which are not
// copied, for points of shape point, at most batch at a time.
func NewField(dev plan.Device, net Network, params *Params, point []int, weights []float32, batch int,
	prec plan.Precision) (*Field, error) {
	switch {
	case len(weights) != params.Len:
		return nil, fmt.Errorf("model: NewField: %d weights, want %d", len(weights), params.Len)
	case batch < 1:
		return nil, fmt.Errorf("model: NewField: batch: got %d, want at least 1", batch)
	}
	return &Field{dev: dev, net: net, params: params, point: point, dim: plan.Size(point), prec: prec, batch: batch,
		weights: weights, programs: map[int]*evaluator{}}, nil
}

// Batch is how many points an evaluation takes at most at a time.
func (f *Field) Batch() int { return f.batch }

// Plan is the compiled evaluation of n points.
func (f *Field) Plan(n int) (*plan.Plan, error) {
	b := graph.New()
	u := b.Input("u", append([]int{n}, f.point...)...)
	theta := b.State("weights", f.params.Len)
	return alone(b.Compile(f.prec, graph.Root{Name: "f", Node: f.net.Build(b, f.params.Bind(b, theta), u)}))
}

// alone asks for rows that stand alone, whatever the batch.
func alone(p *plan.Plan, err error) (*plan.Plan, error) {
	if err == nil {
		p.Alone = true
	}
	return p, err
}

// size is how many points are evaluated for n ≤ batch: the least power of two
// that holds them, or the batch.
func (f *Field) size(n int) int { return min(1<<bits.Len(uint(n-1)), f.batch) }

// Eval sets dst = f(x) for n points one after another.
func (f *Field) Eval(dst, x []float32, n int) error {
	if len(x) != n*f.dim || len(dst) != n*f.dim {
		return fmt.Errorf("model: Eval: %d and %d elements, want %d points of %d", len(dst), len(x), n, f.dim)
	}
	for n > 0 {
		k := min(n, f.batch)
		if err := f.part(dst[:k*f.dim], x[:k*f.dim], k); err != nil {
			return err
		}
		dst, x, n = dst[k*f.dim:], x[k*f.dim:], n-k
	}
	return nil
}

// part evaluates n ≤ batch points; the rows that are left over stay as they were.
func (f *Field) part(dst, x []float32, n int) error {
	size := f.size(n)
	e := f.programs[size]
	if e == nil {
		p, err := f.Plan(size)
		if err != nil {
			return err
		}
		g, err := f.dev.Load(p)
		if err != nil {
			return err
		}
		if err := g.Write("weights", f.weights); err != nil {
			return err
		}
		e = &evaluator{g, make([]float32, size*f.dim), make([]float32, size*f.dim)}
		f.programs[size] = e
	}
	copy(e.u, x)
	if err := e.Write("u", e.u); err != nil {
		return err
	}
	if err := e.Run(); err != nil {
		return err
	}
	if err := e.Read("f", e.f); err != nil {
		return err
	}
	copy(dst, e.f)
	return nil
}

// Update takes the weights, which have changed, to the device.
func (f *Field) Update() error {
	for size := 1; size <= f.batch; size *= 2 {
		if err := f.update(size); err != nil {
			return err
		}
	}
	if f.batch&(f.batch-1) != 0 {
		return f.update(f.batch)
	}
	return nil
}

func (f *Field) update(size int) error {
	if e := f.programs[size]; e != nil {
		return e.Write("weights", f.weights)
	}
	return nil
}

// Close frees the programs.
func (f *Field) Close() error {
	var first error
	for size := 1; size <= f.batch; size++ {
		if e := f.programs[size]; e != nil {
			if err := e.Close(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}
