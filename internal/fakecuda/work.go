//go:build fakecuda

package main

/*
#include <stddef.h>
#include <stdint.h>
#include <string.h>
*/
import "C"

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Options of cuModuleLoadDataEx that are heeded.
const (
	jitErrorLog  = 5
	jitErrorSize = 6
)

//export cuModuleLoadDataEx
func cuModuleLoadDataEx(m *C.uint64_t, image *C.char, n C.uint, options *C.int, values *C.uintptr_t) C.int {
	text := C.GoBytes(unsafe.Pointer(image), C.int(C.strlen(image))+1)
	mod, log, r := api.Load(text)
	*m = out(uint64(mod))
	var to unsafe.Pointer
	var size int
	for i := range int(n) {
		value := unsafe.Slice(values, n)[i]
		switch unsafe.Slice(options, n)[i] {
		case jitErrorLog:
			to = *(*unsafe.Pointer)(unsafe.Pointer(&value))
		case jitErrorSize:
			size = int(value)
		}
	}
	if to != nil && size > 0 {
		b := unsafe.Slice((*byte)(to), size)
		b[copy(b[:size-1], log)] = 0
	}
	return C.int(r)
}

//export cuModuleUnload
func cuModuleUnload(m C.uint64_t) C.int { return C.int(api.Unload(driver.Module(in(m)))) }

//export cuModuleGetFunction
func cuModuleGetFunction(f *C.uint64_t, m C.uint64_t, name *C.char) C.int {
	g, r := api.Function(driver.Module(in(m)), C.GoString(name))
	*f = out(uint64(g))
	return C.int(r)
}

//export cuFuncGetAttribute
func cuFuncGetAttribute(v *C.int, attribute C.int, f C.uint64_t) C.int {
	n, r := api.FunctionAttribute(driver.Function(in(f)), driver.FunctionAttribute(attribute))
	*v = C.int(n)
	return C.int(r)
}

//export cuFuncSetAttribute
func cuFuncSetAttribute(f C.uint64_t, attribute, v C.int) C.int {
	return C.int(api.SetFunctionAttribute(driver.Function(in(f)), driver.FunctionAttribute(attribute),
		int(v)))
}

//export cuFuncGetParamInfo
func cuFuncGetParamInfo(f C.uint64_t, i C.size_t, offset, size *C.size_t) C.int {
	at := 0
	for k := 0; ; k++ {
		n, r := api.ParameterSize(driver.Function(in(f)), k)
		if r != 0 {
			return C.int(r)
		}
		at = (at + n - 1) / n * n // each parameter is aligned to its size
		if k == int(i) {
			*offset, *size = C.size_t(at), C.size_t(n)
			return 0
		}
		at += n
	}
}

//export cuLaunchKernel
func cuLaunchKernel(f C.uint64_t, gx, gy, gz, bx, by, bz, shared C.uint, s C.uint64_t,
	params, extra unsafe.Pointer) C.int {
	if extra != nil {
		return notSupported
	}
	grid := [3]uint32{uint32(gx), uint32(gy), uint32(gz)}
	block := [3]uint32{uint32(bx), uint32(by), uint32(bz)}
	return C.int(api.Launch(driver.Function(in(f)), grid, block, uint32(shared), driver.Stream(in(s)),
		params))
}
