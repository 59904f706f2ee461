package cuda

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Footprint is the memory of a device that a plan takes from Load on, in bytes. What the driver
// takes itself, for its context, the code of kernels and the nodes of the graph, is not in it; nor
// is what Send adds for a value that is sent.
type Footprint struct {
	States    uint64 // weights, moments, averages, the record
	Copies    uint64 // of weights, in bfloat16
	Inputs    uint64
	Staging   uint64 // two of each input, on its way in
	Arena     uint64 // temporaries
	Workspace uint64 // sums in slices, and what else a step needs to itself
	Constants uint64 // programs of chains
	Launches  int    // nodes of the graph
}

// Total is the sum.
func (f Footprint) Total() uint64 {
	return f.States + f.Copies + f.Inputs + f.Staging + f.Arena + f.Workspace + f.Constants
}

// Measure is what p takes on a device of that compute capability. It needs no device.
func Measure(ctx context.Context, p *plan.Plan, major, minor int) (Footprint, error) {
	d := &Device{prop: driver.Properties{Major: major, Minor: minor}}
	return d.footprint(ctx, p)
}

// footprint is what p takes on d, loaded or not.
func (d *Device) footprint(ctx context.Context, p *plan.Plan) (f Footprint, err error) {
	g := &Program{dev: d, plan: p, weightCopies: findWeightCopies(p)}
	named := g.layout(0)
	l, _, err := g.bind(ctx, nil, valueAlign, valueAlign)
	if err != nil {
		return f, fmt.Errorf("cuda: Measure: %w", err)
	}
	size := func(n int) uint64 { return (4*uint64(n) + valueAlign - 1) / valueAlign * valueAlign }
	for _, q := range p.States {
		f.States += size(p.Values[q.Value].Size)
	}
	for _, q := range p.Inputs {
		f.Inputs += size(p.Values[q.Value].Size)
	}
	f.Staging = 2 * f.Inputs
	f.Copies = named - f.States - f.Inputs - f.Staging
	f.Arena, f.Workspace, f.Constants = 4*uint64(p.Arena), l.Scratch, uint64(len(l.Data))
	f.Launches = len(l.Launches)
	return f, nil
}

// driverTakes is what the driver is taken to want beside a plan: its context, the code of the
// kernels, the nodes of the graph.
const driverTakes = 1 << 30

// Fits is an error if the memory that d has left is not enough for p and what the driver takes.
func (d *Device) Fits(ctx context.Context, p *plan.Plan) error {
	f, err := d.footprint(ctx, p)
	if err != nil {
		return err
	}
	free, all, err := d.Memory()
	if err != nil {
		return err
	}
	if want := f.Total() + driverTakes; want > free {
		return fmt.Errorf("cuda: Fits: the plan wants %d bytes and the driver about %d, %d of %d are left: "+
			"%w", f.Total(), driverTakes, free, all, plan.ErrNoRoom)
	}
	return nil
}

var _ plan.Fitter = (*Device)(nil)
