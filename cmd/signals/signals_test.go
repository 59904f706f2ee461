//go:build unix

package signals

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// A signal that comes before anyone asks is there for the first who does.
func TestListenHasWhatCameBefore(t *testing.T) {
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	first := Listen()
	if s := <-first; s != syscall.SIGUSR1 {
		t.Errorf("got %v, want %v", s, syscall.SIGUSR1)
	}
	signal.Stop(first)
	again := Listen()
	defer signal.Stop(again)
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	if s := <-again; s != syscall.SIGUSR2 {
		t.Errorf("got %v, want %v", s, syscall.SIGUSR2)
	}
}

// What this package imports is what os/signal imports anyway: Go initialises a package
// when all its imports are, so whatever it took beside these would make it late.
func TestIsInitializedEarly(t *testing.T) {
	deps := func(pkg string) map[string]bool {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Skip("the go command, which lists imports, does not run: ", err)
		}
		set := map[string]bool{}
		for _, p := range strings.Fields(string(out)) {
			set[p] = true
		}
		return set
	}
	allowed := deps("os/signal")
	for p := range deps(".") {
		if !allowed[p] && !strings.HasSuffix(p, "/cmd/signals") {
			t.Errorf("imports %s, want nothing but os/signal and what it imports", p)
		}
	}
}
