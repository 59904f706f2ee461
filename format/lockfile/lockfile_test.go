package lockfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that is held is refused to others, says what its holder does, and can be taken
// again when it has been left or removed.
func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".lock")
	for _, leave := range []func(*Lock) error{
		func(l *Lock) error { l.Leave(); return nil }, (*Lock).Remove,
	} {
		l, err := Take(path, "here")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Take(path, "here"); err == nil || !strings.HasPrefix(err.Error(),
			"another process is here") {
			t.Errorf("a second Take: %v", err)
		}
		if held, err := l.Held(); !held || err != nil {
			t.Errorf("Held() = %v, %v", held, err)
		}
		if err := leave(l); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file that was removed is there")
	}
}

// A file that was removed, or replaced by another, is no longer held.
func TestHeld(t *testing.T) {
	for _, replace := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), ".lock")
		l, err := Take(path, "here")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Leave()
		if err := os.Rename(path, path+"-old"); err != nil {
			t.Skip(err)
		}
		if replace {
			if err := os.WriteFile(path, nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if held, err := l.Held(); held || err != nil {
			t.Errorf("Held() = %v, %v", held, err)
		}
	}
}
