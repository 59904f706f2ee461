//go:build fakecuda

package main

// #include <stdint.h>
import "C"

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

//export cuStreamCreate
func cuStreamCreate(s *C.uint64_t, _ C.uint) C.int {
	t, r := api.NewStream()
	*s = out(uint64(t))
	return C.int(r)
}

//export cuStreamDestroy_v2
func cuStreamDestroy_v2(s C.uint64_t) C.int { return C.int(api.FreeStream(driver.Stream(in(s)))) }

//export cuStreamSynchronize
func cuStreamSynchronize(s C.uint64_t) C.int { return C.int(api.Synchronize(driver.Stream(in(s)))) }

//export cuStreamWaitEvent
func cuStreamWaitEvent(s, e C.uint64_t, _ C.uint) C.int {
	return C.int(api.Wait(driver.Stream(in(s)), driver.Event(in(e))))
}

//export cuEventCreate
func cuEventCreate(e *C.uint64_t, _ C.uint) C.int {
	f, r := api.NewEvent()
	*e = out(uint64(f))
	return C.int(r)
}

//export cuEventDestroy_v2
func cuEventDestroy_v2(e C.uint64_t) C.int { return C.int(api.FreeEvent(driver.Event(in(e)))) }

//export cuEventRecord
func cuEventRecord(e, s C.uint64_t) C.int {
	return C.int(api.Record(driver.Event(in(e)), driver.Stream(in(s))))
}

//export cuEventSynchronize
func cuEventSynchronize(e C.uint64_t) C.int { return C.int(api.SynchronizeEvent(driver.Event(in(e)))) }

//export cuEventElapsedTime
func cuEventElapsedTime(ms *C.float, start, end C.uint64_t) C.int {
	v, r := api.Elapsed(driver.Event(in(start)), driver.Event(in(end)))
	*ms = C.float(v)
	return C.int(r)
}

// relaxed is CU_STREAM_CAPTURE_MODE_RELAXED. The other modes tie a capture to
// the thread that began it, which a goroutine does not keep.
const relaxed = 2

//export cuStreamBeginCapture_v2
func cuStreamBeginCapture_v2(s C.uint64_t, mode C.int) C.int {
	if mode != relaxed {
		return notSupported
	}
	return C.int(api.BeginCapture(driver.Stream(in(s))))
}

//export cuStreamEndCapture
func cuStreamEndCapture(s C.uint64_t, g *C.uint64_t) C.int {
	h, r := api.EndCapture(driver.Stream(in(s)))
	*g = out(uint64(h))
	return C.int(r)
}

//export cuGraphDestroy
func cuGraphDestroy(g C.uint64_t) C.int { return C.int(api.FreeGraph(driver.Graph(in(g)))) }

//export cuGraphInstantiateWithFlags
func cuGraphInstantiateWithFlags(x *C.uint64_t, g C.uint64_t, _ C.uint64_t) C.int {
	y, r := api.Instantiate(driver.Graph(in(g)))
	*x = out(uint64(y))
	return C.int(r)
}

//export cuGraphInstantiate_v2
func cuGraphInstantiate_v2(x *C.uint64_t, g C.uint64_t, node, log unsafe.Pointer, n C.size_t) C.int {
	return cuGraphInstantiateWithFlags(x, g, 0)
}

//export cuGraphLaunch
func cuGraphLaunch(x, s C.uint64_t) C.int {
	return C.int(api.LaunchGraph(driver.GraphExec(in(x)), driver.Stream(in(s))))
}

//export cuGraphExecDestroy
func cuGraphExecDestroy(x C.uint64_t) C.int { return C.int(api.FreeExec(driver.GraphExec(in(x)))) }
