//go:build unix

package cmd

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// A signal ends a run with a checkpoint of where it was and status 75, and the
// same command goes on.
func TestSignals(t *testing.T) {
	inTemp(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		dir := "run-" + sig.String()
		args := []string{"train", "tiny.yaml", "-v", "--run", dir, "--steps", "1000000", "--set",
			"log.checkpoint=10"}
		c := exec.CommandContext(t.Context(), exe)
		c.Env = append(os.Environ(), childArgs+"="+strings.Join(args, "\n"))
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
			if strings.HasPrefix(s.Text(), "checkpoint ") && strings.HasSuffix(s.Text(), "30.safetensors") {
				if err := c.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c.Wait(); c.ProcessState.ExitCode() != exitStopped {
			t.Fatalf("%v: status %d, want %d\n%s", sig, c.ProcessState.ExitCode(), exitStopped, &text)
		}
		_, stopped, _ := strings.Cut(text.String(), "warning: train: stopped after step ")
		step, rest, ok := strings.Cut(stopped, " of 1000000; ")
		path, _, has := strings.Cut(rest, " has it\n")
		if !ok || !has || !strings.HasSuffix(path, step+".safetensors") {
			t.Fatalf("%v: %s", sig, &text)
		}
		o := program(t, "train", "--run", dir, "--steps", step)
		if o.status != 0 || !strings.HasPrefix(o.stdout, "finished: ") {
			t.Errorf("%v: the checkpoint of step %s: %+v", sig, step, o)
		}
	}
}
