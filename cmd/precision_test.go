package cmd

import (
	"testing"

	"github.com/stillfield/stillfield/cpu"
)

// oneWorker is the name of the CPU with one worker.
func oneWorker(t *testing.T) string {
	t.Helper()
	d, err := cpu.New(cpu.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return d.Name()
}

// A run in tf32 is sampled and goes on where there is none, for whoever asks for it
// in another precision; nobody gets it unasked.
func TestPrecision(t *testing.T) {
	inTemp(t)
	o := program(t, "train", "tiny.yaml", "--device", "emu", "--set", "precision=tf32",
		"--set", "sample.n=1", "--run", "r")
	if o.status != 0 {
		t.Fatalf("%+v", o)
	}
	fails(t, []string{"sample", "r", "--device", "cpu", "--workers", "1"},
		"precision: got tf32, want float32 or bf16, all that "+oneWorker(t)+" has: "+
			"--precision float32 draws in it")
	fails(t, []string{"train", "--run", "r", "--device", "cpu", "--steps", "7"},
		"precision: got tf32, want float32 or bf16, all that "+oneWorker(t)+" has: "+
			"--set precision=float32 trains, or goes on, in it")
	fails(t, []string{"sample", "r", "--device", "cpu", "--precision", "half"},
		`command line: precision: got "half", want float32, tf32 or bf16`)
	o = program(t, "sample", "r", "--device", "cpu", "--precision", "float32", "-n", "1")
	if o.status != 0 {
		t.Errorf("%+v", o)
	}
	o = program(t, "train", "--run", "r", "--device", "cpu", "--steps", "7", "--set", "precision=float32")
	wants(t, "stderr", o.stderr, "warning: the run was in tf32 up to here and goes on in float32",
		"step 7/7  loss ")
	o = program(t, "train", "--run", "r", "--device", "cpu", "--steps", "8")
	if wants(t, "stderr", o.stderr, "step 8/8  loss "); o.status != 0 {
		t.Errorf("%+v", o)
	}
}
