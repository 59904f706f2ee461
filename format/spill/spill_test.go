package spill

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// A copy has what was read, and leaves no file behind, whether it is used or refused.
func TestNew(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	want := bytes.Repeat([]byte("0123456789"), 10_000)
	f, err := New(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) || f.Size != int64(len(want)) {
		t.Errorf("%d bytes, %v; want the %d that were copied", f.Size, err, len(want))
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := New(bytes.NewReader(want), int64(len(want))-1); err == nil ||
		!strings.Contains(err.Error(), "got more than 99999 bytes") {
		t.Errorf("one byte too many: %v", err)
	}
	broken := errors.New("broken")
	if _, err := New(io.MultiReader(bytes.NewReader(want), iotest.ErrReader(broken)), 1<<40); err != broken {
		t.Errorf("a reader that breaks: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	t.Setenv("TMPDIR", dir+"/nowhere")
	if _, err := New(bytes.NewReader(want), 1<<20); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}
