package cpu

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/plan"
)

// Options choose how a device runs. What it computes depends on the class of Form alone, at precision bf16.
type Options struct {
	Workers int           // goroutines that compute; 0 is one for each core
	Level   kernels.Level // instruction set; Auto is the best there is
	Form    bf16.Form     // how to multiply bfloat16; Auto is the best that there is at Level

	// Group is whom an AllSum adds up with; nil is a group of one.
	Group *comm.Group
	// Bucket is the most elements of the ranges that an AllSum is cut in, which are summed
	// one after another while the next are computed; 0 is 2²⁰.
	Bucket int

	// Poison fills the memory of temporaries with NaN before each run, so that reading
	// what no step has written gives NaN. It is for tests.
	Poison bool
}

// Device runs plans on the CPU. Each program has its own workers, so programs of
// one device may run at the same time.
type Device struct {
	opt    Options
	name   string
	closed bool
}

// errClosed is the error of whatever is called on a closed device or program.
var errClosed = errors.New("cpu: the device or program is closed")

// New returns a device. It fails if this machine cannot run the level or the form, or the number of
// workers is out of range.
func New(o Options) (*Device, error) {
	k := kernels.Options{Workers: o.Workers, Level: o.Level}
	if o.Form != bf16.Auto {
		k.Precision, k.Form = plan.BFloat16, o.Form
	}
	e, err := kernels.New(k)
	if err != nil {
		return nil, fmt.Errorf("cpu: New: %w", err)
	}
	defer e.Close()
	if o.Group == nil {
		o.Group = comm.Solo()
	}
	if o.Bucket <= 0 {
		o.Bucket = usualBucket
	}
	o.Workers = e.Pool().Workers()
	return &Device{opt: o, name: fmt.Sprintf("cpu (%d workers, %v)", o.Workers, e.Level())}, nil
}

// Name names the device, its workers and its level: "cpu (2 workers, avx512)".
func (d *Device) Name() string { return d.name }

// Precisions are Float32 and BFloat16.
func (d *Device) Precisions() []plan.Precision { return []plan.Precision{plan.Float32, plan.BFloat16} }

// Order is the class of the form at precision BFloat16; in float32 every CPU adds in one order.
func (d *Device) Order(p plan.Precision) string {
	if p != plan.BFloat16 {
		return ""
	}
	f, err := d.form()
	if err != nil {
		return ""
	}
	return string(f.Class())
}

// Close ends the device: it loads no further programs. Those that are loaded go on, and
// each must be closed.
func (d *Device) Close() error {
	d.closed = true
	return nil
}

// Load binds p, which must be of a precision that Precisions lists.
func (d *Device) Load(ctx context.Context, p *plan.Plan) (plan.Program, error) {
	if d.closed {
		return nil, errClosed
	}
	g, err := d.load(ctx, p)
	if err != nil {
		return nil, err
	}
	return g, nil
}

// load is Load; this package's tests see the Program.
func (d *Device) load(ctx context.Context, p *plan.Plan) (*Program, error) {
	if err := plan.CheckPrecision(d, p.Precision); err != nil {
		return nil, fmt.Errorf("cpu: Load: %w", err)
	}
	if err := fits(p); err != nil {
		return nil, fmt.Errorf("cpu: Load: %w", err)
	}
	e, err := kernels.New(kernels.Options{
		Workers: d.opt.Workers, Level: d.opt.Level, Precision: p.Precision, Form: d.opt.Form,
	})
	if err != nil {
		return nil, fmt.Errorf("cpu: Load: %w", err)
	}
	g := &Program{plan: p, device: d.name, engine: e, vec: kernels.NewVec(e.Level()), poison: d.opt.Poison,
		group: d.opt.Group, bucket: d.opt.Bucket}
	g.allocate()
	g.findPacked()
	if err := g.bind(ctx); err != nil {
		e.Close()
		return nil, fmt.Errorf("cpu: Load: %w", err)
	}
	return g, nil
}

// Fits is an error if this process can never hold p.
func (d *Device) Fits(_ context.Context, p *plan.Plan) error {
	if err := fits(p); err != nil {
		return fmt.Errorf("cpu: Fits: %w: %w", plan.ErrNoRoom, err)
	}
	return nil
}

var _ plan.Fitter = (*Device)(nil)

// fits refuses a plan that this process can never hold. One that fits may still find
// the memory in use by others.
func fits(p *plan.Plan) error {
	named := 0
	for _, ports := range [][]plan.Port{p.Inputs, p.States} {
		for _, q := range ports {
			named += p.Values[q.Value].Size
		}
	}
	if err := memory.Fits(4 * (uint64(named) + uint64(p.Arena))); err != nil {
		return fmt.Errorf("the plan: %w (%d of inputs and states, %d of temporaries): "+
			"a smaller batch or a larger accumulate takes less", err, 4*uint64(named), 4*uint64(p.Arena))
	}
	return nil
}
