package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// An open descriptor keeps its file and its place in it: what stands there before
// the write stays, and what follows is behind.
func TestDescriptor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stdout, err := unix.Dup(1)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stdout)
	if err := unix.Dup3(int(f.Fd()), 1, 0); err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, "before, ")
	ready := Ready("/dev/stdout")
	wrote := Write("/dev/stdout", text("during"))
	io.WriteString(f, ", after")
	if err := unix.Dup3(stdout, 1, 0); err != nil {
		t.Fatal(err)
	}
	if ready != nil || wrote != nil {
		t.Errorf("Ready: %v, Write: %v", ready, wrote)
	}
	holds(t, path, "before, during, after")
	if err := Ready("/dev/fd/987"); err == nil {
		t.Error("a descriptor that is not open is ready")
	}
}

// Nothing can be made in /proc, not even by root.
func TestReadyWhereNothingCanBeMade(t *testing.T) {
	for _, path := range []string{"/proc/x", "/proc/no/such/x"} {
		if Ready(path) == nil {
			t.Errorf("Ready(%q): no error", path)
		}
	}
}
