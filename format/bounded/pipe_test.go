//go:build unix

package bounded

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe that nobody writes to does not keep Open waiting: this test would not end.
func TestOpenRefusesAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path, 100)
	wantError(t, err, "got a pipe, want a regular file")
}
