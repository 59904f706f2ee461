package cmd

import (
	"bytes"
	"os"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A draw that is asked to end, or killed, keeps what is finished and nothing that looks
// complete, and the same command goes on to the samples of a draw that was not.
func TestSignalWhileSampling(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	draw := []string{"sample", "runs/tiny", "-n", "20000", "--steps", "20", "--batch", "3", "--out"}
	if o := program(t, append(draw, "whole")...); o.status != 0 {
		t.Fatal(o.stderr)
	}
	want := read(t, "whole/samples.npy")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		out := sig.String()
		c := child(t, false, append(draw, out)...)
		var text bytes.Buffer
		c.Stderr = &text
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for { // until some samples are finished
			if st, err := os.Stat(out + "/draw.part"); err == nil && st.Size() > 4096 {
				break
			}
			runtime.Gosched()
		}
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		stopped := regexp.MustCompile(`warning: sample: stopped: \d+ of 20000 samples are kept in ` +
			`interrupt, and the same command goes on \(by the signal interrupt\)\n$`)
		if sig == syscall.SIGINT && (c.ProcessState.ExitCode() != exitStopped ||
			!stopped.MatchString(text.String())) {
			t.Errorf("status %d, want %d\n%s", c.ProcessState.ExitCode(), exitStopped, text.String())
		}
		for _, name := range []string{"samples.npy", "samples.safetensors", "summary.json"} {
			if _, err := os.Stat(out + "/" + name); err == nil {
				t.Errorf("%v: %s is there", sig, name)
			}
		}
		o := program(t, append(draw, out)...)
		goes := regexp.MustCompile(`going on: \d+ of 20000 samples are in `)
		if o.status != 0 || !goes.MatchString(o.stderr) {
			t.Fatalf("%v: %+v", sig, o)
		}
		if read(t, out+"/samples.npy") != want {
			t.Errorf("%v: the samples are others", sig)
		}
	}
}

// A draw that is asked to end before a batch is finished writes nothing, and says so.
func TestSignalBeforeTheFirstSample(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	c := child(t, false, "sample", "runs/tiny", "-n", "64", "--batch", "64", "--steps", "1000000",
		"--out", "out")
	begins := func(line string) bool { return strings.Contains(line, " evaluations") }
	text := signalled(t, c, begins, syscall.SIGINT)
	if c.ProcessState.ExitCode() != exitStopped {
		t.Errorf("status %d, want %d", c.ProcessState.ExitCode(), exitStopped)
	}
	wants(t, "stderr", text, "warning: sample: stopped before the first of 64 samples was finished "+
		"(by the signal interrupt)\n")
	if _, err := os.Stat("out"); err == nil {
		t.Error("it wrote something")
	}
}
