package cmd

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/sample"
)

// Every key of the sample section is a flag of sample, and every key outside a section
// one of the commands that read a configuration; their help says what the table does.
func TestFlagsAreTheTables(t *testing.T) {
	top, _ := experiment.At("")
	section, _ := experiment.At("sample")
	for _, tt := range []struct {
		c *cobra.Command
		t choice.Table[any]
	}{{newSample(), section.Table}, {newTrain(), top.Table}, {newInspect(), top.Table}, {newBench(),
		top.Table}} {
		params := tt.t.Common
		for _, e := range tt.t.Entries {
			params = append(params, e.Params...)
		}
		for _, p := range params {
			f := tt.c.Flags().Lookup(p.Name)
			if f == nil || !strings.HasPrefix(f.Usage, p.About) || !strings.Contains(f.Usage, p.In.Want) {
				t.Errorf("%s: the flag of %s is %+v", tt.c.Name(), p.Name, f)
			}
		}
	}
}

// Flags become assignments with the text that was given, after those of --set.
func TestAssignments(t *testing.T) {
	var o overrides
	c := &cobra.Command{Use: "test"}
	o.config(c)
	args := strings.Fields("--steps 1e3 --seed -1 --model unet:channels=8 --field=fm --set steps=7")
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	want := []string{"steps=7", "seed=-1", "steps=1e3", "field=fm", "model=unet:channels=8"}
	if diff := cmp.Diff(want, o.assignments(c)); diff != "" {
		t.Error(diff)
	}
}

// What may be named is completed from the tables.
func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{
		"sample r --sampler":    "heun\tHeun's method",
		"sample r --grid":       "karras",
		"train --model":         "unet\tU-Net",
		"train --data":          "rings\tpoints",
		"train --field":         "ddpm\tnoise prediction",
		"inspect x --optimizer": "adamw\t",
		"train --precision":     "bf16",
	} {
		o := program(t, append([]string{"__complete"}, append(strings.Fields(line), "")...)...)
		if !strings.Contains(o.stdout, want) {
			t.Errorf("%s: %q, want %q in it", line, o.stdout, want)
		}
	}
}

// A run's own sampler gives way to another with all that is the sampler's: EDM's own
// sampler can be had on any run.
func TestSampleAnotherWay(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml", "--set", "field.prior.min=0.001"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	o := program(t, "sample", "runs/tiny", "-n", "1", "--clean", "--sampler", "heun", "--steps", "1e1",
		"--grid=karras")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "summary", o.stdout, `"sampler":"heun"`, `"steps":10`, `"grid":"karras"`, `"clean":true`,
		`"max":21`)
	fails(t, []string{"sample", "runs/tiny", "--sampler", "heun", "--mu", "0.3"},
		`command line: sample.mu: got "0.3", want no mu: heun takes none, `+
			choice.Or(sample.Samplers.Takers("mu"))+" does")
	fails(t, []string{"sample", "runs/tiny", "--sampler", "huen"},
		`command line: sample.sampler: got "huen", want `+
			choice.OneOf("huen", sample.Samplers.Names()))
	fails(t, []string{"sample", "runs/tiny", "--out", "x.GIF"},
		`out: got "x.GIF", want a .png, .npy or .safetensors file, or a directory`)
	fails(t, []string{"sample", "runs/tiny", "--singles", "0x1"},
		`invalid argument "0x1" for "--singles" flag: got "0x1", want at least 0 pictures, in decimal digits`)
}

// What inspect is asked to change, it changes or refuses: of a configuration, a run and
// a checkpoint.
func TestInspectChanges(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for _, path := range []string{"tiny.yaml", "runs/tiny",
		"runs/tiny/checkpoints/step-000000006.safetensors"} {
		fails(t, []string{"inspect", path, "--set", "nonsense=1"},
			"command line: nonsense: got an unknown key, want one of accumulate, average, batch, data, "+
				"device, diagnostics, eval, field, leaves, log, "+
				"model, name, optimizer, precision, reduce, sample, seed, steps, workers")
		plan := program(t, "inspect", path, "--plan", "--batch", "3").stdout
		wants(t, path, plan, "[3 ")
		wants(t, path, program(t, "inspect", path, "--model", "mlp:width=32,depth=2").stdout, "mlp 32×2")
		wants(t, path, program(t, "inspect", path, "--data", "rings").stdout, "data     rings 1×1×2")
	}
}
