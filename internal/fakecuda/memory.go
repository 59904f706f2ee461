//go:build fakecuda

package main

/*
#include <stddef.h>
#include <stdint.h>
*/
import "C"

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

//export cuMemGetInfo_v2
func cuMemGetInfo_v2(free, total *C.size_t) C.int {
	f, t, r := api.MemoryInfo()
	*free, *total = C.size_t(f), C.size_t(t)
	return C.int(r)
}

//export cuMemAlloc_v2
func cuMemAlloc_v2(p *C.uint64_t, n C.size_t) C.int {
	q, r := api.Alloc(uint64(n))
	*p = C.uint64_t(q)
	return C.int(r)
}

//export cuMemFree_v2
func cuMemFree_v2(p C.uint64_t) C.int { return C.int(api.Free(driver.Ptr(p))) }

//export cuMemHostAlloc
func cuMemHostAlloc(p *C.uintptr_t, n C.size_t, _ C.uint) C.int {
	q, r := api.AllocHost(int(n))
	*p = C.uintptr_t(uintptr(q)) // the emulator keeps it until cuMemFreeHost
	return C.int(r)
}

//export cuMemFreeHost
func cuMemFreeHost(p unsafe.Pointer) C.int { return C.int(api.FreeHost(p)) }

//export cuMemcpyHtoDAsync_v2
func cuMemcpyHtoDAsync_v2(dst C.uint64_t, src unsafe.Pointer, n C.size_t, s C.uint64_t) C.int {
	return C.int(api.CopyToDevice(driver.Ptr(dst), src, uint64(n), driver.Stream(in(s))))
}

//export cuMemcpyDtoHAsync_v2
func cuMemcpyDtoHAsync_v2(dst unsafe.Pointer, src C.uint64_t, n C.size_t, s C.uint64_t) C.int {
	return C.int(api.CopyToHost(dst, driver.Ptr(src), uint64(n), driver.Stream(in(s))))
}

//export cuMemcpyDtoDAsync_v2
func cuMemcpyDtoDAsync_v2(dst, src C.uint64_t, n C.size_t, s C.uint64_t) C.int {
	return C.int(api.CopyOnDevice(driver.Ptr(dst), driver.Ptr(src), uint64(n), driver.Stream(in(s))))
}

//export cuMemsetD32Async
func cuMemsetD32Async(dst C.uint64_t, v C.uint, n C.size_t, s C.uint64_t) C.int {
	return C.int(api.Fill(driver.Ptr(dst), uint32(v), uint64(n), driver.Stream(in(s))))
}
