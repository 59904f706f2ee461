package binding

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// ErrTooOld is in the chain of New's error when the driver is before MinVersion.
var ErrTooOld = errors.New("driver too old")

// Numbers of CUdevice_attribute.
const (
	clockKHz            = 13
	multiprocessors     = 16
	memoryClockKHz      = 36
	memoryBusBits       = 37
	l2Bytes             = 38
	computeMajor        = 75
	computeMinor        = 76
	sharedPerBlockOptin = 97
)

// Driver is a driver.Driver over Calls.
type Driver struct {
	name  string
	calls Calls
}

var _ driver.Driver = (*Driver)(nil)

// New returns the driver that calls reaches, which must be initialised. It
// fails if the driver is older than MinVersion.
func New(name string, calls Calls) (driver.Driver, error) {
	d := &Driver{name, calls}
	v, err := d.Version()
	if err != nil {
		return nil, err
	}
	if v < MinVersion {
		return nil, fmt.Errorf("cuda: Open: %w: it supports CUDA %s, want %s or newer",
			ErrTooOld, versionText(v), versionText(MinVersion))
	}
	return d, nil
}

// versionText is a CUDA version for people, 12.4 for 12040.
func versionText(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// fail makes the error for result r of a call described by format and args.
func fail(calls Calls, r driver.Code, format string, args ...any) *driver.Error {
	reason := calls.ErrorText(r)
	if reason == "" {
		reason = "unknown error"
	}
	return &driver.Error{Call: fmt.Sprintf(format, args...), Code: r, Reason: reason}
}

// Name implements driver.Driver.
func (d *Driver) Name() string { return d.name }

// Version implements driver.Driver.
func (d *Driver) Version() (int, error) {
	v, r := d.calls.Version()
	if r != 0 {
		return 0, fail(d.calls, r, "Version")
	}
	return v, nil
}

// Devices implements driver.Driver.
func (d *Driver) Devices() (int, error) {
	n, r := d.calls.Count()
	if r == driver.NoDevice {
		return 0, nil
	}
	if r != 0 {
		return 0, fail(d.calls, r, "Devices")
	}
	return n, nil
}

// device returns the CUdevice with ordinal k.
func (d *Driver) device(op string, k int) (int32, error) {
	n, err := d.Devices()
	if err != nil {
		return 0, err
	}
	if k < 0 || k >= n {
		return 0, &driver.Error{Call: fmt.Sprintf("%s(%d)", op, k), Code: driver.InvalidDevice,
			Reason: fmt.Sprintf("there are %d devices", n)}
	}
	dev, r := d.calls.Device(k)
	if r != 0 {
		return 0, fail(d.calls, r, "%s(%d)", op, k)
	}
	return dev, nil
}

// Properties implements driver.Driver.
func (d *Driver) Properties(k int) (driver.Properties, error) {
	var p driver.Properties
	dev, err := d.device("Properties", k)
	if err != nil {
		return p, err
	}
	var r driver.Code
	if p.Name, r = d.calls.DeviceName(dev); r != 0 {
		return p, fail(d.calls, r, "Properties(%d): name", k)
	}
	if p.Memory, r = d.calls.TotalMemory(dev); r != 0 {
		return p, fail(d.calls, r, "Properties(%d): memory", k)
	}
	for _, a := range []struct {
		number int
		per    int // the driver's units in ours
		to     *int
	}{
		{computeMajor, 1, &p.Major},
		{computeMinor, 1, &p.Minor},
		{multiprocessors, 1, &p.Multiprocessors},
		{clockKHz, 1000, &p.ClockMHz},
		{memoryClockKHz, 1000, &p.MemoryClockMHz},
		{memoryBusBits, 1, &p.MemoryBusBits},
		{l2Bytes, 1, &p.L2Bytes},
		{sharedPerBlockOptin, 1, &p.SharedPerBlockOptin},
	} {
		v, r := d.calls.DeviceAttribute(dev, a.number)
		if r != 0 {
			return p, fail(d.calls, r, "Properties(%d): attribute %d", k, a.number)
		}
		*a.to = v / a.per
	}
	return p, nil
}

// Open implements driver.Driver. The context is the device's primary one,
// which libraries in the same process share.
func (d *Driver) Open(k int) (driver.Context, error) {
	dev, err := d.device("Open", k)
	if err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, r := d.calls.Retain(dev)
	if r != 0 {
		return nil, fail(d.calls, r, "Open(%d)", k)
	}
	c := &Context{calls: d.calls, dev: dev, ctx: ctx, live: newLedger()}
	if err := c.allocParams(); err != nil {
		d.calls.Release(dev)
		return nil, err
	}
	return c, nil
}

// params is the memory a launch reads its parameters from: slot[i] holds
// parameter i and to[i] is its address, once and for all. It is the driver's
// memory, so no Go pointer is ever stored where C reads.
type params struct {
	to   [maxParams]unsafe.Pointer
	slot [maxParams]uint64
}

// maxParams is how many 8-byte words fit in 4096 bytes, the parameter space of
// a kernel (before CUDA 12.1, and of the kernels here).
const maxParams = 512

// allocParams allocates the memory that parameters of launches are passed in.
func (c *Context) allocParams() error {
	if r := c.calls.SetCurrent(c.ctx); r != 0 {
		return fail(c.calls, r, "Open: make the context current")
	}
	size := int(unsafe.Sizeof(params{}))
	p, r := c.calls.AllocHost(size)
	if r != 0 {
		return fail(c.calls, r, "Open: %d bytes of host memory for parameters", size)
	}
	c.params = (*params)(p)
	for i := range c.params.to {
		c.params.to[i] = unsafe.Pointer(&c.params.slot[i])
	}
	return nil
}
