package cmd

import (
	"bytes"
	"os"
	"testing"
)

// What a command reads, and any checkpoint, is not written over by its output, by whatever path.
func TestSpared(t *testing.T) {
	inTemp(t)
	tinyRings(t, "--set", "average.std=[0.05]", "--set", "average.snapshot=10")
	const ck = "runs/tiny/checkpoints/step-000000020.safetensors"
	average := []string{"average", "runs/tiny", "--std", "0.05"}
	points := []string{"sample", "runs/tiny", "--sampler", "euler", "--steps", "2", "-n", "2", "-q"}
	for _, args := range [][]string{append(points, "--out", "x.npy"),
		append(points, "--out", "x.safetensors"), {"export", "runs/tiny", "--out", "e.safetensors"},
		{"average", "runs/tiny", "--std", "0.05", "--out", "a.safetensors"}} {
		for range 2 { // what they wrote themselves they write anew
			if o := program(t, args...); o.status != 0 {
				t.Fatalf("%v: %+v", args, o)
			}
		}
	}
	if err := os.Link(ck, "linked.safetensors"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		out  string
		want string
	}{
		{points, ck, "a checkpoint's"},
		{points, "linked.safetensors", "a checkpoint's"},
		{[]string{"export", "runs/tiny"}, ck, "a checkpoint's"},
		{[]string{"export", "runs/tiny", "--format", "onnx"}, ck, "a checkpoint's"},
		{average, ck, "a checkpoint's"},
		{average, "runs/tiny/averages/step-000000010.safetensors", "what is read"},
		{append(points, "--from", "x.npy", "--strength", "0.5"), "./x.npy", "what is read"},
	} {
		was, err := os.ReadFile(tt.out)
		if err != nil {
			t.Fatal(err)
		}
		fails(t, append(tt.args, "--out", tt.out), `out: got "`+tt.out+`", want another path than `+tt.want)
		if is, err := os.ReadFile(tt.out); err != nil || !bytes.Equal(was, is) {
			t.Errorf("%v: %s was written over: %v", tt.args, tt.out, err)
		}
	}
}
