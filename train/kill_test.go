//go:build unix

package train

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// Tests that need a process of their own run this binary again, with the work
// to do in its environment.
const (
	childRun   = "STILLFIELD_TEST_RUN"   // directory to train in
	childSteps = "STILLFIELD_TEST_STEPS" // of the run
	childLimit = "STILLFIELD_TEST_LIMIT" // largest file it may write, in bytes
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childRun); dir != "" {
		if err := child(dir, os.Getenv(childSteps), os.Getenv(childLimit)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child trains in dir and prints each step that it takes.
func child(dir, steps, limit string) error {
	if limit != "" {
		var n uint64
		if _, err := fmt.Sscan(limit, &n); err != nil {
			return err
		}
		signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit is an error then, as on a full disk
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return err
		}
	}
	c, err := experiment.Parse("tiny.yaml", []byte(tiny), []string{"steps=" + steps, "log.checkpoint=3"})
	if err != nil {
		return err
	}
	src, err := c.OpenData()
	if err != nil {
		return err
	}
	dev, err := cpu.New(cpu.Options{Workers: 1})
	if err != nil {
		return err
	}
	defer dev.Close()
	_, err = Run(context.Background(), dir, c, src, dev, Hooks{
		Line:    func(l run.Line) { fmt.Println(l.Step) },
		Skipped: func(err error) { fmt.Println("skipped", err) },
		Trouble: func(err error) { fmt.Println("trouble", err) },
	})
	return err
}

// command is a child that has not started.
func command(t *testing.T, env ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	return c, &stderr
}

// A process that is killed, again and again, at whatever it was doing, ends with
// the bits of one that was not.
func TestKilled(t *testing.T) {
	const steps = "300"
	env := func(dir string) []string { return []string{childRun + "=" + dir, childSteps + "=" + steps} }
	whole, dir := t.TempDir(), t.TempDir()
	if c, stderr := command(t, env(whole)...); c.Run() != nil {
		t.Fatal(stderr)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for done := false; !done; {
		c, stderr := command(t, env(dir)...)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// The steps are some tens of microseconds apart and checkpoints take
		// milliseconds, so most kills come while one is written.
		left := 30 + rng.IntN(60)
		for s := bufio.NewScanner(out); s.Scan(); left-- {
			if strings.HasPrefix(s.Text(), "skipped") {
				t.Error(s.Text())
			}
			if left == 0 && killed < 6 {
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				killed++
			}
		}
		err = c.Wait()
		done = err == nil
		if stderr.Len() > 0 {
			t.Fatal(stderr)
		}
	}
	if killed < 2 {
		t.Errorf("it was killed %d times", killed)
	}
	last := "checkpoints/step-000000300.safetensors"
	if !bytes.Equal(content(t, dir, last), content(t, whole, last)) {
		t.Errorf("killed %d times, it ended elsewhere", killed)
	}
	a, b := lines(t, whole), lines(t, dir)
	if fmt.Sprint(a) != fmt.Sprint(b) || len(a) != 300 {
		t.Errorf("the logs differ: %d and %d lines", len(a), len(b))
	}
	for _, name := range names(t, dir, checkpointDir) {
		if strings.HasSuffix(name, ".tmp") && killed == 0 {
			t.Errorf("%s is left", name)
		}
	}
}

// A disk that is full ends the run with one line; what was saved is whole.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if c, stderr := command(t, childRun+"="+dir, childSteps+"=6"); c.Run() != nil {
		t.Fatal(stderr)
	}
	size := len(content(t, run.CheckpointPath(dir, 6)))
	before := names(t, dir, checkpointDir)
	for _, limit := range []int{0, 500, size / 2,
		size - 1} { // no configuration, no log, half a checkpoint, all but a byte
		c, stderr := command(t, childRun+"="+dir, childSteps+"=12", fmt.Sprintf("%s=%d", childLimit, limit))
		err := c.Run()
		if err == nil {
			t.Fatalf("limit %d: the run ended well", limit)
		}
		if got := stderr.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got,
			"file too large") ||
			!strings.HasPrefix(got, "run: ") {
			t.Errorf("limit %d: %s", limit, got)
		}
		if after := names(t, dir, checkpointDir); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("limit %d: checkpoints %v, want %v", limit, after, before)
		}
	}
	if ck, skipped, err := run.Newest(dir, run.Load); err != nil || len(skipped) > 0 || ck.Step != 6 {
		t.Errorf("the newest checkpoint: %v, %v, %v", ck, skipped, err)
	}
	if c, stderr := command(t, childRun+"="+dir, childSteps+"=12"); c.Run() != nil {
		t.Error(stderr)
	}
}

// A log that the disk has no room for does not end the run: its checkpoints are
// those of a run that has one, and what was lost is said.
func TestLogOnFullDisk(t *testing.T) {
	const steps = "300"
	whole, dir := t.TempDir(), t.TempDir()
	if c, stderr := command(t, childRun+"="+whole, childSteps+"="+steps); c.Run() != nil {
		t.Fatal(stderr)
	}
	want := content(t, run.CheckpointPath(whole, 300))
	limit := fmt.Sprintf("%s=%d", childLimit, len(want)+100)
	if log := content(t, whole, logFile); len(log) < 2*len(want) {
		t.Fatalf("a log of %d bytes fits where a checkpoint of %d does", len(log), len(want))
	}
	c, stderr := command(t, childRun+"="+dir, childSteps+"="+steps, limit)
	var out bytes.Buffer
	if c.Stdout = &out; c.Run() != nil {
		t.Fatal(stderr)
	}
	if !bytes.Equal(content(t, run.CheckpointPath(dir, 300)), want) {
		t.Error("it ended elsewhere")
	}
	kept := len(lines(t, dir))
	said := fmt.Sprintf("trouble run: log: %d lines of steps %d to 300 are lost: ", 300-kept, kept+1)
	if kept < 10 || !strings.Contains(out.String(), said) {
		t.Errorf("%d lines are kept; it said %s, want %s", kept, &out, said)
	}
}
