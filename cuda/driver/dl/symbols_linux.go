//go:build amd64 || arm64

package dl

import "fmt"

// calls are the addresses of the driver's functions, 0 if it lacks one that is
// optional.
type calls struct {
	init, driverVersion, errorString                          uintptr
	deviceCount, deviceGet, deviceName, deviceMem, deviceAttr uintptr
	retain, release, setCurrent                               uintptr
	memInfo, memAlloc, memFree, hostAlloc, hostFree           uintptr
	copyHtoD, copyDtoH, copyDtoD, memset                      uintptr
	moduleLoad, moduleUnload, moduleFunction                  uintptr
	funcAttr, funcSetAttr, funcParam, launch                  uintptr
	streamCreate, streamDestroy, streamSync, streamWait       uintptr
	eventCreate, eventDestroy, eventRecord, eventSync         uintptr
	eventElapsed                                              uintptr
	captureBegin, captureEnd                                  uintptr
	graphDestroy, graphInstantiate, graphInstantiateOld       uintptr
	graphLaunch, execDestroy                                  uintptr
}

type symbol struct {
	name     string
	to       *uintptr
	optional bool
	instead  *uintptr // that is called where the driver has it: then this one may be missing
}

// look finds the calls by their names. One that is missing is an error, unless it is optional or
// another serves instead; then it is 0.
func (c *calls) look(find func(name string) (uintptr, error)) error {
	for _, s := range c.symbols() {
		at, err := find(s.name)
		if err == nil {
			*s.to = at
		} else if !s.optional && (s.instead == nil || *s.instead == 0) {
			return fmt.Errorf("cuda: Open: %w: %s: %v", ErrSymbol, s.name, err)
		}
	}
	return nil
}

// symbols are what is looked up, in this order. Those that are optional came after CUDA 11.0.
func (c *calls) symbols() []symbol {
	return []symbol{
		{name: "cuInit", to: &c.init},
		{name: "cuDriverGetVersion", to: &c.driverVersion},
		{name: "cuGetErrorString", to: &c.errorString},
		{name: "cuDeviceGetCount", to: &c.deviceCount},
		{name: "cuDeviceGet", to: &c.deviceGet},
		{name: "cuDeviceGetName", to: &c.deviceName},
		{name: "cuDeviceTotalMem_v2", to: &c.deviceMem},
		{name: "cuDeviceGetAttribute", to: &c.deviceAttr},
		{name: "cuDevicePrimaryCtxRetain", to: &c.retain},
		{name: "cuDevicePrimaryCtxRelease_v2", to: &c.release},
		{name: "cuCtxSetCurrent", to: &c.setCurrent},
		{name: "cuMemGetInfo_v2", to: &c.memInfo},
		{name: "cuMemAlloc_v2", to: &c.memAlloc},
		{name: "cuMemFree_v2", to: &c.memFree},
		{name: "cuMemHostAlloc", to: &c.hostAlloc},
		{name: "cuMemFreeHost", to: &c.hostFree},
		{name: "cuMemcpyHtoDAsync_v2", to: &c.copyHtoD},
		{name: "cuMemcpyDtoHAsync_v2", to: &c.copyDtoH},
		{name: "cuMemcpyDtoDAsync_v2", to: &c.copyDtoD},
		{name: "cuMemsetD32Async", to: &c.memset},
		{name: "cuModuleLoadDataEx", to: &c.moduleLoad},
		{name: "cuModuleUnload", to: &c.moduleUnload},
		{name: "cuModuleGetFunction", to: &c.moduleFunction},
		{name: "cuFuncGetAttribute", to: &c.funcAttr},
		{name: "cuFuncSetAttribute", to: &c.funcSetAttr},
		{name: "cuFuncGetParamInfo", to: &c.funcParam, optional: true}, // 12.4
		{name: "cuLaunchKernel", to: &c.launch},
		{name: "cuStreamCreate", to: &c.streamCreate},
		{name: "cuStreamDestroy_v2", to: &c.streamDestroy},
		{name: "cuStreamSynchronize", to: &c.streamSync},
		{name: "cuStreamWaitEvent", to: &c.streamWait},
		{name: "cuEventCreate", to: &c.eventCreate},
		{name: "cuEventDestroy_v2", to: &c.eventDestroy},
		{name: "cuEventRecord", to: &c.eventRecord},
		{name: "cuEventSynchronize", to: &c.eventSync},
		{name: "cuEventElapsedTime", to: &c.eventElapsed},
		{name: "cuStreamBeginCapture_v2", to: &c.captureBegin},
		{name: "cuStreamEndCapture", to: &c.captureEnd},
		{name: "cuGraphDestroy", to: &c.graphDestroy},
		{name: "cuGraphInstantiateWithFlags", to: &c.graphInstantiate, optional: true}, // 11.4
		{name: "cuGraphInstantiate_v2", to: &c.graphInstantiateOld, instead: &c.graphInstantiate},
		{name: "cuGraphLaunch", to: &c.graphLaunch},
		{name: "cuGraphExecDestroy", to: &c.execDestroy},
	}
}
