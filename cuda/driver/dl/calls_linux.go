//go:build amd64 || arm64

package dl

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/binding"
)

var _ binding.Calls = (*calls)(nil)

// Flags and limits of the C interface.
const (
	nonBlocking    = 1 // CU_STREAM_NON_BLOCKING: no implicit order with stream 0
	captureRelaxed = 2 // CU_STREAM_CAPTURE_MODE_RELAXED: any thread may go on
	hostPortable   = 1 // CU_MEMHOSTALLOC_PORTABLE: pinned for every context
	jitErrorLog    = 5 // CU_JIT_ERROR_LOG_BUFFER
	jitErrorSize   = 6 // CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
	logBytes       = 8 << 10
	nameBytes      = 256
)

// result calls fn, a C function that returns a CUresult. Memory that an
// argument points to must be converted to uintptr in the call itself: that is
// what keeps it alive and in place.
//
//go:uintptrescapes
func (c *calls) result(fn uintptr, args ...uintptr) driver.Code {
	r, _, _ := purego.SyscallN(fn, args...)
	return driver.Code(int32(r))
}

// words lend their memory to the arguments of one call.
var words = sync.Pool{New: func() any { return new([maxArgs]uintptr) }}

// maxArgs is how many arguments cuLaunchKernel takes.
const maxArgs = 11

// quick is result for calls whose arguments point to no Go memory: it
// allocates nothing, where result must put its arguments on the heap.
func (c *calls) quick(fn uintptr, args ...uintptr) driver.Code {
	w := words.Get().(*[maxArgs]uintptr)
	n := copy(w[:], args)
	r, _, _ := purego.SyscallN(fn, w[:n]...)
	words.Put(w)
	return driver.Code(int32(r))
}

