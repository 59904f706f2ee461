// Package binding makes a driver.Driver out of raw calls of the CUDA driver
// API. How a call reaches the driver — opened at run time in dl, linked by cgo
// in cudrv — is a Calls; what every form owes its caller is here, once:
//
//   - A context is current for one OS thread, and a goroutine moves between
//     threads. Each method therefore locks its thread, makes the context
//     current, calls, and lets go: 0.15 µs for the two calls, where handing
//     them to a goroutine that owns a thread took 10 to 30 µs (BenchmarkThread in dl;
//     EPYC, two busy cores).
//   - The driver trusts the handles it is given: a stale stream may crash the
//     process. A ledger of what was handed out turns that into an error, and
//     lets Close leave nothing behind.
//   - A capture belongs to the thread that began it unless its mode is relaxed;
//     a goroutine may end it on another, so all captures are.
//   - Host memory of an asynchronous copy must be page-locked; what did not come
//     from AllocHost is refused rather than staged in secret.
//
// A replayed graph pays all that once for a whole step.
package binding

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// MinVersion is the oldest CUDA version accepted, as Driver.Version counts:
// 11.0 is the first that reads PTX 7.0, with the asynchronous copies and the
// bf16 tensor-core instructions of the kernels.
const MinVersion = 11000

// Calls are the calls of the driver API as they are: a device is its CUdevice,
// a result is a CUresult (0 is success), and all but the first group need the
// context to be current on the calling thread.
type Calls interface {
	Version() (int, driver.Code)
	Count() (int, driver.Code)
	Device(ordinal int) (dev int32, r driver.Code)
	DeviceName(dev int32) (string, driver.Code)
	TotalMemory(dev int32) (uint64, driver.Code)
	DeviceAttribute(dev int32, attribute int) (int, driver.Code)
	// ErrorText is cuGetErrorString, "" for a code the driver does not know.
	ErrorText(driver.Code) string
	// Retain and Release count users of the device's primary context.
	Retain(dev int32) (ctx uintptr, r driver.Code)
	Release(dev int32) driver.Code
	SetCurrent(ctx uintptr) driver.Code

	MemoryInfo() (free, total uint64, r driver.Code)
	Alloc(n uint64) (driver.Ptr, driver.Code)
	Free(driver.Ptr) driver.Code
	AllocHost(n int) (unsafe.Pointer, driver.Code)
	FreeHost(unsafe.Pointer) driver.Code
	CopyToDevice(dst driver.Ptr, src unsafe.Pointer, n uint64, s driver.Stream) driver.Code
	CopyToHost(dst unsafe.Pointer, src driver.Ptr, n uint64, s driver.Stream) driver.Code
	CopyOnDevice(dst, src driver.Ptr, n uint64, s driver.Stream) driver.Code
	Fill(dst driver.Ptr, v uint32, n uint64, s driver.Stream) driver.Code

	// Load takes an image that ends in a zero byte; log is what the compiler
	// said when it failed.
	Load(image []byte) (m driver.Module, log string, r driver.Code)
	Unload(driver.Module) driver.Code
	Function(m driver.Module, name string) (driver.Function, driver.Code)
	// ParameterCount returns −1 where the driver (before 12.4) cannot say.
	ParameterCount(driver.Function) int
	FunctionAttribute(driver.Function, driver.FunctionAttribute) (int, driver.Code)
	SetFunctionAttribute(driver.Function, driver.FunctionAttribute, int) driver.Code
	// Launch takes an array of pointers, one for each parameter.
	Launch(f driver.Function, grid, block [3]uint32, shared uint32, s driver.Stream,
		params unsafe.Pointer) driver.Code

	NewStream() (driver.Stream, driver.Code)
	FreeStream(driver.Stream) driver.Code
	Synchronize(driver.Stream) driver.Code
	Wait(driver.Stream, driver.Event) driver.Code

	NewEvent() (driver.Event, driver.Code)
	FreeEvent(driver.Event) driver.Code
	Record(driver.Event, driver.Stream) driver.Code
	SynchronizeEvent(driver.Event) driver.Code
	Elapsed(start, end driver.Event) (float32, driver.Code)

	BeginCapture(driver.Stream) driver.Code
	EndCapture(driver.Stream) (driver.Graph, driver.Code)
	FreeGraph(driver.Graph) driver.Code
	Instantiate(driver.Graph) (driver.GraphExec, driver.Code)
	LaunchGraph(driver.GraphExec, driver.Stream) driver.Code
	FreeExec(driver.GraphExec) driver.Code
}
