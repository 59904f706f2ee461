//go:build amd64 || arm64

package dl

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// cuFuncGetAttribute(int *, CUfunction_attribute, CUfunction)
func (c *calls) FunctionAttribute(f driver.Function, a driver.FunctionAttribute) (int, driver.Code) {
	var v int32
	r := c.result(c.funcAttr, uintptr(unsafe.Pointer(&v)), uintptr(a), uintptr(f))
	return int(v), r
}

// cuFuncSetAttribute(CUfunction, CUfunction_attribute, int)
func (c *calls) SetFunctionAttribute(f driver.Function, a driver.FunctionAttribute, v int) driver.Code {
	return c.result(c.funcSetAttr, uintptr(f), uintptr(a), uintptr(v))
}

// cuLaunchKernel(CUfunction, unsigned ×3 grid, unsigned ×3 block, unsigned
// shared, CUstream, void **params, void **extra)
func (c *calls) Launch(f driver.Function, grid, block [3]uint32, shared uint32, s driver.Stream,
	params unsafe.Pointer) driver.Code {
	return c.quick(c.launch, uintptr(f),
		uintptr(grid[0]), uintptr(grid[1]), uintptr(grid[2]),
		uintptr(block[0]), uintptr(block[1]), uintptr(block[2]),
		uintptr(shared), uintptr(s), uintptr(params), 0)
}

// cuStreamCreate(CUstream *, unsigned)
func (c *calls) NewStream() (s driver.Stream, r driver.Code) {
	r = c.result(c.streamCreate, uintptr(unsafe.Pointer(&s)), nonBlocking)
	return s, r
}

// cuStreamDestroy(CUstream)
func (c *calls) FreeStream(s driver.Stream) driver.Code { return c.result(c.streamDestroy, uintptr(s)) }

// cuStreamSynchronize(CUstream)
func (c *calls) Synchronize(s driver.Stream) driver.Code { return c.quick(c.streamSync, uintptr(s)) }

// cuStreamWaitEvent(CUstream, CUevent, unsigned)
func (c *calls) Wait(s driver.Stream, e driver.Event) driver.Code {
	return c.quick(c.streamWait, uintptr(s), uintptr(e), 0)
}

// cuEventCreate(CUevent *, unsigned)
func (c *calls) NewEvent() (e driver.Event, r driver.Code) {
	r = c.result(c.eventCreate, uintptr(unsafe.Pointer(&e)), 0)
	return e, r
}

// cuEventDestroy(CUevent)
func (c *calls) FreeEvent(e driver.Event) driver.Code { return c.result(c.eventDestroy, uintptr(e)) }

// cuEventRecord(CUevent, CUstream)
func (c *calls) Record(e driver.Event, s driver.Stream) driver.Code {
	return c.quick(c.eventRecord, uintptr(e), uintptr(s))
}

// cuEventSynchronize(CUevent)
func (c *calls) SynchronizeEvent(e driver.Event) driver.Code {
	return c.quick(c.eventSync, uintptr(e))
}

// cuEventElapsedTime(float *, CUevent, CUevent)
func (c *calls) Elapsed(start, end driver.Event) (ms float32, r driver.Code) {
	r = c.result(c.eventElapsed, uintptr(unsafe.Pointer(&ms)), uintptr(start), uintptr(end))
	return ms, r
}

// cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode)
func (c *calls) BeginCapture(s driver.Stream) driver.Code {
	return c.result(c.captureBegin, uintptr(s), captureRelaxed)
}

// cuStreamEndCapture(CUstream, CUgraph *)
func (c *calls) EndCapture(s driver.Stream) (g driver.Graph, r driver.Code) {
	r = c.result(c.captureEnd, uintptr(s), uintptr(unsafe.Pointer(&g)))
	return g, r
}

// cuGraphDestroy(CUgraph)
func (c *calls) FreeGraph(g driver.Graph) driver.Code { return c.result(c.graphDestroy, uintptr(g)) }

// cuGraphInstantiateWithFlags(CUgraphExec *, CUgraph, unsigned long long), or before 11.4
// cuGraphInstantiate_v2(CUgraphExec *, CUgraph, CUgraphNode *, char *, size_t)
func (c *calls) Instantiate(g driver.Graph) (x driver.GraphExec, r driver.Code) {
	if c.graphInstantiate == 0 {
		r = c.result(c.graphInstantiateOld, uintptr(unsafe.Pointer(&x)), uintptr(g), 0, 0, 0)
		return x, r
	}
	r = c.result(c.graphInstantiate, uintptr(unsafe.Pointer(&x)), uintptr(g), 0)
	return x, r
}

// cuGraphLaunch(CUgraphExec, CUstream)
func (c *calls) LaunchGraph(g driver.GraphExec, s driver.Stream) driver.Code {
	return c.quick(c.graphLaunch, uintptr(g), uintptr(s))
}

// cuGraphExecDestroy(CUgraphExec)
func (c *calls) FreeExec(g driver.GraphExec) driver.Code { return c.result(c.execDestroy, uintptr(g)) }
