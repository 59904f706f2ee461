// Command formats writes one file of each format of this project into a
// directory, for formats-check.sh to show to the programs the formats belong to.
// What it writes is what check.py expects.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/format/tfevents"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/formats DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(dir string) error {
	a := make([]float32, 24)
	for i := range a {
		a[i] = float32(i)/4 - 2
	}
	return errors.Join(
		safetensors.WriteFile(filepath.Join(dir, "a.safetensors"),
			map[string]string{"config": "name: \"☃\"\n", "step": "800"},
			[]safetensors.Tensor{
				{Name: "w10", Shape: []int{2, 3, 4}, Data: a},
				{Name: "w2", Shape: []int{24}, Data: a},
				{Name: "scalar", Data: a[:1]},
				{Name: "empty", Shape: []int{0, 4}},
			}),
		npy.WriteFile(filepath.Join(dir, "a.npy"), &npy.Array{Shape: []int{2, 3, 4}, Data: a}),
		npy.WriteFile(filepath.Join(dir, "row.npy"), &npy.Array{Shape: []int{24}, Data: a}),
		npy.WriteFile(filepath.Join(dir, "scalar.npy"), &npy.Array{Data: a[:1]}),
		events(filepath.Join(dir, "events"), a),
	)
}

// events is a run that stops at step 9 and resumes from its checkpoint of step 5.
func events(dir string, a []float32) error {
	img, err := picture.Grid(a, 6, 2, 2, 1, picture.Options{Columns: 3, Scale: 2, Gap: 1})
	if err != nil {
		return err
	}
	for _, run := range []struct {
		first, last int64
		add         float64
	}{{1, 9, 0}, {6, 12, 0.5}} {
		w, err := tfevents.Create(dir, run.first)
		if err != nil {
			return err
		}
		if run.first == 1 {
			w.Text(1, "config", "\tname: \"☃\"")
		}
		for step := run.first; step <= run.last; step++ {
			w.Scalar(step, "loss/train", float64(step)+run.add)
			if step%3 == 0 {
				w.Image(step, "samples", img)
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return nil
}
