package cuda

import (
	"fmt"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// Device is one GPU, opened. It implements plan.Device; its methods and those
// of its programs may be called from one goroutine at a time.
type Device struct {
	ctx       driver.Context
	name      string
	prop      driver.Properties
	functions map[*kernels.Kernel]driver.Function
	modules   map[string]driver.Module
	programs  int  // open
	emulated  bool // its times are not those of a GPU

	mostBlocks int
	group      *comm.Group // that programs sum over
}

// LimitBlocks has programs that are loaded from now on run the kernels whose blocks take turns at
// their work on at most n blocks, 0 for as many as suit a GPU: a test sees with little work what
// happens in later turns. No result depends on it.
func (d *Device) LimitBlocks(n int) { d.mostBlocks = n }

// Driver is what devices are reached through: form "cuda" is the driver of this
// machine, "emu" the emulator.
func Driver(form string) (driver.Driver, error) {
	switch form {
	case "cuda":
		return openDriver() // whose error says "cuda: Open" itself
	case "emu":
		return openEmulator(), nil
	}
	return nil, fmt.Errorf("cuda: Open: form %q, want \"cuda\" or \"emu\"", form)
}

// Open opens device index through the driver of that form.
func Open(form string, index int) (*Device, error) {
	d, err := Driver(form)
	if err != nil {
		return nil, err
	}
	return New(d, index)
}

// New opens device index of d.
func New(d driver.Driver, index int) (*Device, error) {
	n, err := count(d)
	if err != nil {
		return nil, fmt.Errorf("cuda: Open: %w", err)
	}
	if index < 0 || index >= n {
		return nil, fmt.Errorf("cuda: Open: device %d, want one of %d", index, n)
	}
	p, err := d.Properties(index)
	if err != nil {
		return nil, fmt.Errorf("cuda: Open: device %d: %w", index, err)
	}
	if capability(p) < 75 {
		return nil, fmt.Errorf("cuda: Open: device %d, %s: compute capability %d.%d, want 7.5 or later",
			index, p.Name, p.Major, p.Minor)
	}
	ctx, err := d.Open(index)
	if err != nil {
		return nil, fmt.Errorf("cuda: Open: device %d: %w", index, err)
	}
	return &Device{
		ctx: ctx, prop: p, name: fmt.Sprintf("%s:%d %s (%d.%d)", form(d), index, p.Name, p.Major, p.Minor),
		emulated: form(d) == "emu", group: comm.Solo(),
		functions: map[*kernels.Kernel]driver.Function{}, modules: map[string]driver.Module{},
	}, nil
}

// form is what the command line calls a driver.
func form(d driver.Driver) string {
	if d.Name() == "emu" {
		return "emu"
	}
	return "cuda"
}

// capability is the compute capability as one number, 75 for 7.5.
func capability(p driver.Properties) int { return 10*p.Major + p.Minor }

// Name is the form, the index, the model and the compute capability.
func (d *Device) Name() string { return d.name }

// Precisions are all there are from compute capability 8.0 on, and Float32 alone before.
func (d *Device) Precisions() []plan.Precision {
	if capability(d.prop) < 80 {
		return []plan.Precision{plan.Float32}
	}
	return plan.Precisions()
}

// MultipliesStored reports whether operands that are bfloat16 in memory have kernels of their
// own, whose sums round elsewhere: Hopper's.
func (d *Device) MultipliesStored() bool { return capability(d.prop) == 90 }

// Properties are those of the driver.
func (d *Device) Properties() driver.Properties { return d.prop }

// Memory returns free and total device memory in bytes.
func (d *Device) Memory() (free, total uint64, err error) { return d.ctx.Memory() }

// Close releases the device. Its programs must be closed first.
func (d *Device) Close() error {
	if d.programs > 0 {
		return fmt.Errorf("cuda: Close: %d programs are open", d.programs)
	}
	var err error
	for _, k := range kernels.All() { // in a fixed order
		if m, ok := d.modules[k.Module]; ok {
			err = firstError(err, d.ctx.Unload(m))
			delete(d.modules, k.Module)
		}
	}
	if err = firstError(err, d.ctx.Close()); err != nil {
		return fmt.Errorf("cuda: Close: %w", err)
	}
	return nil
}

// defaultShared is the dynamic shared memory a kernel may have without asking.
const defaultShared = 48 << 10

// function returns k, loading its module when it is the first one of it.
func (d *Device) function(k *kernels.Kernel) (driver.Function, error) {
	if f, ok := d.functions[k]; ok {
		return f, nil
	}
	if k.Tensor() && capability(d.prop) < 80 {
		return 0, fmt.Errorf("%s: compute capability %d.%d, want 8.0 or later", k.Name, d.prop.Major,
			d.prop.Minor)
	}
	if k.Hopper() && capability(d.prop) != 90 {
		return 0, fmt.Errorf("%s: compute capability %d.%d, want 9.0", k.Name, d.prop.Major, d.prop.Minor)
	}
	m, ok := d.modules[k.Module]
	if !ok {
		ptx, err := kernels.PTX(k.Module)
		if err != nil {
			return 0, err
		}
		if m, err = d.ctx.Load(ptx); err != nil {
			return 0, fmt.Errorf("module %s: %w", k.Module, err)
		}
		d.modules[k.Module] = m
	}
	f, err := d.ctx.Function(m, k.Name)
	if err != nil {
		return 0, err
	}
	d.functions[k] = f
	return f, nil
}

// allowShared lets f have n bytes of dynamic shared memory.
func (d *Device) allowShared(k *kernels.Kernel, f driver.Function, n int) error {
	if n <= defaultShared {
		return nil
	}
	if n > d.prop.SharedPerBlockOptin {
		return fmt.Errorf("%s: %d bytes of shared memory, the device has %d for a block", k.Name, n,
			d.prop.SharedPerBlockOptin)
	}
	return d.ctx.SetFunctionAttribute(f, driver.MaxDynamicSharedSize, max(n, k.Shared))
}
