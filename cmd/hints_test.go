package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/experiment"
)

// Flags of other programs, slips, and assignments without --set are answered with what
// does the same here, in one line and before any work.
func TestHints(t *testing.T) {
	inTemp(t)
	for _, tt := range []struct{ args, want string }{
		{"train --lr 3", "--lr: unknown flag: --set optimizer.lr=VALUE sets that"},
		{"train --half-life 3", "--half-life: unknown flag: --set average.half_life=VALUE sets that"},
		{"train --stps 3", "--stps: unknown flag: did you mean --steps?"},
		{"train --config=x",
			"--config: unknown flag: the configuration is an argument: stillfield train CONFIG"},
		{"train -z", "-z: unknown flag: stillfield train --help lists those there are"},
		{"train --zzzzzzzz", "--zzzzzzzz: unknown flag: stillfield train --help lists those there are"},
		{"geometry field -z", "-z: unknown flag: stillfield geometry field --help lists those there are"},
		{"geometry field --zzzzzzzz", "unknown flag: stillfield geometry field --help lists those there are"},
		{"sample --smapler x y", "--smapler: unknown flag: did you mean --sampler?"},
		{"train lr=1e-3", `train: got "lr=1e-3", want one configuration, run or data; ` +
			"--set optimizer.lr=1e-3 changes a key of the configuration"},
		{"train tiny.yaml model.width=8", `train: got "model.width=8", want one configuration, run or ` +
			"data; --set model.width=8 changes a key of the configuration"},
		{"train a b", `train: got 2 arguments, the second of them "b", want one configuration, run or data`},
		{"sample", "sample: got no argument, want a run's directory or a checkpoint"},
		{"list nothing", `list: got "nothing", want one of `},
		{"list networks unte", "unet is the nearest"},
	} {
		o := program(t, strings.Fields(tt.args)...)
		if o.status != 1 || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, tt.want) {
			t.Errorf("%s: status %d, %q, want %q", tt.args, o.status, o.stderr, tt.want)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"train", ""}, "train: got an empty argument, want one configuration, run or data"},
		{[]string{"sample", ""}, "sample: got an empty argument, want a run's directory or a checkpoint"},
		{[]string{"inspect", ""},
			"inspect: got an empty argument, want a run, a checkpoint, a configuration or data"},
		{[]string{"bench", ""}, "bench: got an empty argument, want one configuration"},
		{[]string{"train", "tiny.yaml", "--run", ""}, "--run: got an empty value, want a string"},
		{[]string{"train", "tiny.yaml", "--trace="}, "--trace: got an empty value, want a string"},
		{[]string{"sample", "x", "--out", ""}, "--out: got an empty value, want a string"},
		{[]string{"sample", "x", "--eta", ""}, "--eta: got an empty value, want a number"},
	} {
		fails(t, tt.args, tt.want)
	}
	if _, err := os.Stat("runs"); err == nil {
		t.Error("a run was begun")
	}
	for flag := range habits {
		o := program(t, "train", "--"+flag, "1")
		if o.status != 1 || strings.Contains(o.stderr, "lists those there are") {
			t.Errorf("--%s: status %d, %s", flag, o.status, o.stderr)
		}
	}
}

// List has a line for every entry of every table, and all the keys of each.
func TestList(t *testing.T) {
	all := program(t, "list").stdout
	for _, s := range experiment.Sections() {
		for _, e := range s.Table.Entries {
			wants(t, "list", all, "  "+e.Name, e.About)
			one := program(t, "list", s.Table.What, e.Name).stdout
			for _, p := range s.Table.Params(&e) {
				wants(t, e.Name, one, "  "+p.Name, p.About)
			}
		}
	}
	wants(t, "list", program(t, "list", "experiments").stdout, "digits-eqm")
	samplers := program(t, "list", "samplers").stdout
	if got := program(t, "sample", "--sampler", "list").stdout; got != samplers || got == "" {
		t.Errorf("sample --sampler list: got\n%s\nwant what list samplers prints", got)
	}
}

// A file named for the samples holds them, and nothing else is written.
func TestSampleFile(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for name, magic := range map[string]string{
		"a.png": "\x89PNG", "b/c.npy": "\x93NUMPY", "d.safetensors": "",
	} {
		o := program(t, "sample", "runs/tiny", "-n", "3", "--out", name)
		got, err := os.ReadFile(name)
		if o.status != 0 || err != nil || !strings.HasPrefix(string(got), magic) {
			t.Errorf("%s: status %d, %v, %s", name, o.status, err, o.stderr)
		}
	}
	if err := os.Mkdir("dir.png", 0o777); err != nil {
		t.Fatal(err)
	}
	if o := program(t, "sample", "runs/tiny", "-n", "3", "--out", "dir.png"); o.status != 0 {
		t.Error(o.stderr)
	}
	if _, err := os.Stat("dir.png/summary.json"); err != nil {
		t.Error(err)
	}
}
