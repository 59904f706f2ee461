//go:build gpu && cgo

// Package cudrv reaches the CUDA driver by cgo: gorgonia.org/cu for the calls
// it has, a few lines of C for those it lacks (pinned memory, function
// attributes, capture and launch of graphs, the text of an error, a launch that
// allocates nothing). It is compiled only under the build tag gpu, with cuda.h
// of CUDA 11.8 to 12 and libcuda.so to link.
//
// A program that imports it needs a GPU to start at all: without libcuda.so.1
// it does not load, and cu's init calls cuInit and ends the process if there is
// no device. Package dl has neither limit and is the default.
package cudrv

import (
	"reflect"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/binding"
)

// Open returns the driver that the program is linked with. It fails with
// binding.ErrTooOld if that is older than the kernels need; whatever else may be
// wrong has ended the process before main.
func Open() (driver.Driver, error) { return binding.New("cu", calls{}) }

// calls implements binding.Calls.
type calls struct{}

var _ binding.Calls = calls{}

// unknown is CUDA_ERROR_UNKNOWN.
const unknown driver.Code = 999

// code is the CUresult in an error of cu, whose type cu keeps to itself.
func code(err error) driver.Code {
	if err == nil {
		return 0
	}
	if v := reflect.ValueOf(err); v.CanInt() {
		return driver.Code(v.Int())
	}
	return unknown
}

// handle is a type of cu that holds nothing but a handle of the driver.
type handle interface {
	cu.CUContext | cu.Module | cu.Function | cu.Stream | cu.Event | cu.Graph | cu.ExecGraph
}

// These are negative, and do not compile, unless a handle is all there is.
const (
	_ = -(unsafe.Sizeof(cu.CUContext{}) ^ 8)
	_ = -(unsafe.Sizeof(cu.Module{}) ^ 8)
	_ = -(unsafe.Sizeof(cu.Function{}) ^ 8)
	_ = -(unsafe.Sizeof(cu.Stream{}) ^ 8)
	_ = -(unsafe.Sizeof(cu.Event{}) ^ 8)
	_ = -(unsafe.Sizeof(cu.Graph{}) ^ 8)
	_ = -(unsafe.Sizeof(cu.ExecGraph{}) ^ 8)
)

// as is a handle of gorgonia.org/cu, number the number of one.
func as[T handle](h uint64) T     { return *(*T)(unsafe.Pointer(&h)) }
func number[T handle](h T) uint64 { return *(*uint64)(unsafe.Pointer(&h)) }

// on is a stream and ev an event of gorgonia.org/cu.
func on(s driver.Stream) cu.Stream { return as[cu.Stream](uint64(s)) }
func ev(e driver.Event) cu.Event   { return as[cu.Event](uint64(e)) }

func (calls) Version() (int, driver.Code) {
	v := cu.Version()
	if v < 0 {
		return 0, unknown
	}
	return v, 0
}

func (calls) Count() (int, driver.Code) {
	n, err := cu.NumDevices()
	return n, code(err)
}

func (calls) Device(ordinal int) (int32, driver.Code) {
	d, err := cu.GetDevice(ordinal)
	return int32(d), code(err)
}

func (calls) DeviceName(dev int32) (string, driver.Code) {
	name, err := cu.Device(dev).Name()
	return name, code(err)
}

func (calls) TotalMemory(dev int32) (uint64, driver.Code) {
	n, err := cu.Device(dev).TotalMem()
	return uint64(n), code(err)
}

func (calls) DeviceAttribute(dev int32, attribute int) (int, driver.Code) {
	v, err := cu.Device(dev).Attribute(cu.DeviceAttribute(attribute))
	return v, code(err)
}

func (calls) Retain(dev int32) (uintptr, driver.Code) {
	ctx, err := cu.Device(dev).RetainPrimaryCtx()
	return uintptr(number(ctx)), code(err)
}

func (calls) Release(dev int32) driver.Code { return code(cu.Device(dev).ReleasePrimaryCtx()) }

