package standin

import "github.com/stillfield/stillfield/cuda/driver"

// errorText is what cuGetErrorString says, in the driver's words.
var errorText = map[driver.Code]string{
	0:   "no error",
	1:   "invalid argument",
	2:   "out of memory",
	3:   "initialization error",
	46:  "CUDA-capable device(s) is/are busy or unavailable",
	100: "no CUDA-capable device is detected",
	101: "invalid device ordinal",
	200: "device kernel image is invalid",
	201: "invalid device context",
	218: "a PTX JIT compilation failed",
	222: "the provided PTX was compiled with an unsupported toolchain.",
	400: "invalid resource handle",
	401: "the operation cannot be performed in the present state",
	500: "named symbol not found",
	600: "device not ready",
	700: "an illegal memory access was encountered",
	701: "too many resources requested for launch",
	702: "the launch timed out and was terminated",
	709: "context is destroyed",
	716: "misaligned address",
	719: "unspecified launch failure",
	801: "operation not supported",
	900: "operation not permitted when stream is capturing",
	901: "operation failed due to a previous error during capture",
	999: "unknown error",
}
