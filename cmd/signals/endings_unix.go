//go:build unix

package signals

import (
	"os"
	"syscall"
)

// Endings are the signals that ask a process to end: by a user, a terminal that is
// lost, a limit, or a batch system ahead of its limit. SIGABRT is not of them: it
// ends the process with the stacks of its goroutines.
var Endings = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
	syscall.SIGXCPU, syscall.SIGUSR1, syscall.SIGUSR2}
