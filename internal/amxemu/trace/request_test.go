//go:build linux && amd64

package trace

import (
	"syscall"
	"unsafe"
)

// request asks for permission to use a component.
func request(feature uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, feature, 0)
	return e
}

// allowed are the components that may be used.
func allowed() (v uint64) {
	syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, getPermission, uintptr(unsafe.Pointer(&v)), 0)
	return v
}
