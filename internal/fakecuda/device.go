//go:build fakecuda

package main

/*
#include <stddef.h>
#include <stdint.h>
#include <string.h>
*/
import "C"

import (
	"sync/atomic"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// initialised is set by cuInit; before it only the version can be asked for.
var initialised atomic.Bool

// gate is what every call but the first returns before cuInit.
func gate() driver.Code {
	if !initialised.Load() {
		return driver.NotInitialized
	}
	return 0
}

//export cuInit
func cuInit(flags C.uint) C.int {
	if flags != 0 {
		return C.int(driver.InvalidValue)
	}
	if initResult != 0 {
		return C.int(initResult)
	}
	initialised.Store(true)
	return 0
}

//export cuDriverGetVersion
func cuDriverGetVersion(v *C.int) C.int {
	n, r := api.Version()
	*v = C.int(n)
	return C.int(r)
}

//export cuGetErrorString
func cuGetErrorString(code C.int, text **C.char) C.int {
	*text = cText(driver.Code(code))
	if *text == nil {
		return C.int(driver.InvalidValue)
	}
	return 0
}

//export cuDeviceGetCount
func cuDeviceGetCount(n *C.int) C.int {
	if r := gate(); r != 0 {
		return C.int(r)
	}
	count, r := api.Count()
	*n = C.int(count)
	return C.int(r)
}

//export cuDeviceGet
func cuDeviceGet(dev *C.int, ordinal C.int) C.int {
	if r := gate(); r != 0 {
		return C.int(r)
	}
	d, r := api.Device(int(ordinal))
	*dev = C.int(d)
	return C.int(r)
}

//export cuDeviceGetName
func cuDeviceGetName(to *C.char, n C.int, dev C.int) C.int {
	name, r := api.DeviceName(int32(dev))
	if r != 0 || n <= 0 {
		return C.int(r)
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(to)), int(n))
	b[copy(b[:n-1], name)] = 0
	return 0
}

//export cuDeviceTotalMem_v2
func cuDeviceTotalMem_v2(bytes *C.size_t, dev C.int) C.int {
	n, r := api.TotalMemory(int32(dev))
	*bytes = C.size_t(n)
	return C.int(r)
}

//export cuDeviceGetAttribute
func cuDeviceGetAttribute(v *C.int, attribute, dev C.int) C.int {
	n, r := api.DeviceAttribute(int32(dev), int(attribute))
	*v = C.int(n)
	return C.int(r)
}

//export cuDevicePrimaryCtxRetain
func cuDevicePrimaryCtxRetain(ctx *C.uint64_t, dev C.int) C.int {
	if r := gate(); r != 0 {
		return C.int(r)
	}
	c, r := api.Retain(int32(dev))
	*ctx = out(uint64(c))
	return C.int(r)
}

//export cuDevicePrimaryCtxRelease_v2
func cuDevicePrimaryCtxRelease_v2(dev C.int) C.int { return C.int(api.Release(int32(dev))) }

//export cuCtxSetCurrent
func cuCtxSetCurrent(ctx C.uint64_t) C.int {
	if r := gate(); r != 0 {
		return C.int(r)
	}
	return C.int(api.SetCurrent(uintptr(in(ctx))))
}
