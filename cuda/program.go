package cuda

import (
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

	addr     []driver.Ptr // of values
	inputs   []*input     // as Plan.Inputs
	rounded  []*rounded   // states with a copy in bfloat16
	launches []kernels.Launch
	funcs    []driver.Function // of launches
	bounds   []bounds          // of steps

	main    driver.Stream // runs, and what must stand between two of them
	copies  driver.Stream // inputs on their way in
	results driver.Stream // parcels on their way out: no batch queues behind one
	graph   driver.GraphExec
	host    []byte // pinned, for Read and states
	sent    map[string]*parcel
	free    []func() error
	closed  bool
	failed  error // of the device: nothing runs after it
}

var errClosed = errors.New("cuda: the program is closed")

const (
	valueAlign = 256
	hostBytes  = 4 << 20 // of the pinned buffer, at most
)

// Load binds p to kernels and memory on d. A precision that the device lacks,
// an operator with no kernel and memory that does not suffice are errors.
func (d *Device) Load(p *plan.Plan) (plan.Program, error) {
	if p.Precision != plan.Float32 && capability(d.prop) < 80 {
		return nil, fmt.Errorf("cuda: Load: precision %v on %s: want compute capability 8.0 or later",
			p.Precision, d.name)
	}
	for _, v := range p.Values {
		if v.Size > math.MaxInt32 {
			return nil, fmt.Errorf("cuda: Load: %s %v has %d elements, want at most 2³¹ − 1", v.Name, v.Shape, v.Size)
		}
	}
	g := &Program{dev: d, ctx: d.ctx, plan: p, sent: map[string]*parcel{}}
	d.programs++
	if err := g.load(); err != nil {
		_ = g.Close() // what led here says more than what follows from it
		return nil, fmt.Errorf("cuda: Load: %w", err)
	}
	return g, nil
}

