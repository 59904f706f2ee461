package cmd

import (
	"github.com/stillfield/stillfield/plan"
)

// peaks measures what a device can do at best: FLOPs a second of a large
// product, and bytes a second of a copy far larger than any cache.
func peaks(dev plan.Device) (flops, bytes float64, err error) {
	const n, words = 1536, 1 << 25
	square := func(name string) *plan.Node {
		return &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: name, Shape: []int{n, n}}
	}
	product := &plan.Node{Op: plan.Op{Kind: plan.MatMul}, In: []*plan.Node{square("x"), square("y")}, Shape: []int{n, n}}
	long := &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: "x", Shape: []int{words}}
	double := &plan.Node{Op: plan.Op{Kind: plan.Scale, Imm: 2}, In: []*plan.Node{long}, Shape: []int{words}}
	t, err := timedNode(dev, product)
	if err != nil {
		return 0, 0, err
	}
	flops = 2 * n * n * n / t
	if t, err = timedNode(dev, double); err != nil {
		return 0, 0, err
	}
	return flops, 8 * words / t, nil
}

// timedNode is the shortest time of a plan that computes node from zeros. Its
// first element is an output of its own, whose reading waits for the run.
func timedNode(dev plan.Device, node *plan.Node) (float64, error) {
	first := &plan.Node{Op: plan.Op{Kind: plan.Narrow, Rows: 1, Width: 1, Shape: []int{1}}, In: []*plan.Node{node}, Shape: []int{1}}
	p, err := plan.Compile([]plan.Root{{Name: "z", Node: node}, {Name: "first", Node: first}}, plan.Float32)
	if err != nil {
		return 0, err
	}
	g, err := dev.Load(p)
	if err != nil {
		return 0, err
	}
	defer g.Close()
	for _, in := range p.Inputs {
		if err := g.Write(in.Name, make([]float32, p.Values[in.Value].Size)); err != nil {
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
