package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// full writes something, then fails the way a full disk does.
func full(w io.Writer) error {
	if _, err := io.WriteString(w, "half of it"); err != nil {
		return err
	}
	return syscall.ENOSPC
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range entries {
		s = append(s, e.Name())
	}
	return s
}

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name  string
		old   string // what stands under the name before, "" for nothing
		write func(io.Writer) error
		err   error
		want  string // what stands there after, "" for nothing
	}{
		{"new", "", text("new"), nil, "new"},
		{"replace", "an older and longer text", text("new"), nil, "new"},
		{"full disk, new", "", full, syscall.ENOSPC, ""},
		{"full disk, replace", "old", full, syscall.ENOSPC, "old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x")
			if tt.old != "" {
				if err := os.WriteFile(path, []byte(tt.old), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := Write(path, tt.write); !errors.Is(err, tt.err) {
				t.Fatalf("Write: %v, want %v", err, tt.err)
			}
			got, err := os.ReadFile(path)
			if string(got) != tt.want || (tt.want == "") != errors.Is(err, os.ErrNotExist) {
				t.Errorf("file holds %q (%v), want %q", got, err, tt.want)
			}
			if n := names(t, dir); len(n) > 1 || len(n) == 1 && n[0] != "x" {
				t.Errorf("directory holds %q: a temporary was left", n)
			}
		})
	}
}

// A rename that cannot succeed: the target is a directory with something in it.
func TestWriteOntoDirectory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, text("new")); err == nil {
		t.Error("Write replaced a directory")
	}
	if n := names(t, dir); len(n) != 1 || n[0] != "x" {
		t.Errorf("directory holds %q, want x alone", n)
	}
	if n := names(t, path); len(n) != 1 {
		t.Errorf("the directory in the way holds %q, want inside alone", n)
	}
}

// Probe refuses what Write would, and touches nothing either way.
func TestProbe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	for range 2 { // where there is nothing, and where there is a file
		if err := Probe(path); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"", ".", "..", dir, dir + "/", filepath.Join(dir, "absent", "x"),
		filepath.Join(path, "x")} {
		if Probe(bad) == nil {
			t.Errorf("Probe(%q): no error", bad)
		}
	}
	if b, err := os.ReadFile(path); string(b) != "old" || len(names(t, dir)) != 1 {
		t.Errorf("the directory holds %q, x is %q (%v), want x alone as it was", names(t, dir), b, err)
	}
}

func TestWriteNowhere(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"", ".", "..", dir + "/", filepath.Join(dir, "absent", "x")} {
		called := false
		err := Write(path, func(io.Writer) error { called = true; return nil })
		if err == nil || called {
			t.Errorf("Write(%q): error %v, write called: %v", path, err, called)
		}
	}
	if n := names(t, dir); len(n) != 0 {
		t.Errorf("directory holds %q, want nothing", n)
	}
}

// The temporary is not visible under the final name while it is written, and
// the permissions are those of any new file.
func TestWriteIsInvisibleUntilWhole(t *testing.T) {
	dir := t.TempDir()
	path, plain := filepath.Join(dir, "x"), filepath.Join(dir, "plain")
	err := Write(path, func(w io.Writer) error {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("stat during the write: %v, want not exist", err)
		}
		return text("whole")(w)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	a, err1 := os.Stat(path)
	b, err2 := os.Stat(plain)
	if err1 != nil || err2 != nil || a.Mode() != b.Mode() {
		t.Errorf("modes %v and %v (%v, %v), want equal", a.Mode(), b.Mode(), err1, err2)
	}
}
