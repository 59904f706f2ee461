package cmd

import (
	"os"
	"testing"

	"github.com/stillfield/stillfield/format/npy"
)

// Samples start from points that are given, as far as the strength says, and keep what a
// mask says: of runs on each device, and of exact fields.
func TestSampleFrom(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	given, _ := points(t, "given", "runs/tiny", "--seed", "9")
	plain, _ := points(t, "plain", "runs/tiny")
	all, _ := points(t, "all", "runs/tiny", "--from", "given")
	none, s := points(t, "none", "runs/tiny", "--from", "given/samples.npy", "--strength", "0")
	if all != plain || none != given || s.From != "given/samples.npy" || s.Given == "" ||
		s.Settings.Strength != 0 {
		t.Errorf("strength 1 is not a plain draw, or 0 not the points: %+v", s)
	}
	half := &npy.Array{Shape: []int{8, 8}, Data: make([]float32, 64)}
	for i := range 32 {
		half.Data[i] = 1
	}
	if err := npy.WriteFile("half.npy", half); err != nil {
		t.Fatal(err)
	}
	was, err := npy.ReadFile("given/samples.npy")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"runs/tiny", "--device", "emu"}, {"runs/tiny", "--sampler", "euler", "--strength", "0.5"},
		{"--exact", "digits", "--sampler", "ddim", "--steps", "3"}} {
		points(t, "masked", append(args, "--from", "given", "--mask", "half.npy")...)
		got, err := npy.ReadFile("masked/samples.npy")
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.Data {
			if known := i%64 >= 32; known != (v == was.Data[i]) {
				t.Fatalf("%v: x[%d] = %v, given %v", args, i, v, was.Data[i])
			}
		}
		if err := os.RemoveAll("masked"); err != nil {
			t.Fatal(err)
		}
	}
	fails(t, []string{"sample", "runs/tiny", "--mask", "half.npy"},
		`mask: got "half.npy", want none without --from, which has what is kept`)
	fails(t, []string{"sample", "runs/tiny", "--strength", "0.5"},
		"sample: strength: got 0.5, want 1 where no points are given, by sample --from")
	fails(t, []string{"sample", "runs/tiny", "--from", "half.npy"},
		"sample: ReadPoints: half.npy: got shape [8 8], want [8 8 1], or several of it")
	put(t, "empty/notes.txt", "no picture")
	fails(t, []string{"sample", "runs/tiny", "--from", "empty"}, "sample: ReadPoints: empty: got a "+
		"directory with no samples and no picture, want one with samples.safetensors or with .png files")
}
