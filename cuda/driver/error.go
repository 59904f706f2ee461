package driver

import "fmt"

// Code is a CUresult.
type Code int

// The results the engine tells apart.
const (
	InvalidValue   Code = 1
	OutOfMemory    Code = 2
	NotInitialized Code = 3
	NoDevice       Code = 100
	InvalidDevice  Code = 101
	InvalidPTX     Code = 218
	InvalidHandle  Code = 400
	NotFound       Code = 500
	NotReady       Code = 600
	IllegalAddress Code = 700
	LaunchFailed   Code = 719
	DeviceLost     Code = 46 // CUDA_ERROR_DEVICE_UNAVAILABLE
)

// Error is a failed driver call.
type Error struct {
	Call   string // what was called, with its figures: "Alloc 1073741824 bytes"
	Code   Code
	Reason string // the driver's own words, if it has any
}

// Error names the call, the reason and the code, in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("cuda: %s: %s (CUDA error %d)", e.Call, e.Reason, int(e.Code))
}

// Is makes errors.Is(err, Code) work.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}

func (c Code) Error() string { return fmt.Sprintf("CUDA error %d", int(c)) }