func (calls) SetCurrent(ctx uintptr) driver.Code {
	return code(cu.SetCurrentContext(as[cu.CUContext](uint64(ctx))))
}

func (calls) MemoryInfo() (free, total uint64, r driver.Code) {
	f, t, err := cu.MemInfo()
	return uint64(f), uint64(t), code(err)
}

func (calls) Alloc(n uint64) (driver.Ptr, driver.Code) {
	p, err := cu.MemAlloc(int64(n))
	return driver.Ptr(p), code(err)
}

func (calls) Free(p driver.Ptr) driver.Code { return code(cu.MemFree(cu.DevicePtr(p))) }

func (calls) FreeHost(p unsafe.Pointer) driver.Code { return code(cu.MemFreeHost(p)) }

func (calls) CopyToDevice(dst driver.Ptr, src unsafe.Pointer, n uint64, s driver.Stream) driver.Code {
	return code(cu.MemcpyHtoDAsync(cu.DevicePtr(dst), src, int64(n), on(s)))
}

func (calls) CopyToHost(dst unsafe.Pointer, src driver.Ptr, n uint64, s driver.Stream) driver.Code {
	return code(cu.MemcpyDtoHAsync(dst, cu.DevicePtr(src), int64(n), on(s)))
}

func (calls) CopyOnDevice(dst, src driver.Ptr, n uint64, s driver.Stream) driver.Code {
	return code(cu.MemcpyDtoDAsync(cu.DevicePtr(dst), cu.DevicePtr(src), int64(n), on(s)))
}

func (calls) Fill(dst driver.Ptr, v uint32, n uint64, s driver.Stream) driver.Code {
	return code(cu.MemsetD32Async(cu.DevicePtr(dst), uint(v), int64(n), on(s)))
}

func (calls) Unload(m driver.Module) driver.Code { return code(as[cu.Module](uint64(m)).Unload()) }

func (calls) Function(m driver.Module, name string) (driver.Function, driver.Code) {
	f, err := as[cu.Module](uint64(m)).Function(name)
	return driver.Function(number(f)), code(err)
}

func (calls) FunctionAttribute(f driver.Function, a driver.FunctionAttribute) (int, driver.Code) {
	v, err := as[cu.Function](uint64(f)).Attribute(cu.FunctionAttribute(a))
	return v, code(err)
}

func (calls) NewStream() (driver.Stream, driver.Code) {
	s, err := cu.MakeStream(cu.NonBlocking)
	return driver.Stream(number(s)), code(err)
}

func (calls) FreeStream(s driver.Stream) driver.Code {
	t := on(s)
	return code(t.Destroy())
}

func (calls) Synchronize(s driver.Stream) driver.Code { return code(on(s).Synchronize()) }

func (calls) Wait(s driver.Stream, e driver.Event) driver.Code { return code(on(s).Wait(ev(e), 0)) }

func (calls) NewEvent() (driver.Event, driver.Code) {
	e, err := cu.MakeEvent(cu.DefaultEvent)
	return driver.Event(number(e)), code(err)
}

func (calls) FreeEvent(e driver.Event) driver.Code {
	f := ev(e)
	return code(cu.DestroyEvent(&f))
}

func (calls) Record(e driver.Event, s driver.Stream) driver.Code { return code(ev(e).Record(on(s))) }

func (calls) SynchronizeEvent(e driver.Event) driver.Code { return code(ev(e).Synchronize()) }

func (calls) Elapsed(start, end driver.Event) (float32, driver.Code) {
	ms, err := ev(start).Elapsed(ev(end))
	return float32(ms), code(err)
}

func (calls) FreeGraph(g driver.Graph) driver.Code { return code(as[cu.Graph](uint64(g)).Destroy()) }

func (calls) FreeExec(x driver.GraphExec) driver.Code {
	return code(as[cu.ExecGraph](uint64(x)).Destroy())
}
