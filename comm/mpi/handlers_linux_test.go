//go:build amd64 || arm64

package mpi

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// The handler that the program had is there again after a library has taken the signal; one
// that the library brought is moved to the signal stack.
func TestHandlersAreRestored(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGUSR1)
	defer signal.Stop(heard)
	const brought = int(syscall.SIGCONT) // that Go has no handler for
	had := handlers()
	if a := had[brought]; a.handler > ignored {
		t.Fatalf("SIGCONT has a handler: %+v", a)
	}
	theirs := get(int(syscall.SIGUSR1))
	theirs.handler = ignored
	theirs.set(int(syscall.SIGUSR1))
	theirs = had[syscall.SIGUSR1]
	theirs.flags &^= onStack
	theirs.set(brought)
	defer had[brought].set(brought)

	had.restore()
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if s := <-heard; s != syscall.SIGUSR1 {
		t.Errorf("heard %v", s)
	}
	if a := get(brought); a.handler != theirs.handler || a.flags&onStack == 0 {
		t.Errorf("SIGCONT has %+v, want %+v on the signal stack", a, theirs)
	}
}
