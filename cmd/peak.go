package cmd

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/roofline"
)

// ceilings are the best rates of a device. One that cannot measure its own has two: of a large
// product and of a large copy, which what is found in a cache can be faster than.
func ceilings(ctx context.Context, dev plan.Device, prec plan.Precision) (*roofline.Ceilings, error) {
	if d, ok := dev.(roofline.Device); ok {
		return d.Ceilings(ctx, prec)
	}
	flops, bytes, err := peaks(ctx, dev, prec)
	return &roofline.Ceilings{Products: flops, Vector: flops,
		Levels: []roofline.Level{{Name: "memory", Rate: bytes}}}, err
}

// peaks measures what a device can do at best: FLOPs a second of a large product
// in the precision given, and bytes a second of a copy far larger than any cache.
// Both grow until one run takes long enough that starting it does not count. The
// numbers are random, since a device may save power on zeros, and the right factor
// is a state, as weights are.
func peaks(ctx context.Context, dev plan.Device, prec plan.Precision) (flops, bytes float64, err error) {
	const long = 2e-3 // seconds
	t := 0.0
	for n := 1536; t < long && n <= 12288; n *= 2 {
		square := func(k plan.Kind, name string) *plan.Node {
			return &plan.Node{Op: plan.Op{Kind: k}, Name: name, Shape: []int{n, n}}
		}
		product := &plan.Node{Op: plan.Op{Kind: plan.MatMul}, Shape: []int{n, n},
			In: []*plan.Node{square(plan.Input, "x"), square(plan.State, "w")}}
		if t, err = timedNode(ctx, dev, product, prec); err != nil {
			return 0, 0, err
		}
		flops = max(flops, 2*float64(n)*float64(n)*float64(n)/t)
	}
	t = 0
	for words := 1 << 25; t < long && words <= 1<<29; words *= 2 {
		x := &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: "x", Shape: []int{words}}
		double := &plan.Node{Op: plan.Op{Kind: plan.Scale, Imm: 2}, In: []*plan.Node{x}, Shape: []int{words}}
		if t, err = timedNode(ctx, dev, double, plan.Float32); err != nil {
			return 0, 0, err
		}
		bytes = max(bytes, 8*float64(words)/t)
	}
	return flops, bytes, nil
}

// timedNode is the shortest time of a plan that computes node from random numbers.
// Its first element is an output of its own, whose reading waits for the run.
func timedNode(ctx context.Context, dev plan.Device, node *plan.Node, prec plan.Precision) (float64, error) {
	first := &plan.Node{Op: plan.Op{Kind: plan.Narrow, Rows: 1, Width: 1, Shape: []int{1}},
		In: []*plan.Node{node}, Shape: []int{1}}
	p, err := plan.Compile(ctx, []plan.Root{{Name: "z", Node: node}, {Name: "first", Node: first}}, prec)
	if err != nil {
		return 0, err
	}
	g, err := dev.Load(ctx, p)
	if err != nil {
		return 0, err
	}
	defer g.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, q := range slices.Concat(p.Inputs, p.States) {
		x := make([]float32, p.Values[q.Value].Size)
		for i := range x {
			x[i] = rng.Float32() - .5
		}
		if err := g.Write(q.Name, x); err != nil {
			return 0, err
		}
	}
	const runs = 9
	probe := make([]float32, 1)
	times, err := timed(g, runs, func() error { return g.Read("first", probe) })
	if err != nil {
		return 0, err
	}
	return times[0], nil
}
