package cmd

import (
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/run"
)

// A run in bf16 that comes from a machine that adds in the other order says so when it goes on.
func TestOrder(t *testing.T) {
	inTemp(t)
	args := []string{"train", "tiny.yaml", "--device", "cpu", "--set", "precision=bf16", "--set",
		"sample.n=1", "--run", "r", "--steps"}
	if o := program(t, append(args, "3")...); o.status != 0 {
		t.Fatalf("%+v", o)
	}
	ck, err := run.Load(run.CheckpointPath("r", 3))
	if err != nil {
		t.Fatal(err)
	}
	is, was := ck.Order, string(bf16.EvenOdd)
	if is == was {
		was = string(bf16.Pairwise)
	}
	ck.Order = was
	if err := ck.Save(); err != nil {
		t.Fatal(err)
	}
	o := program(t, append(args, "4")...)
	wants(t, "stderr", o.stderr, "warning: the machine that trained up to here added products "+was+
		", and this one adds them "+is, "step 4/4  loss ")
	if o.status != 0 {
		t.Errorf("%+v", o)
	}
}