func text(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// cuGetErrorString(CUresult, const char **)
func (c *calls) ErrorText(r driver.Code) string {
	var p *byte
	c.result(c.errorString, uintptr(r), uintptr(unsafe.Pointer(&p)))
	return text(p)
}

// cuDriverGetVersion(int *)
func (c *calls) Version() (int, driver.Code) {
	var v int32
	r := c.result(c.driverVersion, uintptr(unsafe.Pointer(&v)))
	return int(v), r
}

// cuDeviceGetCount(int *)
func (c *calls) Count() (int, driver.Code) {
	var n int32
	r := c.result(c.deviceCount, uintptr(unsafe.Pointer(&n)))
	return int(n), r
}

// cuDeviceGet(CUdevice *, int)
func (c *calls) Device(ordinal int) (dev int32, r driver.Code) {
	r = c.result(c.deviceGet, uintptr(unsafe.Pointer(&dev)), uintptr(ordinal))
	return dev, r
}

// cuDeviceGetName(char *, int, CUdevice)
func (c *calls) DeviceName(dev int32) (string, driver.Code) {
	b := make([]byte, nameBytes+1)
	r := c.result(c.deviceName, uintptr(unsafe.Pointer(&b[0])), nameBytes, uintptr(dev))
	return text(&b[0]), r
}

// cuDeviceTotalMem(size_t *, CUdevice)
func (c *calls) TotalMemory(dev int32) (n uint64, r driver.Code) {
	r = c.result(c.deviceMem, uintptr(unsafe.Pointer(&n)), uintptr(dev))
	return n, r
}

// cuDeviceGetAttribute(int *, CUdevice_attribute, CUdevice)
func (c *calls) DeviceAttribute(dev int32, attribute int) (int, driver.Code) {
	var v int32
	r := c.result(c.deviceAttr, uintptr(unsafe.Pointer(&v)), uintptr(attribute), uintptr(dev))
	return int(v), r
}

// cuDevicePrimaryCtxRetain(CUcontext *, CUdevice)
func (c *calls) Retain(dev int32) (ctx uintptr, r driver.Code) {
	r = c.result(c.retain, uintptr(unsafe.Pointer(&ctx)), uintptr(dev))
	return ctx, r
}

// cuDevicePrimaryCtxRelease(CUdevice)
func (c *calls) Release(dev int32) driver.Code { return c.result(c.release, uintptr(dev)) }

// cuCtxSetCurrent(CUcontext)
func (c *calls) SetCurrent(ctx uintptr) driver.Code { return c.quick(c.setCurrent, ctx) }

// cuMemGetInfo(size_t *, size_t *)
func (c *calls) MemoryInfo() (free, total uint64, r driver.Code) {
	r = c.result(c.memInfo, uintptr(unsafe.Pointer(&free)), uintptr(unsafe.Pointer(&total)))
	return free, total, r
}

// cuMemAlloc(CUdeviceptr *, size_t)
func (c *calls) Alloc(n uint64) (p driver.Ptr, r driver.Code) {
	r = c.result(c.memAlloc, uintptr(unsafe.Pointer(&p)), uintptr(n))
	return p, r
}

// cuMemFree(CUdeviceptr)
func (c *calls) Free(p driver.Ptr) driver.Code { return c.result(c.memFree, uintptr(p)) }

// cuMemHostAlloc(void **, size_t, unsigned)
func (c *calls) AllocHost(n int) (p unsafe.Pointer, r driver.Code) {
	r = c.result(c.hostAlloc, uintptr(unsafe.Pointer(&p)), uintptr(n), hostPortable)
	return p, r
}

// cuMemFreeHost(void *)
func (c *calls) FreeHost(p unsafe.Pointer) driver.Code { return c.result(c.hostFree, uintptr(p)) }

// cuMemcpyHtoDAsync(CUdeviceptr, const void *, size_t, CUstream)
func (c *calls) CopyToDevice(dst driver.Ptr, src unsafe.Pointer, n uint64, s driver.Stream) driver.Code {
	return c.quick(c.copyHtoD, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
}

// cuMemcpyDtoHAsync(void *, CUdeviceptr, size_t, CUstream)
func (c *calls) CopyToHost(dst unsafe.Pointer, src driver.Ptr, n uint64, s driver.Stream) driver.Code {
	return c.quick(c.copyDtoH, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
}

// cuMemcpyDtoDAsync(CUdeviceptr, CUdeviceptr, size_t, CUstream)
func (c *calls) CopyOnDevice(dst, src driver.Ptr, n uint64, s driver.Stream) driver.Code {
	return c.quick(c.copyDtoD, uintptr(dst), uintptr(src), uintptr(n), uintptr(s))
}

// cuMemsetD32Async(CUdeviceptr, unsigned, size_t, CUstream)
func (c *calls) Fill(dst driver.Ptr, v uint32, n uint64, s driver.Stream) driver.Code {
	return c.quick(c.memset, uintptr(dst), uintptr(v), uintptr(n), uintptr(s))
}

// cuModuleLoadDataEx(CUmodule *, const void *, unsigned, CUjit_option *, void **)
//
// The options are a log for what the compiler has to say: the address of a
// buffer and its size, each in the place of a pointer.
func (c *calls) Load(image []byte) (m driver.Module, log string, r driver.Code) {
	buffer := make([]byte, logBytes+1)
	var pin runtime.Pinner
	pin.Pin(&buffer[0])
	defer pin.Unpin()
	options := [2]int32{jitErrorLog, jitErrorSize}
	values := [2]uintptr{uintptr(unsafe.Pointer(&buffer[0])), logBytes}
	r = c.result(c.moduleLoad, uintptr(unsafe.Pointer(&m)), uintptr(unsafe.Pointer(&image[0])),
		2, uintptr(unsafe.Pointer(&options[0])), uintptr(unsafe.Pointer(&values[0])))
	return m, text(&buffer[0]), r
}

// cuModuleUnload(CUmodule)
func (c *calls) Unload(m driver.Module) driver.Code { return c.result(c.moduleUnload, uintptr(m)) }

// cuModuleGetFunction(CUfunction *, CUmodule, const char *)
func (c *calls) Function(m driver.Module, name string) (f driver.Function, r driver.Code) {
	z := append([]byte(name), 0)
	r = c.result(c.moduleFunction, uintptr(unsafe.Pointer(&f)), uintptr(m), uintptr(unsafe.Pointer(&z[0])))
	return f, r
}

// cuFuncGetParamInfo(CUfunction, size_t, size_t *, size_t *) finds the first
// parameter that is not there invalid.
func (c *calls) ParameterCount(f driver.Function) int {
	if c.funcParam == 0 {
		return -1
	}
	var offset, size uint64
	for n := 0; ; n++ {
		switch c.result(c.funcParam, uintptr(f), uintptr(n),
			uintptr(unsafe.Pointer(&offset)), uintptr(unsafe.Pointer(&size))) {
		case 0:
		case driver.InvalidValue:
			return n
		default:
			return -1
		}
	}
}
