//go:build gpu && cgo

package cudrv

/*
#cgo LDFLAGS: -lcuda -ldl
#define _GNU_SOURCE
#include <cuda.h>
#include <dlfcn.h>
#include <stdint.h>

// Handles travel as numbers: what is no pointer to Go must not look like one.
typedef uint64_t handle;

static CUresult host_alloc(void **p, size_t n) {
	return cuMemHostAlloc(p, n, CU_MEMHOSTALLOC_PORTABLE);
}

static CUresult load(handle *m, const void *image, char *log, size_t n) {
	CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
	void *values[] = {log, (void *)n};
	return cuModuleLoadDataEx((CUmodule *)m, image, 2, options, values);
}

// cuFuncGetParamInfo came with CUDA 12.4, so it is looked up and not linked.
static int parameters(handle f) {
	CUresult (*info)(CUfunction, size_t, size_t *, size_t *) = dlsym(RTLD_DEFAULT, "cuFuncGetParamInfo");
	if (!info) return -1;
	for (int n = 0;; n++) {
		size_t offset, size;
		CUresult r = info((CUfunction)f, n, &offset, &size);
		if (r) return r == CUDA_ERROR_INVALID_VALUE ? n : -1;
	}
}

static CUresult set_attribute(handle f, int attribute, int v) {
	return cuFuncSetAttribute((CUfunction)f, (CUfunction_attribute)attribute, v);
}

static CUresult launch(handle f, uint32_t gx, uint32_t gy, uint32_t gz, uint32_t bx, uint32_t by, uint32_t bz,
	uint32_t shared, handle s, void *params) {
	return cuLaunchKernel((CUfunction)f, gx, gy, gz, bx, by, bz, shared, (CUstream)s, params, 0);
}

static CUresult begin(handle s) {
	return cuStreamBeginCapture((CUstream)s, CU_STREAM_CAPTURE_MODE_RELAXED);
}

static CUresult end(handle s, handle *g) { return cuStreamEndCapture((CUstream)s, (CUgraph *)g); }

static CUresult instantiate(handle *x, handle g) {
	return cuGraphInstantiate((CUgraphExec *)x, (CUgraph)g, 0);
}

static CUresult graph_launch(handle x, handle s) { return cuGraphLaunch((CUgraphExec)x, (CUstream)s); }
*/
import "C"

import (
	"bytes"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

const logBytes = 8 << 10

func (calls) ErrorText(r driver.Code) string {
	var text *C.char
	C.cuGetErrorString(C.CUresult(r), &text)
	return C.GoString(text)
}

func (calls) AllocHost(n int) (p unsafe.Pointer, r driver.Code) {
	r = driver.Code(C.host_alloc(&p, C.size_t(n)))
	return p, r
}

func (calls) Load(image []byte) (driver.Module, string, driver.Code) {
	var m C.handle
	log := make([]byte, logBytes+1)
	r := C.load(&m, unsafe.Pointer(&image[0]), (*C.char)(unsafe.Pointer(&log[0])), logBytes)
	text, _, _ := bytes.Cut(log, []byte{0})
	return driver.Module(m), string(text), driver.Code(r)
}

func (calls) ParameterCount(f driver.Function) int { return int(C.parameters(C.handle(f))) }

func (calls) SetFunctionAttribute(f driver.Function, a driver.FunctionAttribute, v int) driver.Code {
	return driver.Code(C.set_attribute(C.handle(f), C.int(a), C.int(v)))
}

func (calls) Launch(f driver.Function, grid, block [3]uint32, shared uint32, s driver.Stream,
	params unsafe.Pointer) driver.Code {
	return driver.Code(C.launch(C.handle(f),
		C.uint32_t(grid[0]), C.uint32_t(grid[1]), C.uint32_t(grid[2]),
		C.uint32_t(block[0]), C.uint32_t(block[1]), C.uint32_t(block[2]),
		C.uint32_t(shared), C.handle(s), params))
}

func (calls) BeginCapture(s driver.Stream) driver.Code { return driver.Code(C.begin(C.handle(s))) }

func (calls) EndCapture(s driver.Stream) (driver.Graph, driver.Code) {
	var g C.handle
	r := C.end(C.handle(s), &g)
	return driver.Graph(g), driver.Code(r)
}

func (calls) Instantiate(g driver.Graph) (driver.GraphExec, driver.Code) {
	var x C.handle
	r := C.instantiate(&x, C.handle(g))
	return driver.GraphExec(x), driver.Code(r)
}

func (calls) LaunchGraph(x driver.GraphExec, s driver.Stream) driver.Code {
	return driver.Code(C.graph_launch(C.handle(x), C.handle(s)))
}
