package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// traceText is what a trace says, as far as these tests look.
type traceText struct {
	OtherData   map[string]string
	TraceEvents []struct {
		Name, Ph string
		Ts, Dur  float64
		Args     struct {
			Name   string
			Op     string
			Step   int
			Grid   []int
			Block  []int
			Shared *int
		}
	}
}

// traceOf reads a trace and returns its launches by kernel.
func traceOf(t *testing.T, path string) (text traceText, kernels map[string]int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &text); err != nil {
		t.Fatal(err)
	}
	kernels = map[string]int{}
	for _, e := range text.TraceEvents {
		if e.Ph == "X" {
			kernels[e.Name]++
			if !(e.Ts >= 0 && e.Dur >= 0) || e.Args.Op == "" ||
				(e.Args.Grid == nil) != (e.Args.Block == nil) ||
				(e.Args.Grid == nil) != (e.Args.Shared == nil) {
				t.Errorf("launch %+v", e)
			}
		}
	}
	return text, kernels
}

// A traced run leaves the files of one that was not, and a trace of its third
// step; the emulator's says that its times are not a GPU's.
func TestTrainTrace(t *testing.T) {
	inTemp(t)
	for _, tt := range []struct{ device, kernel, clock string }{
		{"cpu", "adamw", "clock of the machine; "},
		{"emu", "adamw_f32", "clock of the machine that emulates: not the times of a GPU"},
	} {
		args := []string{"train", "tiny.yaml", "--device", tt.device, "--set", "sample.n=1"}
		plain, traced := filepath.Join("plain", tt.device), filepath.Join("traced", tt.device)
		path := filepath.Join(traced, "traces", "step.json") // in the run, which is not there yet
		for _, more := range [][]string{{"--run", plain}, {"--run", traced, "--trace", path}} {
			if o := program(t, append(args, more...)...); o.status != 0 {
				t.Fatal(o.stderr)
			} else if strings.Contains(o.stderr, "trace "+path) != (len(more) > 2) {
				t.Errorf("%v: %s", more, o.stderr)
			}
		}
		for _, name := range []string{"step-000000004.safetensors", "step-000000006.safetensors"} {
			var b [2][]byte
			for k, dir := range []string{plain, traced} {
				var err error
				if b[k], err = os.ReadFile(filepath.Join(dir, "checkpoints", name)); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(b[0], b[1]) {
				t.Errorf("%s: a traced run has another %s", tt.device, name)
			}
		}
		text, kernels := traceOf(t, path)
		if d := text.OtherData; d["title"] != "training step 3" ||
			!strings.HasPrefix(d["device"], tt.device) ||
			!strings.HasPrefix(d["clock"], tt.clock) {
			t.Errorf("%s: the trace is of %v", tt.device, d)
		}
		if e := text.TraceEvents[0]; e.Name != "process_name" || e.Args.Name != text.OtherData["device"] {
			t.Errorf("%s: the process is %+v", tt.device, e)
		}
		if kernels[tt.kernel] != 1 {
			t.Errorf("%s: launches %v, want one of %s", tt.device, kernels, tt.kernel)
		}
	}
	o := program(t, "train", "--run", "plain/cpu", "--trace", "more.json")
	wants(t, "finished", o.stderr, "warning: trace: no step was left to take: more.json is not written")
	if _, err := os.Stat("more.json"); err == nil || o.status != 0 {
		t.Errorf("status %d, and a trace of nothing: %v", o.status, err)
	}
}

// A trace that cannot be written is said before a step is taken, and one that
// cannot be kept later, when the run has ended.
func TestTraceFaults(t *testing.T) {
	inTemp(t)
	put(t, "file", "")
	put(t, "adir/x", "")
	for path, line := range map[string]string{
		"file/step.json": "trace: atomicfile: lstat file/step.json: not a directory",
		"adir":           "trace: atomicfile: adir is a directory, want a file or nothing",
	} {
		fails(t, []string{"train", "tiny.yaml", "--trace", path}, line)
		fails(t, []string{"bench", "tiny.yaml", "--trace", path}, line)
	}
	if _, err := os.Stat("runs"); err == nil {
		t.Error("runs that could not start have left a directory")
	}
	f := traceFile{path: "removed/step.json"}
	if err := f.ready(); err != nil {
		t.Fatal(err)
	}
	put(t, "removed", "")
	text := captured(t, &os.Stderr, func() {
		setUpLog(manner{})
		f.step()(3, plan.Timeline{}, nil)
	})
	wants(t, "warning", text, "warning: trace: atomicfile: lstat removed/step.json: not a directory")
	if f.done() == nil {
		t.Error("a trace that could not be kept: no error at the end")
	}
}

// Bench writes a trace on any device.
func TestBenchTrace(t *testing.T) {
	inTemp(t)
	o := program(t, "bench", "tiny.yaml", "--device", "emu", "--trace", "new/step.json")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "stdout", o.stdout, "counted, not measured")
	if _, kernels := traceOf(t, "new/step.json"); kernels["clip_f32"] != 1 {
		t.Errorf("launches %v, want one of clip_f32", kernels)
	}
}
