package emu

import (
	"fmt"
	"io"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Options say what machine is emulated, and how. The zero value is one device of compute
// capability 9.0 with 16 GiB, every check on, asynchronous work done as late as allowed.
type Options struct {
	Order    Order   // of blocks, warps and atomics of a warp
	Land     Landing // of cp.async and of work on streams
	Seed     uint64  // of Random and LandRandom
	Resident int     // blocks that run side by side; 0 and 1: one after the other

	Survey    bool // count a plan too large to run: see survey.go; Unchecked
	Unchecked bool // no sanitizer: faster, and Workers may be used
	Collect   bool // keep findings for Context.Findings and go on, where one can
	Workers   int  // goroutines for the blocks of a launch, see parallel.go; 0: one

	Print io.Writer // where printf of a kernel writes; nil: nowhere

	MaxInstructions uint64 // warp instructions of one launch; 0: 2^36

	Devices      int    // 0: one, unless NoDevice
	Major, Minor int    // compute capability; 0: 9.0
	Memory       uint64 // bytes; 0: 16 GiB
	Version      int    // CUDA version of the driver; 0: 12050

	// Faults to inject. Launches count from 1; those of a graph count too.
	NoDevice         bool
	OutOfMemoryAfter uint64 // Alloc fails once this many bytes have been asked for
	FailLaunch       int    // this launch fails when it runs
	LoseDevice       int    // at this launch the device is lost: every later call fails
}

// Driver is an emulated CUDA driver.
type Driver struct{ opt Options }

var _ driver.Driver = (*Driver)(nil)

// New returns a driver for the machine that o describes.
func New(o Options) *Driver {
	if o.Devices == 0 {
		o.Devices = 1
	}
	if o.NoDevice {
		o.Devices = 0
	}
	if o.Major == 0 {
		o.Major = 9
	}
	if o.Memory == 0 {
		o.Memory = 16 << 30
	}
	if o.Version == 0 {
		o.Version = 12050
	}
	o.Unchecked = o.Unchecked || o.Survey
	if o.MaxInstructions == 0 {
		o.MaxInstructions = 1 << 36
	}
	return &Driver{o}
}

// Name returns "emu".
func (d *Driver) Name() string { return "emu" }

// Version returns Options.Version.
func (d *Driver) Version() (int, error) { return d.opt.Version, nil }

// Devices returns the number of devices, 0 with Options.NoDevice.
func (d *Driver) Devices() (int, error) { return d.opt.Devices, nil }

// Properties describes device k. Clocks are those of no real device.
func (d *Driver) Properties(k int) (driver.Properties, error) {
	if err := d.valid("Properties", k); err != nil {
		return driver.Properties{}, err
	}
	return driver.Properties{
		Name: "PTX emulator", Major: d.opt.Major, Minor: d.opt.Minor, Memory: d.opt.Memory,
		Multiprocessors: 1, ClockMHz: 1, MemoryClockMHz: 1, MemoryBusBits: 8, L2Bytes: 1 << 20,
		SharedPerBlockOptin: sharedOptin(d.opt.Major, d.opt.Minor),
	}, nil
}

// sharedOptin is the shared memory a block may ask for.
func sharedOptin(major, minor int) int {
	switch 10*major + minor {
	case 75:
		return 64 << 10
	case 80, 87:
		return 163 << 10
	case 86, 89:
		return 99 << 10
	}
	if major >= 9 {
		return ptx.MaxShared
	}
	return 48 << 10
}

// maxPTX is the newest PTX a CUDA version understands, 10·major + minor.
func maxPTX(version int) int {
	major, minor := version/1000, version%1000/10
	switch {
	case major >= 12:
		return min(80+minor-minor/7, 89) // 12.7 stayed at 8.6
	case major == 11:
		return 70 + minor
	}
	return 63 + minor
}

// valid is an error if there is no device k.
func (d *Driver) valid(call string, k int) error {
	if d.opt.NoDevice {
		return &driver.Error{Call: call, Code: driver.NoDevice, Reason: "no CUDA-capable device is detected"}
	}
	if k < 0 || k >= d.opt.Devices {
		return &driver.Error{Call: fmt.Sprintf("%s device %d", call, k), Code: driver.InvalidDevice,
			Reason: fmt.Sprintf("there are %d devices", d.opt.Devices)}
	}
	return nil
}

// Open makes a context on device k. It is a *Context.
func (d *Driver) Open(k int) (driver.Context, error) {
	if err := d.valid("Open", k); err != nil {
		return nil, err
	}
	return newContext(d.opt), nil
}
