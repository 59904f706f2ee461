// Package standin answers the raw calls of the CUDA driver API with any
// driver.Driver, which in practice is the emulator: what sits behind the
// library that stands in for libcuda.so.1 on machines without a GPU.
//
// It is the driver as the API knows it, not as the engine would like it: a call
// needs a context that is current on the calling thread, handles are believed,
// a parameter is read through a pointer in its own size, and an error is only a
// number. What is above it — the calls by name, the ledger of handles — is
// thereby tested for what a real driver would make of it.
package standin

import (
	"errors"
	"sync"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/binding"
)

// Results of the API beside those the engine tells apart.
const (
	invalidContext driver.Code = 201
	unknown        driver.Code = 999
)

// Standin implements binding.Calls. Its methods may be called from any thread;
// they take turns.
type Standin struct {
	d driver.Driver
	// Report, if set, is told every error before it shrinks to a number.
	Report func(error)

	mu      sync.Mutex
	primary map[int32]*primary // by device
	current map[int]int32      // device of the context current on a thread
}

// primary is the primary context of a device.
type primary struct {
	driver.Context
	users     int
	modules   map[driver.Module]map[string]signature
	functions map[driver.Function]signature
	spent     map[driver.Graph]bool // instantiated, which freed them
}

var _ binding.Calls = (*Standin)(nil)

// New returns the calls that d answers.
func New(d driver.Driver) *Standin {
	return &Standin{d: d, primary: make(map[int32]*primary), current: make(map[int]int32)}
}

// code is the number that is left of err.
func (s *Standin) code(err error) driver.Code {
	if err == nil {
		return 0
	}
	if s.Report != nil {
		s.Report(err)
	}
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return unknown
}

// with runs f with the context that is current on this thread.
func (s *Standin) with(f func(*primary) error) driver.Code {
	s.mu.Lock()
	defer s.mu.Unlock()
	dev, ok := s.current[thread()]
	if !ok || s.primary[dev] == nil {
		return invalidContext
	}
	return s.code(f(s.primary[dev]))
}

// ErrorText is cuGetErrorString.
func (s *Standin) ErrorText(r driver.Code) string { return errorText[r] }

// Version is cuDriverGetVersion.
func (s *Standin) Version() (int, driver.Code) {
	v, err := s.d.Version()
	return v, s.code(err)
}

// Count is cuDeviceGetCount.
func (s *Standin) Count() (int, driver.Code) {
	n, err := s.d.Devices()
	return n, s.code(err)
}

// Device is cuDeviceGet.
func (s *Standin) Device(ordinal int) (int32, driver.Code) {
	_, err := s.d.Properties(ordinal)
	return int32(ordinal), s.code(err)
}

// DeviceName is cuDeviceGetName.
func (s *Standin) DeviceName(dev int32) (string, driver.Code) {
	p, err := s.d.Properties(int(dev))
	return p.Name, s.code(err)
}

// TotalMemory is cuDeviceTotalMem.
func (s *Standin) TotalMemory(dev int32) (uint64, driver.Code) {
	p, err := s.d.Properties(int(dev))
	return p.Memory, s.code(err)
}

// DeviceAttribute is cuDeviceGetAttribute for the attributes that
// driver.Properties knows, and the limits of a launch.
func (s *Standin) DeviceAttribute(dev int32, attribute int) (int, driver.Code) {
	p, err := s.d.Properties(int(dev))
	if err != nil {
		return 0, s.code(err)
	}
	v, ok := map[int]int{
		1:  1024,     // threads of a block
		8:  48 << 10, // shared memory of a block
		10: 32,       // threads of a warp
		12: 64 << 10, // registers of a block
		13: p.ClockMHz * 1000,
		16: p.Multiprocessors,
		36: p.MemoryClockMHz * 1000,
		37: p.MemoryBusBits,
		38: p.L2Bytes,
		39: 2048, // threads of a multiprocessor
		75: p.Major,
		76: p.Minor,
		97: p.SharedPerBlockOptin,
	}[attribute]
	if !ok {
		return 0, driver.InvalidValue
	}
	return v, 0
}

// Retain is cuDevicePrimaryCtxRetain.
func (s *Standin) Retain(dev int32) (uintptr, driver.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.primary[dev]
	if p == nil {
		c, err := s.d.Open(int(dev))
		if err != nil {
			return 0, s.code(err)
		}
		p = &primary{
			Context:   c,
			modules:   make(map[driver.Module]map[string]signature),
			functions: make(map[driver.Function]signature),
			spent:     make(map[driver.Graph]bool),
		}
		s.primary[dev] = p
	}
	p.users++
	return uintptr(dev) + 1, 0
}

// Release is cuDevicePrimaryCtxRelease.
func (s *Standin) Release(dev int32) driver.Code {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.primary[dev]
	if p == nil {
		return invalidContext
	}
	if p.users--; p.users > 0 {
		return 0
	}
	delete(s.primary, dev)
	return s.code(p.Close())
}

// SetCurrent is cuCtxSetCurrent; 0 makes none current.
func (s *Standin) SetCurrent(ctx uintptr) driver.Code {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx == 0 {
		delete(s.current, thread())
		return 0
	}
	dev := int32(ctx - 1)
	if s.primary[dev] == nil {
		return invalidContext
	}
	s.current[thread()] = dev
	return 0
}

// MemoryInfo is cuMemGetInfo.
func (s *Standin) MemoryInfo() (free, total uint64, r driver.Code) {
	r = s.with(func(p *primary) (err error) { free, total, err = p.Memory(); return })
	return free, total, r
}

// Alloc is cuMemAlloc.
func (s *Standin) Alloc(n uint64) (q driver.Ptr, r driver.Code) {
	r = s.with(func(p *primary) (err error) { q, err = p.Alloc(n); return })
	return q, r
}

// Free is cuMemFree.
func (s *Standin) Free(q driver.Ptr) driver.Code {
	return s.with(func(p *primary) error { return p.Free(q) })
}

// AllocHost is cuMemHostAlloc.
func (s *Standin) AllocHost(n int) (q unsafe.Pointer, r driver.Code) {
	r = s.with(func(p *primary) error {
		b, err := p.AllocHost(n)
		q = unsafe.Pointer(unsafe.SliceData(b))
		return err
	})
	return q, r
}

// FreeHost is cuMemFreeHost.
func (s *Standin) FreeHost(q unsafe.Pointer) driver.Code {
	return s.with(func(p *primary) error { return p.FreeHost(unsafe.Slice((*byte)(q), 1)) })
}

// CopyToDevice is cuMemcpyHtoDAsync.
func (s *Standin) CopyToDevice(dst driver.Ptr, src unsafe.Pointer, n uint64, on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.CopyToDevice(dst, unsafe.Slice((*byte)(src), n), on) })
}

// CopyToHost is cuMemcpyDtoHAsync.
func (s *Standin) CopyToHost(dst unsafe.Pointer, src driver.Ptr, n uint64, on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.CopyToHost(unsafe.Slice((*byte)(dst), n), src, on) })
}

// CopyOnDevice is cuMemcpyDtoDAsync.
func (s *Standin) CopyOnDevice(dst, src driver.Ptr, n uint64, on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.CopyOnDevice(dst, src, n, on) })
}

// Fill is cuMemsetD32Async.
func (s *Standin) Fill(dst driver.Ptr, v uint32, n uint64, on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.Fill(dst, v, n, on) })
}
