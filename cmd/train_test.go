package cmd

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/model"
)

// The life of a run: the default's directory, a finished run, more steps.
func TestTrain(t *testing.T) {
	inTemp(t)
	o := program(t, "train", "tiny.yaml")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "stdout", o.stdout, "picture: runs/tiny/samples/step-000000006.png\n",
		"next:    stillfield sample runs/tiny -n 64 --seed 1\n",
		"         stillfield train --run runs/tiny --steps 12\n")
	wants(t, "stderr", o.stderr, "tiny  data=digits device=\"cpu (1 workers,",
		`model="mlp 16×1" run=runs/tiny weights=`,
		"step 6/6  loss ", " images/s  0s left\n", "sampling 36/36 evaluations  0s left\n",
		"trained  checkpoint=runs/tiny/checkpoints/step-000000006.safetensors", "steps=6\n")
	picture, err := os.ReadFile("runs/tiny/samples/step-000000006.png")
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(picture)); err != nil || img.Bounds().Dx() < 3*8 {
		t.Errorf("the picture: %v", err)
	}

	again := program(t, "train", "--run", "runs/tiny") // what the directory says
	wants(t, "finished", again.stdout, "finished: runs/tiny has taken 6 steps, all of the 6 asked for\n")
	if again.status != 0 || strings.Contains(again.stderr, "step 6/6") {
		t.Errorf("status %d: %s", again.status, again.stderr)
	}
	if err := os.Remove("runs/tiny/samples/step-000000006.png"); err != nil {
		t.Fatal(err)
	}
	if o := program(t, "train", "--run", "runs/tiny"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	if b, err := os.ReadFile("runs/tiny/samples/step-000000006.png"); err != nil || !bytes.Equal(b, picture) {
		t.Errorf("a missing picture was not drawn again as it was: %v", err)
	}

	more := program(t, "train", "tiny.yaml", "--steps", "8")
	wants(t, "more", more.stderr, "resuming  step=6\n", "step 8/8", "steps=8\n")
	if more.status != 0 {
		t.Errorf("status %d", more.status)
	}
	fails(t, []string{"train", "tiny.yaml", "--seed", "3", "--set", "batch=4"},
		"run: runs/tiny holds a run of another configuration: "+
			"seed is 0 there and 3 here; batch is 8 there and 4 here; choose another directory with --run")
}

// The program with no arguments but train gives a model of digits, here for 3
// steps and of fewer evaluations.
func TestTrainDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	o := program(t, "train", "--steps", "3", "--device", "cpu", "--workers", "2", "--set", "sample.steps=3",
		"--set", "sample.n=4", "-v")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "stdout", o.stdout, "picture: runs/digits-eqm/samples/step-000000003.png")
	wants(t, "stderr", o.stderr, "digits-eqm  data=digits device=\"cpu (2 workers",
		"checkpoint runs/digits-eqm/checkpoints/")
	text, err := os.ReadFile("runs/digits-eqm/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "config.yaml", string(text), "name: digits-eqm\nseed: 0\nsteps: 3\n", "workers: 2\n")
}

// What a user may do wrong, and every line they are told.
func TestTrainFaults(t *testing.T) {
	inTemp(t)
	put(t, "bad.yaml", "steps: -1\nmodel: {kind: mlp, widht: 16}\n")
	put(t, "file", "")
	put(t, "adir/x", "")
	names := "want a file or one of " + strings.Join(configs.Names(), ", ")
	absent := "want a file or directory that is there, or the name of an experiment, which list prints"
	mlp, _ := model.Kinds.Find("mlp")
	keys := []string{"kind"}
	for _, p := range model.Kinds.Params(mlp) {
		keys = append(keys, p.Name)
	}
	unknown := choice.Unknown("model", "widht", keys)
	for _, tt := range []struct {
		args  []string
		lines []string
	}{
		{[]string{"digit-eqm"}, []string{
			`config: got "digit-eqm", ` + names + ": digits-eqm is the nearest"}},
		{[]string{"missing/my.yaml"}, []string{`config: got "missing/my.yaml", ` + absent}},
		{[]string{"my.npz"}, []string{`config: got "my.npz", ` + absent}},
		{[]string{"adir"}, []string{"datasets: Recognize: adir: got a directory, want " + sought()}},
		{[]string{"file/x.yaml"}, []string{"config: bounded: Open: stat file/x.yaml: not a directory"}},
		{[]string{"bad.yaml"}, []string{
			"bad.yaml:2:20: " + unknown.Error(),
			"bad.yaml:1:8: steps: got -1, want between 1 and 268435456"}},
		{[]string{"tiny.yaml", "--set", "optimizer.lr=fast", "--steps", "0"}, []string{
			"command line: steps: got 0, want between 1 and 268435456",
			`command line: optimizer.lr: got "fast", want a number in (0, 10)`}},
		{[]string{"fashion-eqm", "--set", "data.path=none"},
			[]string{"datasets: fashion-mnist: path: stat none: no such file or " +
				"directory; to get it: apt install dataset-fashion-mnist, or --set data.path=DIR"}},
		{[]string{"tiny.yaml", "--set", "data.size=28"}, []string{
			"command line: data.size: got 28, want that of the images of digits, which are 8×8×1"}},
		{[]string{"tiny.yaml", "--device", "gpu"}, []string{`command line: device: got "gpu", want auto, ` +
			`cpu, cuda, cuda:K or emu`}},
		{[]string{"tiny.yaml", "--run", "file"}, []string{"run: run directory: mkdir file: not a " +
			"directory"}},
		{[]string{"tiny.yaml", "--stepz", "3"}, []string{"--stepz: unknown flag: did you mean --steps?"}},
		{[]string{"tiny.yaml", "--steps", "three"}, []string{
			`command line: steps: got "three", want between 1 and 268435456`}},
		{[]string{"tiny.yaml", "--seed", "-1"}, []string{`command line: seed: got "-1", want a whole ` +
			`number ≥ 0`}},
		{[]string{"tiny.yaml", "more"}, []string{`train: got 2 arguments, the second of them "more", want ` +
			`one configuration, run or data`}},
	} {
		fails(t, append([]string{"train"}, tt.args...), tt.lines...)
	}
	if _, err := os.Stat("runs"); err == nil {
		t.Error("runs that could not start have left a directory")
	}
}

// A checkpoint that cannot be read is passed over with a warning.
func TestTrainPassesOver(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	last := filepath.FromSlash("runs/tiny/checkpoints/step-000000006.safetensors")
	if err := os.Truncate(last, 1000); err != nil {
		t.Fatal(err)
	}
	o := program(t, "train", "--run", "runs/tiny")
	wants(t, "stderr", o.stderr, "warning: passed over: run: checkpoint: safetensors: "+last+": file "+
		"truncated: ",
		"resuming  step=4\n", "step 6/6")
	if o.status != 0 {
		t.Errorf("status %d", o.status)
	}
}
