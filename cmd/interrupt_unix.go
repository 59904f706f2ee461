//go:build unix

package cmd

import (
	"os"
	"os/signal"
	"syscall"
)

// hangup is what a terminal sends when it is lost.
const hangup = syscall.SIGHUP

// beyondLimit is sent for a write beyond the limit of a file's size. Where it is
// ignored the write fails, as on a full disk.
var beyondLimit = []os.Signal{syscall.SIGXFSZ}

// unwatched lets the process outlive the reader of its output: a write to a pipe that
// nobody reads any longer then fails with EPIPE, and no signal ends the process.
func unwatched() { signal.Ignore(syscall.SIGPIPE) }

// raise ends the process by the signal, as one without a handler for it would end.
func raise(s os.Signal) {
	signal.Reset(s)
	if err := syscall.Kill(os.Getpid(), s.(syscall.Signal)); err != nil {
		os.Exit(exitStopped)
	}
	select {} // the signal ends the process; it may come to another thread
}
