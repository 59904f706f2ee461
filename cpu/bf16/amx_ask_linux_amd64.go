package bf16

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

// Numbers of Linux: two requests of arch_prctl, and the state component of tile data.
const (
	archGetXcompPerm = 0x1022
	archReqXcompPerm = 0x1023
	tileData         = 18
)

// askAMX asks for permission to use tiles, and reads back that it is there. Kernels before 5.16 do not know
// the request (EINVAL), a sandbox may forbid it (EPERM), and a thread with a small signal stack, of C code in
// the process, stands against it (ENOSPC).
func askAMX() error {
	_, _, e := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, archReqXcompPerm, tileData, 0)
	if e != 0 {
		return fmt.Errorf("AMX: the system refuses its use: arch_prctl(ARCH_REQ_XCOMP_PERM): %w", e)
	}
	var have uint64
	_, _, e = syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, archGetXcompPerm, uintptr(unsafe.Pointer(&have)), 0)
	if e != 0 {
		return fmt.Errorf("AMX: arch_prctl(ARCH_GET_XCOMP_PERM): %w", e)
	}
	if have>>tileData&1 == 0 {
		return errors.New("AMX: the system grants its use and yet does not permit it")
	}
	return nil
}
