//go:build linux

package cmd

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stillfield/stillfield/cmd/signals"
)

// child is the program with args in a process of its own, not yet started. Under
// nohup it ignores SIGHUP from its start, as the command of that name has it. Else it
// ignores no signal, whatever these tests were started under: a signal that they
// listen to is as it is usually in a process that they start.
func child(t *testing.T, nohup bool, args ...string) *exec.Cmd {
	t.Helper()
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, signals.Endings...)
	t.Cleanup(func() { signal.Stop(heard) })
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	if nohup {
		c = exec.CommandContext(t.Context(), "/bin/sh", "-c", `trap "" HUP; exec "$0"`, exe)
	}
	c.Env = append(os.Environ(), childArgs+"="+strings.Join(args, "\n"))
	return c
}

// signalled runs c, sends it the signals when a line of its standard error is what
// at says, and returns all lines.
func signalled(t *testing.T, c *exec.Cmd, at func(line string) bool, signals ...syscall.Signal) string {
	t.Helper()
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for s := bufio.NewScanner(pipe); s.Scan(); {
		text.WriteString(s.Text() + "\n")
		if !at(s.Text()) {
			continue
		}
		for _, sig := range signals {
			if err := c.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Wait()
	return text.String()
}

// Every signal that asks a process to end ends a run with a checkpoint of where it
// was and status 75, and the same command goes on. SIGHUP does not count twice, nor
// at all where it was ignored from the start.
func TestSignals(t *testing.T) {
	inTemp(t)
	type ending struct {
		name    string
		nohup   bool
		signals []syscall.Signal
		said    string // of the one that counts
	}
	cases := []ending{
		{"lost terminal", false, []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP}, "hangup"},
		{"nohup", true, []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGTERM}, "terminated"},
	}
	for _, s := range signals.Endings {
		cases = append(cases, ending{s.String(), false, []syscall.Signal{s.(syscall.Signal)}, s.String()})
	}
	for i, tt := range cases {
		dir := "run-" + string(rune('a'+i))
		c := child(t, tt.nohup, "train", "tiny.yaml", "-v", "--run", dir, "--steps", "1000000", "--set",
			"log.checkpoint=10", "--set", "log.every=5")
		text := signalled(t, c, func(line string) bool {
			return strings.HasPrefix(line, "checkpoint ") && strings.HasSuffix(line, "30.safetensors")
		}, tt.signals...)
		said := strings.Contains(text, ".safetensors (by the signal "+tt.said+")\n")
		if c.ProcessState.ExitCode() != exitStopped || !said {
			t.Fatalf("%s: status %d, want %d\n%s", tt.name, c.ProcessState.ExitCode(), exitStopped, text)
		}
		_, stopped, _ := strings.Cut(text, "warning: train: stopped after step ")
		step, rest, ok := strings.Cut(stopped, " of 1000000; saved in ")
		path, _, has := strings.Cut(rest, " (")
		if !ok || !has || !strings.HasSuffix(path, step+".safetensors") {
			t.Fatalf("%s: %s", tt.name, text)
		}
		o := program(t, "train", "--run", dir, "--steps", step)
		if o.status != 0 || !strings.HasPrefix(o.stdout, "finished: ") {
			t.Errorf("%s: the checkpoint of step %s: %+v", tt.name, step, o)
		}
	}
}

// A run that is asked to end while its step is compiled ends then, with a checkpoint
// of step 0: this plan takes longer to compile than a test may.
func TestSignalBeforeTheFirstStep(t *testing.T) {
	inTemp(t)
	c := child(t, false, "train", "tiny.yaml", "--set", "model.depth=1024")
	begins := func(line string) bool { return strings.HasPrefix(line, "tiny  ") }
	text := signalled(t, c, begins, syscall.SIGHUP)
	if c.ProcessState.ExitCode() != exitStopped || !strings.Contains(text, "warning: train: stopped after "+
		"step 0 of 6; saved in runs/tiny/checkpoints/step-000000000.safetensors") {
		t.Errorf("status %d, want %d\n%s", c.ProcessState.ExitCode(), exitStopped, text)
	}
}

// The same signal once more ends the process at once, as if it knew nothing of it.
// Here it could not end otherwise: it writes its trace to a pipe that nobody empties.
func TestSecondSignal(t *testing.T) {
	inTemp(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Skip(err)
	}
	pipe, err := os.OpenFile("pipe", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := unix.FcntlInt(pipe.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Skip(err)
	}
	c := child(t, false, "train", "tiny.yaml", "--trace", "pipe", "--set", "model.depth=9")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Read(make([]byte, 1)); err != nil { // now the trace is being written
		t.Fatal(err)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(stderr); s.Scan(); {
		if strings.Contains(s.Text(), "ending in good order") {
			if err := c.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Wait()
	if s := c.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGTERM {
		t.Errorf("it ended by %v, want SIGTERM", c.ProcessState)
	}
}

// A run whose messages nobody reads any longer goes on to its end.
func TestNobodyReads(t *testing.T) {
	inTemp(t)
	const last = "runs/tiny/checkpoints/step-000000040.safetensors"
	c := child(t, false, "train", "tiny.yaml", "--steps", "40", "--set", "log.every=1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout, c.Stderr = w, w
	r.Close()
	if err := c.Run(); c.ProcessState.ExitCode() != 1 { // its last words could not be written
		t.Errorf("status %v, %v", c.ProcessState, err)
	}
	w.Close()
	if _, err := os.Stat(last); err != nil {
		t.Error(err)
	}
	log, err := os.ReadFile("runs/tiny/log.jsonl")
	if err != nil || strings.Count(string(log), "\n") != 40 {
		t.Errorf("the log, %v: %s", err, log)
	}
}

// Every command whose result cannot be written says so in one line and fails.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	judgedRuns(t)
	program(t, "train", "tiny.yaml", "--run", "runs/averaged", "--set", "average.std=0.1")
	args := map[string][]string{
		"train": {"tiny.yaml", "--steps", "8"}, "sample": {"runs/tiny", "-n", "1"},
		"inspect": {"tiny.yaml"}, "bench": {"tiny.yaml", "--device", "cpu", "--runs", "1"},
		"geometry": {"singularity"}, "eval": {"runs/ringed"}, "average": {"runs/averaged", "--std", "0.1"},
		"export":     {"runs/tiny", "--out", "a.safetensors"},
		"import":     {"a.safetensors", "tiny.yaml", "--run", "a"},
		"classifier": {"digits", "--set", "steps=1"}, "data": {"digits"},
		"comm":   nil,
		"device": nil, "list": nil, "version": nil, "help": nil, "completion": {"bash"},
		"conformance": nil, // a minute, and through the machinery of go test
	}
	root := newRoot()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range append(root.Commands(), root) {
		more, known := args[command.Name()]
		if !known && command != root {
			t.Errorf("%s: how it is run is not in this test", command.Name())
		}
		if command.Name() == "conformance" {
			continue
		}
		all := append([]string{command.Name()}, more...)
		if command == root {
			all = []string{"--version"}
		}
		c := child(t, false, all...)
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		c.Stdout = full
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(stderr)
		if err != nil {
			t.Fatal(err)
		}
		const want = "error: standard output: write /dev/stdout: no space left on device\n"
		if c.Wait(); c.ProcessState.ExitCode() != 1 || !strings.HasSuffix(string(text), want) {
			t.Errorf("%v: status %d, %s", all, c.ProcessState.ExitCode(), text)
		}
	}
}
