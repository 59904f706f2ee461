//go:build unix

package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/run"
)

// A run whose lock is taken from under it, so that another process may be in the
// directory, ends at its next checkpoint, and removes none.
func TestLockRemoved(t *testing.T) {
	for name, take := range map[string]func(t *testing.T, lock string){
		"removed": func(t *testing.T, lock string) {
			if err := os.Remove(lock); err != nil {
				t.Fatal(err)
			}
		},
		"replaced": func(t *testing.T, lock string) {
			if err := os.Rename(lock, lock+"-old"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(lock, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		dir, c := t.TempDir(), parse(t, "log.keep=1")
		_, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{Line: func(l run.Line) {
			if l.Step == 7 {
				take(t, filepath.Join(dir, ".lock"))
			}
		}})
		path := run.CheckpointPath(dir, 10)
		want := "train: stopped after step 10 of 20; saved in " + path + ": run: lock: " +
			filepath.Join(dir, ".lock") + " was removed or replaced under the run: "
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got  %v\nwant %s", name, err, want)
			continue
		}
		if left := strings.Join(names(t, dir, checkpointDir), " "); left !=
			"step-000000005.safetensors step-000000010.safetensors" {
			t.Errorf("%s: checkpoints: %s", name, left)
		}
	}
}

// A lock that is a symbolic link is refused, and what it points to is not made.
func TestLockIsNoLink(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "made")
	if err := os.Symlink(outside, filepath.Join(dir, ".lock")); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, parse(t), ".lock is a symbolic link, want a regular file or nothing")
	if _, err := os.Lstat(outside); err == nil {
		t.Error("the lock was made through the link")
	}
}
