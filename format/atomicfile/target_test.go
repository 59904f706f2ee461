//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// link makes a symbolic link and returns its path.
func link(t *testing.T, to, path string) string {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// holds demands a regular file of this text.
func holds(t *testing.T, path, want string) {
	t.Helper()
	st, err := os.Lstat(path)
	if err != nil || !st.Mode().IsRegular() {
		t.Fatalf("%s: %v, %v, want a regular file", path, st, err)
	}
	if b, err := os.ReadFile(path); string(b) != want {
		t.Errorf("%s holds %q (%v), want %q", path, b, err, want)
	}
}

// Write replaces what a link points at, and the link stays; Replace replaces the
// link.
func TestLinks(t *testing.T) {
	for _, tt := range []struct {
		name, to string // the link's text, with file and absent in another directory
		ok       bool
	}{
		{"to a file", "../other/file", true},
		{"to nothing yet", "../other/absent", true},
		{"through a second link", "../other/second", true},
		{"to a directory", "../other", false},
		{"to itself", "x", false},
		{"into a directory that is not there", "../missing/file", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			own, other := filepath.Join(dir, "own"), filepath.Join(dir, "other")
			for _, d := range []string{own, other} {
				if err := os.Mkdir(d, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(other, "file"), []byte("old"), 0o666); err != nil {
				t.Fatal(err)
			}
			link(t, "file", filepath.Join(other, "second"))
			x := link(t, tt.to, filepath.Join(own, "x"))
			if err := Ready(x); (err == nil) != tt.ok {
				t.Errorf("Ready: %v, want ok %v", err, tt.ok)
			}
			if err := Write(x, text("new")); (err == nil) != tt.ok {
				t.Fatalf("Write: %v, want ok %v", err, tt.ok)
			}
			if got, err := os.Readlink(x); got != tt.to {
				t.Errorf("the link is %q (%v), want %q", got, err, tt.to)
			}
			if tt.ok {
				real, err := filepath.EvalSymlinks(x)
				if err != nil {
					t.Fatal(err)
				}
				holds(t, real, "new")
				if err := os.WriteFile(real, []byte("kept"), 0o666); err != nil {
					t.Fatal(err)
				}
				defer holds(t, real, "kept")
			}
			if err := Replace(x, text("own")); err != nil {
				t.Fatal(err)
			}
			holds(t, x, "own")
			if n := names(t, own); len(n) != 1 {
				t.Errorf("the directory holds %q, want x alone", n)
			}
		})
	}
}

// A pipe is written through, by its own name and by a link, and stays a pipe;
// Replace refuses it.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, link(t, "pipe", filepath.Join(dir, "x"))} {
		if err := Ready(path); err != nil { // without a reader: this does not wait for one
			t.Error(err)
		}
		read := make(chan string)
		go func() {
			b, _ := os.ReadFile(pipe)
			read <- string(b)
		}()
		if err := Write(path, text("through")); err != nil {
			t.Error(err)
		}
		if got := <-read; got != "through" {
			t.Errorf("the pipe's reader got %q", got)
		}
	}
	if err := Replace(pipe, text("over")); err == nil {
		t.Error("Replace put a file in a pipe's place")
	}
	if st, err := os.Lstat(pipe); err != nil || st.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("%v, %v, want a pipe", st, err)
	}
}

func TestDevice(t *testing.T) {
	before, err := os.Lstat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	x := link(t, os.DevNull, filepath.Join(t.TempDir(), "x"))
	for _, path := range []string{os.DevNull, x} {
		if err := Ready(path); err != nil {
			t.Error(err)
		}
		if err := Write(path, text("gone")); err != nil {
			t.Error(err)
		}
	}
	after, err := os.Lstat(os.DevNull)
	if err != nil || !os.SameFile(before, after) {
		t.Fatalf("%s is another file: %v", os.DevNull, err)
	}
}

// Files and directories have the permissions that the umask leaves.
func TestPermissions(t *testing.T) {
	old := unix.Umask(0)
	defer unix.Umask(old)
	for _, mask := range []fs.FileMode{0, 0o027, 0o077, 0o022} {
		unix.Umask(int(mask))
		dir := t.TempDir()
		if err := Write(filepath.Join(dir, "a", "x"), text("x")); err != nil {
			t.Fatal(err)
		}
		for _, made := range []struct {
			path string
			want fs.FileMode
		}{{filepath.Join(dir, "a"), 0o777 &^ mask}, {filepath.Join(dir, "a", "x"), 0o666 &^ mask}} {
			if st, err := os.Stat(made.path); err != nil || st.Mode().Perm() != made.want {
				t.Errorf("umask %v: %s is %v (%v), want %v", mask, made.path, st.Mode(), err, made.want)
			}
		}
	}
}
