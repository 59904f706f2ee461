package cuda

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// Program is a plan on a device.
type Program struct {
	dev  *Device
	ctx  driver.Context
	plan *plan.Plan

	addr         []driver.Ptr  // of values
	inputs       []*input      // as Plan.Inputs
	weightCopies []*weightCopy // states with a copy in bfloat16
	launches     []kernels.Launch
	funcs        []driver.Function // of launches
	bounds       []bounds          // of steps

	main     driver.Stream // runs, and what must happen between two of them
	copies   driver.Stream // inputs on their way in
	results  driver.Stream // what Send copies to the host, so that no batch waits for it
	segments []segment
	host     []byte               // pinned, for Read and states
	sent     map[string]*outgoing // by name
	releases []func() error       // what Close undoes, last first
	closed   bool
	failed   error // of the device: nothing runs after it
}

var errClosed = errors.New("cuda: the program is closed")

// Load binds p to kernels and memory on d. A precision that the device lacks,
// an operator with no kernel and memory that does not suffice are errors.
func (d *Device) Load(ctx context.Context, p *plan.Plan) (plan.Program, error) {
	if err := plan.CheckPrecision(d, p.Precision); err != nil {
		return nil, fmt.Errorf("cuda: Load: %w: tensor cores take compute capability 8.0 or later", err)
	}
	for _, v := range p.Values {
		if v.Size > math.MaxInt32 {
			return nil, fmt.Errorf("cuda: Load: %s %v has %d elements, want at most 2³¹ − 1", v.Name, v.Shape,
				v.Size)
		}
	}
	g := &Program{dev: d, ctx: d.ctx, plan: p, sent: map[string]*outgoing{}}
	d.programs++
	if err := g.load(ctx); err != nil {
		_ = g.Close() // err says more than what closing would
		return nil, fmt.Errorf("cuda: Load: %w", err)
	}
	return g, nil
}

// load allocates the streams, the memory and the launches of the program and captures
// these as one graph.
func (g *Program) load(ctx context.Context) error {
	for _, s := range []*driver.Stream{&g.main, &g.copies, &g.results} {
		var err error
		if *s, err = g.ctx.NewStream(); err != nil {
			return err
		}
		stream := *s
		g.releases = append(g.releases, func() error { return g.ctx.FreeStream(stream) })
	}
	g.weightCopies = findWeightCopies(g.plan)
	if err := g.place(ctx); err != nil {
		return err
	}
	if err := g.bindWeightCopies(); err != nil {
		return err
	}
	for i := range g.launches {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l := &g.launches[i]
		f := driver.Function(0)
		if l.Kernel != nil {
			var err error
			if f, err = g.dev.function(l.Kernel); err != nil {
				return err
			}
			if err := g.dev.allowShared(l.Kernel, f, int(l.Shared)); err != nil {
				return err
			}
		}
		g.funcs = append(g.funcs, f)
	}
	if err := g.divide(); err != nil {
		return err
	}
	return g.capture(ctx)
}

// captureSegment makes one graph of the launches of seg.
func (g *Program) captureSegment(ctx context.Context, seg *segment) error {
	if seg.first == seg.end {
		return nil
	}
	if err := g.ctx.BeginCapture(g.main); err != nil {
		return err
	}
	var err error
	for i := seg.first; i < seg.end; i++ {
		if err = context.Cause(ctx); err == nil {
			err = g.enqueue(i)
		}
		if err != nil {
			break
		}
	}
	captured, end := g.ctx.EndCapture(g.main)
	if end != nil {
		return firstError(err, end)
	}
	exec, fault := g.ctx.Instantiate(captured) // of a part of the launches too: it frees what was captured
	if fault == nil {
		g.releases = append(g.releases, func() error { return g.ctx.FreeGraph(exec) })
	}
	seg.graph = exec
	return firstError(err, fault)
}

// enqueue puts launch i on the main stream.
func (g *Program) enqueue(i int) error {
	l := &g.launches[i]
	if err := g.confine(i); err != nil {
		return err
	}
	switch {
	case l.Kernel != nil:
		return g.ctx.Launch(g.funcs[i], l.Grid, l.Block, l.Shared, g.main, l.Args)
	case l.Src != 0:
		return g.ctx.CopyOnDevice(l.Dst, l.Src, l.Bytes, g.main)
	}
	return g.ctx.Fill(l.Dst, 0, l.Bytes/4, g.main)
}

// Run starts one run.
func (g *Program) Run() error {
	if err := g.ready("Run"); err != nil {
		return err
	}
	if err := g.takeInputs(); err != nil {
		return g.fail("Run", err)
	}
	return g.fail("Run", g.runSegments())
}

// ready is an error if the program is closed or its device has failed.
func (g *Program) ready(call string) error {
	switch {
	case g.closed:
		return errClosed
	case g.failed != nil:
		return fmt.Errorf("cuda: %s: the device failed before: %w", call, g.failed)
	}
	return nil
}

// fail keeps the first error of the device and names the call that met it.
func (g *Program) fail(call string, err error) error {
	if err == nil {
		return nil
	}
	if g.failed == nil {
		g.failed = err
	}
	return fmt.Errorf("cuda: %s: %w", call, err)
}

// Close waits for the runs so far and for what was sent, and releases the
// program's memory. After a failure of the device, which its caller knows of, nothing more is said.
func (g *Program) Close() error {
	if g.closed {
		return nil
	}
	g.closed = true
	g.dev.programs--
	var err error
	if g.failed == nil {
		for _, s := range []driver.Stream{g.copies, g.main, g.results} {
			if s != 0 {
				err = firstError(err, g.ctx.Synchronize(s))
			}
		}
	}
	for k := len(g.releases) - 1; k >= 0; k-- {
		err = firstError(err, g.releases[k]())
	}
	if g.failed != nil || err == nil {
		return nil
	}
	return fmt.Errorf("cuda: Close: %w", err)
}

// firstError is the first error there is; later ones may follow from it.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
