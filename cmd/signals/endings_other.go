//go:build !unix

package signals

import (
	"os"
	"syscall"
)

// Endings are the signals that ask a process to end.
var Endings = []os.Signal{os.Interrupt, syscall.SIGTERM}
