package standin

import "syscall"

// thread names the OS thread of the caller, who holds on to it for as long as
// a context is to be current.
func thread() int { return syscall.Gettid() }
