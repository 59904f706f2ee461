//go:build unix

package atomicfile

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const victim = "STILLFIELD_TEST_ATOMICFILE"

// TestMain is, in a process that TestSweep starts, one that is killed as it writes.
func TestMain(m *testing.M) {
	if path := os.Getenv(victim); path != "" {
		Write(path, func(w io.Writer) error {
			io.WriteString(w, "half of it")
			return unix.Kill(os.Getpid(), unix.SIGKILL)
		})
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// Sweep removes what a killed process left, whatever the names, and nothing that a
// live one is writing or that is not a temporary of ours.
func TestSweep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [dir]*?")
	left := []string{"x", "sa*[m]?ples.npy", strings.Repeat("n", 255)}
	for _, name := range left {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), victim+"="+filepath.Join(dir, name))
		if c.Run(); c.ProcessState.ExitCode() != -1 {
			t.Fatalf("the process that was to be killed: %v", c.ProcessState)
		}
	}
	strangers := []string{
		"x", ".x.tmp", ".x.ABCDEFGHIJ.tmp", ".x.stillfield-ABCDEFGHIJ.tmp.gz", "x.stillfield-ABCDEFGHIJ.tmp",
		".x.stillfield-abcdefghij.tmp", ".stillfield-ABCDEFGHIJ.tmp", ".x.stillfield-ABCDEFGHIJK.tmp",
	}
	for _, name := range strangers {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// The name of a temporary on what is not a file.
	if err := unix.Mkfifo(filepath.Join(dir, ".p.stillfield-ABCDEFGHIJ.tmp"), 0o666); err != nil {
		t.Fatal(err)
	}
	link(t, "x", filepath.Join(dir, ".l.stillfield-ABCDEFGHIJ.tmp"))
	before := names(t, dir)
	var removed, again []string
	err := Write(filepath.Join(dir, "alive"), func(w io.Writer) (err error) {
		if removed, err = Sweep(dir); err != nil {
			return err
		}
		again, err = Sweep(dir)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(removed) != len(left) || len(again) != 0 {
		t.Errorf("removed %q and then %q, want the %d that were left and then none",
			removed, again, len(left))
	}
	want := append(slices.DeleteFunc(before, func(name string) bool {
		return slices.Contains(removed, filepath.Join(dir, name))
	}), "alive")
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) || len(got) != len(strangers)+3 {
		t.Errorf("the directory holds %q, want %q", got, want)
	}
}

func TestSweepNowhere(t *testing.T) {
	dir := t.TempDir()
	if removed, err := Sweep(filepath.Join(dir, "absent")); err != nil || len(removed) != 0 {
		t.Errorf("an absent directory: %q, %v", removed, err)
	}
	file := filepath.Join(dir, "x")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Sweep(file); err == nil {
		t.Error("a file was swept")
	}
}

// A Sweep between the making of a temporary and its lock takes the file, and the
// maker finds that out.
func TestSweepBeforeTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".x.stillfield-ABCDEFGHIJ.tmp")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !sweep(path) {
		t.Fatal("not swept, though not locked")
	}
	if hold(f) {
		t.Error("a file that was swept is held")
	}
}
