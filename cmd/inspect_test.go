package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/format/safetensors"
)

// What inspect says of a configuration, a run, a run with a torn checkpoint, a
// checkpoint, and of a plan.
func TestInspect(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	const step6 = "runs/tiny/checkpoints/step-000000006.safetensors"
	body := []string{"\nfield    linear/eqm: ", "\nverdict  on linear, eqm undoes its errors",
		"\ndata     digits 8×8×1\nmodel    mlp 16×1\nweights  ",
		" GFLOP for each image and evaluation\ntraining ", " TFLOP/s\n\n",
		"1040  in ", "2 tensors\n", "\n--tensors lists all "}
	for _, tt := range []struct{ path, what string }{
		{"tiny.yaml", "configuration tiny.yaml"},
		{"digits-fm", "configuration digits-fm, on digits-eqm"},
		{"runs/tiny", "checkpoint " + step6 + ", step 6 of 6"},
		{step6, "checkpoint " + step6 + ", step 6 of 6"},
		{"runs/tiny/config.yaml", "configuration runs/tiny/config.yaml"},
	} {
		o := program(t, "inspect", tt.path)
		parts := body
		if tt.path == "digits-fm" {
			parts = []string{"\nfield    linear/velocity: ", "mlp 512×4\nweights  2172480 (8.7 MB)\n"}
		}
		if o.status != 0 || o.stderr != "" || !strings.HasPrefix(o.stdout, tt.what+"\n") {
			t.Errorf("%s: %+v", tt.path, o)
		}
		wants(t, tt.path, o.stdout, parts...)
	}
	wants(t, "set", program(t, "inspect", "tiny.yaml", "--set", "model.width=32").stdout, "mlp 32×1")
	wants(t, "tensors", program(t, "inspect", "tiny.yaml", "--tensors").stdout, "1024  in.weight ",
		"[64 16]\n")
	for _, path := range []string{"tiny.yaml", "runs/tiny"} {
		wants(t, "plan", program(t, "inspect", path, "--plan").stdout, "normal", "matmul", "clip", "adamw")
	}
	if err := os.Truncate(step6, 99); err != nil {
		t.Fatal(err)
	}
	o := program(t, "inspect", "runs/tiny")
	wants(t, "torn", o.stdout, "step-000000004.safetensors, step 4 of 6\nskipped  run: checkpoint: "+
		"safetensors: "+step6)
	if err := os.RemoveAll("runs/tiny/checkpoints"); err != nil {
		t.Fatal(err)
	}
	wants(t, "without", program(t, "inspect", "runs/tiny").stdout, "run runs/tiny without a checkpoint\n")
}

func TestInspectFaults(t *testing.T) {
	inTemp(t)
	put(t, "foreign.safetensors", "hello, this is no such file")
	put(t, "empty/x", "")
	names := ", want a file or one of " + strings.Join(configs.Names(), ", ")
	for path, want := range map[string]string{
		"nowhere": `config: got "nowhere"` + names,
		"foreign.safetensors": "run: checkpoint: safetensors: foreign.safetensors: not a safetensors " +
			"file: header of 8367736964726416744 bytes, want at most 100000000",
		"empty": "run: empty is not a run: bounded: Open: stat empty/config.yaml: " +
			"no such file or directory",
		"foreign": `config: got "foreign"` + names,
	} {
		fails(t, []string{"inspect", path}, want)
	}
	fails(t, []string{"inspect"},
		"inspect: got no argument, want a run, a checkpoint, a configuration or data")
}

func TestDeviceAndHelp(t *testing.T) {
	o := program(t, "device")
	if o.status != 0 || o.stderr != "" {
		t.Errorf("%+v", o)
	}
	wants(t, "device", o.stdout, "cpu      cpu (", " workers, ", "\ncuda", "\nemu ")
	for _, args := range [][]string{{"--help"}, {}, {"help"}} {
		o := program(t, args...)
		if o.status != 0 || o.stderr != "" {
			t.Errorf("%v: %+v", args, o)
		}
		wants(t, "help", o.stdout, "stillfield train ", "Available Commands:", "device", "inspect", "sample",
			"train")
	}
	o = program(t, "train", "--help")
	wants(t, "train --help", o.stdout, "bit for bit", "status 75", "Usage:", "--device", "--run", "--seed",
		"--set", "--steps", "--workers")
	wants(t, "sample --help", program(t, "sample", "--help").stdout, "\nFlags:\n", "\nFlags of --exact:\n",
		"\nFlags of one sampler or some:\n", "\nGlobal Flags:\n")
	if o := program(t, "--version"); o.status != 0 || !strings.HasPrefix(o.stdout, "stillfield version ") {
		t.Errorf("%+v", o)
	}
	fails(t, []string{"trian"}, `unknown command "trian" for "stillfield"; did you mean train`)
}

// A checkpoint is one under any name, and its average alone, as another program
// could have written it, is enough to draw from.
func TestCheckpointOfAnyName(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	const last = "runs/tiny/checkpoints/step-000000006.safetensors"
	copyFile(t, last, "model.ckpt")
	f, err := safetensors.Open(last)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var ts []safetensors.Tensor
	for _, info := range f.Tensors() {
		if strings.HasPrefix(info.Name, "average.") {
			data, err := f.Float32(info.Name)
			if err != nil {
				t.Fatal(err)
			}
			ts = append(ts, safetensors.Tensor{Name: info.Name, Shape: info.Shape, Data: data})
		}
	}
	if err := safetensors.WriteFile("average", f.Metadata, ts); err != nil {
		t.Fatal(err)
	}
	var want string
	for _, path := range []string{last, "model.ckpt", "average"} {
		wants(t, path, program(t, "inspect", path).stdout, "checkpoint "+path+", step 6 of 6\nfield ")
		o := program(t, "sample", path, "-n", "1", "--out", path+"-drawn")
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		got := read(t, path+"-drawn/samples.npy")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: other samples", path)
		}
	}
	fails(t, []string{"sample", "average", "--weights", "raw"},
		`run: checkpoint: average: tensor "weights.in.weight": got none, want shape [64 16]`)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	put(t, to, read(t, from))
}

// A loss without a finite mean is said once, before anything is trained, by
// inspect and by train; what only a decomposition lacks is a note of inspect.
func TestAnInfiniteLossIsSaidOnce(t *testing.T) {
	inTemp(t)
	const loss, note = "no finite mean: w·p·(1+c²+d²) grows like t^-2",
		"\nnote     f* has no finite decomposition "
	infinite := []string{"tiny.yaml", "--set", "field.target=data", "--set", "field.weight=edm",
		"--set", "sample.sampler=heun"}
	for _, tt := range []struct {
		args     []string
		warnings int
	}{
		{append([]string{"inspect"}, infinite...), 1},
		{append([]string{"train"}, infinite...), 1},
		{[]string{"inspect", "tiny.yaml"}, 0},
		{[]string{"train", "tiny.yaml", "--run", "runs/finite"}, 0},
	} {
		o := program(t, tt.args...)
		if got := strings.Count(o.stdout+o.stderr, loss); o.status != 0 || got != tt.warnings {
			t.Errorf("%v: status %d, the loss is called infinite %d times, want %d:\n%s%s",
				tt.args, o.status, got, tt.warnings, o.stdout, o.stderr)
		}
		notes := 0
		if tt.args[0] == "inspect" {
			notes = 1
		}
		if got := strings.Count(o.stdout+o.stderr, note); got != notes {
			t.Errorf("%v: %d notes on the decomposition, want %d", tt.args, got, notes)
		}
	}
}
