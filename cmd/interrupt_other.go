//go:build !unix

package cmd

import (
	"os"
	"syscall"
)

// hangup is what a terminal sends when it is lost.
const hangup = syscall.SIGHUP

// beyondLimit is sent for a write beyond the limit of a file's size: never, here.
var beyondLimit []os.Signal

// unwatched lets the process outlive the reader of its output. Nothing is to be done
// here: there is no SIGPIPE.
func unwatched() {}

// raise ends the process.
func raise(os.Signal) { os.Exit(exitStopped) }