func (g *Program) load() error {
	for _, s := range []*driver.Stream{&g.main, &g.copies, &g.results} {
		var err error
		if *s, err = g.ctx.NewStream(); err != nil {
			return err
		}
		stream := *s
		g.free = append(g.free, func() error { return g.ctx.FreeStream(stream) })
	}
	g.rounded = findRounded(g.plan)
	if err := g.place(); err != nil {
		return err
	}
	if err := g.bindRounded(); err != nil {
		return err
	}
	for i := range g.launches {
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
	return g.capture()
}

// place makes the launches twice: once to learn how much memory they need, once
// with the addresses of that memory.
func (g *Program) place() error {
	p := g.plan
	named := g.layout(0)
	measure, _, err := launches(p, g.at, nil, valueAlign, valueAlign)
	if err != nil {
		return err
	}
	sizes := []uint64{named, 4 * uint64(p.Arena), measure.Scratch, uint64(len(measure.Data))}
	var at [4]driver.Ptr
	total := uint64(0)
	for _, n := range sizes {
		total += n
	}
	for k, n := range sizes {
		if n == 0 {
			continue
		}
		if at[k], err = g.alloc(n); errors.Is(err, driver.OutOfMemory) {
			free, all, _ := g.ctx.Memory()
			return fmt.Errorf("the plan wants %d bytes (%d of inputs and states, %d of temporaries, "+
				"%d of workspace), %d of %d are left: %w", total, sizes[0], sizes[1], sizes[2], free, all, err)
		} else if err != nil {
			return err
		}
	}
	g.layout(at[0])
	for v, q := range p.Values {
		if base, off := p.Root(v); p.Values[base].Class == plan.Temporary {
			g.addr[v] = at[1] + driver.Ptr(4*(p.Values[base].Offset+off))
		} else if q.Class == plan.Alias {
			g.addr[v] = g.addr[base] + driver.Ptr(4*off)
		}
	}
	l, uses, err := launches(p, g.at, g.rounded, at[2], at[3])
	if err != nil {
		return err
	}
	g.launches = l.Launches
	g.confines(at[1], at[2], at[3], uses)
	if err := g.hostBuffer(); err != nil {
		return err
	}
	if named > 0 {
		if err := g.ctx.Fill(at[0], 0, named/4, g.main); err != nil {
			return err
		}
	}
	if err := g.upload(at[3], l.Data); err != nil {
		return err
	}
	if err := g.openInputs(); err != nil {
		return err
	}
	return g.ctx.Synchronize(g.main) // the copying stream knows nothing of the fill
}

func (g *Program) at(v int) driver.Ptr { return g.addr[v] }

// layout gives inputs, states with their copies and the staging areas of inputs
// their addresses from base, and returns the bytes they take. Before there is memory every
// temporary is at the first aligned address.
func (g *Program) layout(base driver.Ptr) uint64 {
	g.addr = make([]driver.Ptr, len(g.plan.Values))
	for v := range g.addr {
		g.addr[v] = valueAlign
	}
	n := uint64(0)
	next := func(size int) driver.Ptr {
		p := base + driver.Ptr(n)
		n += (4*uint64(size) + valueAlign - 1) / valueAlign * valueAlign
		return p
	}
	for _, ports := range [][]plan.Port{g.plan.Inputs, g.plan.States} {
		for _, q := range ports {
			g.addr[q.Value] = next(g.plan.Values[q.Value].Size)
		}
	}
	for _, r := range g.rounded {
		r.Of, r.At = g.addr[r.value], next((r.N+1)/2)
	}
	g.inputs = nil
	for _, q := range g.plan.Inputs {
		size := g.plan.Values[q.Value].Size
		g.inputs = append(g.inputs, &input{n: size, dst: g.addr[q.Value], stage: [2]driver.Ptr{next(size),
			next(size)}, pending: -1})
	}
	return n
}

func (g *Program) alloc(n uint64) (driver.Ptr, error) {
	p, err := g.ctx.Alloc(n)
	if err == nil {
		g.free = append(g.free, func() error { return g.ctx.Free(p) })
	}
	return p, err
}

func (g *Program) allocHost(n int) ([]byte, error) {
	b, err := g.ctx.AllocHost(n)
	if err == nil {
		g.free = append(g.free, func() error { return g.ctx.FreeHost(b) })
	}
	return b, err
}

// hostBuffer makes the pinned buffer that states, outputs and constants pass.
func (g *Program) hostBuffer() (err error) {
	most := 256
	for _, v := range g.plan.Values {
		most = max(most, 4*v.Size)
	}
	g.host, err = g.allocHost(min(most, hostBytes))
	return err
}

// capture makes one graph of all launches.
func (g *Program) capture() error {
	if len(g.launches) == 0 {
		return nil
	}
	if err := g.ctx.BeginCapture(g.main); err != nil {
		return err
	}
	var err error
	for i := range g.launches {
		if err = g.enqueue(i); err != nil {
			break
		}
	}
	captured, end := g.ctx.EndCapture(g.main)
	if err = first(err, end); err != nil {
		return err
	}
	if g.graph, err = g.ctx.Instantiate(captured); err != nil {
		return err
	}
	g.free = append(g.free, func() error { return g.ctx.FreeGraph(g.graph) })
	return nil
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
	if g.graph == 0 {
		return nil
	}
	return g.fail("Run", g.ctx.LaunchGraph(g.graph, g.main))
}

func (g *Program) ready(call string) error {
	switch {
	case g.closed:
		return errClosed
	case g.failed != nil:
		return fmt.Errorf("cuda: %s: the device failed before: %w", call, g.failed)
	}
	return nil
}

// fail keeps the first error of the device.
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
				err = first(err, g.ctx.Synchronize(s))
			}
		}
	}
	for k := len(g.free) - 1; k >= 0; k-- {
		err = first(err, g.free[k]())
	}
	if g.failed != nil || err == nil {
		return nil
	}
	return fmt.Errorf("cuda: Close: %w", err)
}

// first is the first error there is: the later ones follow from it.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
