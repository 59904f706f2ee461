package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
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

// Ready refuses what Write would, takes what Write does, and touches nothing
// either way.
func TestReady(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	for range 2 { // where there is nothing, and where there is a file
		if err := Ready(path); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"", ".", "..", dir, dir + "/", filepath.Join(path, "x"),
		filepath.Join(path, "y", "x"), filepath.Join(dir, strings.Repeat("n", 300)),
		filepath.Join(dir, "absent", strings.Repeat("n", 300), "x")} {
		if Ready(bad) == nil {
			t.Errorf("Ready(%q): no error", bad)
		}
		called := false
		err := Write(bad, func(io.Writer) error { called = true; return nil })
		if err == nil || called && len(filepath.Base(bad)) < 256 {
			t.Errorf("Write(%q): error %v, write called: %v", bad, err, called)
		}
	}
	os.RemoveAll(filepath.Join(dir, "absent")) // which Write made before it met the long name
	deep := filepath.Join(dir, "a", "b", "x")
	if err := Ready(deep); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(path); string(b) != "old" || len(names(t, dir)) != 1 {
		t.Errorf("the directory holds %q, x is %q (%v), want x alone as it was", names(t, dir), b, err)
	}
	if err := Write(deep, text("new")); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(deep); string(b) != "new" {
		t.Errorf("a/b/x is %q (%v), want new", b, err)
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
