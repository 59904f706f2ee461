//go:build amd64 || arm64

package mpi

import (
	"syscall"
	"unsafe"
)

// action is the kernel's struct sigaction.
type action struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const (
	signals = 64
	onStack = 0x08000000 // SA_ONSTACK
	ignored = 1          // SIG_IGN; 0 is SIG_DFL
)

// get is the action of signal s.
func get(s int) (a action) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	return a
}

func (a action) set(s int) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&a)), 0, 8, 0, 0)
}

// actions are what a process does with each signal.
type actions [signals + 1]action

// handlers are the actions now.
func handlers() (had actions) {
	for s := 1; s <= signals; s++ {
		had[s] = get(s)
	}
	return had
}

// restore puts back every handler that the program had and something has replaced since. One
// that came where there was none stays, on the signal stack: a goroutine's own is too small,
// and Go ends a process whose signal comes on it.
func (had actions) restore() {
	for s := 1; s <= signals; s++ {
		switch now := get(s); {
		case now == had[s]:
		case had[s].handler > ignored:
			had[s].set(s)
		case now.handler > ignored && now.flags&onStack == 0:
			now.flags |= onStack
			now.set(s)
		}
	}
}
