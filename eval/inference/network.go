package inference

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/plan"
)

// maxFloats is how many numbers the arena of a worker may have: 2 GiB.
const maxFloats = 1 << 29

// Network is a graph that is ready to run.
type Network struct {
	In, Out []int // shapes of the input and the output of one point, the first axis being 1

	steps   []step
	slots   []int // floats of each place of an arena
	input   int   // its slot
	output  operand
	workers []*worker
}

// worker runs the network of a point alone, on one core.
type worker struct {
	engine *kernels.Engine
	vec    *kernels.Vec
	slots  [][]float32
	in     [][]float32 // the operands of a step
	window []float32   // of a convolution
	row    []float32   // of an image, or as much again
	other  []float32   // another of these
}

// kernel sets out to what an operator makes of its operands. Where it is in place, out may be
// the first of these.
type kernel func(w *worker, out []float32, in [][]float32)

// operand is a constant, or the first size numbers of a slot.
type operand struct {
	constant   []float32 // nil where it is in a slot
	slot, size int
}

// step is a kernel with its operands and the slot it writes.
type step struct {
	run kernel
	in  []operand
	out operand
}

// New makes a network of a graph with one input of images or vectors, whose first axis is that
// of points, and of that output, "" for the last one. There are so many workers, 0 for one on
// each core, which end with Close.
func New(g onnx.Graph, output string, workers int) (*Network, error) {
	n, err := compile(g, output)
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	for range workers {
		e, err := kernels.New(kernels.Options{Workers: 1})
		if err != nil {
			n.Close()
			return nil, fmt.Errorf("inference: %w", err)
		}
		n.workers = append(n.workers, &worker{engine: e, vec: kernels.NewVec(e.Level())})
	}
	return n, nil
}

// Close ends the workers.
func (n *Network) Close() {
	for _, w := range n.workers {
		w.engine.Close()
	}
}

// Run runs the network on points 0 … count−1: set writes the input of point i, and use is given
// its output, which holds until use returns. Both are called by several workers at once, for
// different points. It ends with ctx, between two operators.
func (n *Network) Run(ctx context.Context, count int, set func(i int, in []float32),
	use func(i int, out []float32)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for _, w := range n.workers[:min(len(n.workers), count)] {
		wait.Go(func() {
			w.reserve(n.slots)
			for i := int(next.Add(1)) - 1; i < count && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				set(i, w.slots[n.input][:plan.Size(n.In)])
				if w.run(ctx, n.steps) {
					use(i, w.at(n.output))
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// reserve makes the arena.
func (w *worker) reserve(slots []int) {
	for i := len(w.slots); i < len(slots); i++ {
		w.slots = append(w.slots, kernels.Aligned(slots[i]))
	}
}

// run does the steps; false where ctx ended before.
func (w *worker) run(ctx context.Context, steps []step) bool {
	for i := range steps {
		if ctx.Err() != nil {
			return false
		}
		w.do(&steps[i])
	}
	return true
}

func (w *worker) do(s *step) {
	w.in = w.in[:0]
	for _, o := range s.in {
		w.in = append(w.in, w.at(o))
	}
	s.run(w, w.at(s.out), w.in)
}

// at is the memory of an operand.
func (w *worker) at(o operand) []float32 {
	if o.constant != nil {
		return o.constant
	}
	return w.slots[o.slot][:o.size]
}

// room is at least n floats of *b, which it makes where there are fewer.
func room(b *[]float32, n int) []float32 {
	if len(*b) < n {
		*b = kernels.Aligned(n)
	}
	return (*b)[:n]
}

// floats is how many numbers an array of a shape has; ok is false where they are too many, or
// an axis is negative.
func floats(shape []int) (n int, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 || d > maxFloats || n*d > maxFloats {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// same reports whether two shapes are one.
func same(a, b []int) bool { return slices.Equal(a, b) }
