package sample

import (
	"maps"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// writtenResult is a result of three points, as Read shall return it.
func writtenResult(energy bool) *Result {
	r := drawn(3, 2)
	r.X, r.NFE, r.Stopped = []float32{1, 2, 3, 4, 5, 6}, []int{9, 8, 7}, 2
	if energy {
		r.Energy = []float32{3, 9, 15}
	}
	return r
}

// tripled is the energy 3u₀ of points of two coordinates, for samples like those of r.
func tripled(t *testing.T, r *Result) *Energies {
	t.Helper()
	f := model.Trained{Energy: func(b *graph.Builder, in model.Inputs) graph.Node {
		return b.Scale(3, b.Column(in.U, 0))
	}}
	e, err := NewEnergies(t.Context(), onCPU(t), f, r.Spec, method(t, "eqm"), []int{2}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// keptResult draws writtenResult into out.
func keptResult(t *testing.T, out string, energy bool, opt Output) *Result {
	t.Helper()
	r := writtenResult(energy)
	var e *Energies
	if energy {
		e = tripled(t, r)
	}
	if _, err := kept(t, out, r, opt, e); err != nil {
		t.Fatal(err)
	}
	return r
}

// What was written is read, from the directory, from its file, and from one file.
func TestRead(t *testing.T) {
	for _, energy := range []bool{false, true} {
		dir, opt := t.TempDir(), Output{Point: []int{2}, Origin: Origin{Checkpoint: "x", Step: 3}}
		want := keptResult(t, dir, energy, opt)
		one := filepath.Join(t.TempDir(), "one.safetensors")
		keptResult(t, one, energy, opt)
		for _, path := range []string{dir, filepath.Join(dir, arraysFile), one} {
			r, s, err := Read(path)
			if err != nil || !Is(path) {
				t.Fatalf("%s: is %v, %v", path, Is(path), err)
			}
			if r.Seconds <= 0 {
				t.Errorf("%s: it took %v seconds", path, r.Seconds)
			}
			r.Seconds, r.Spec.Params, want.Spec.Params = 0, nil, nil // which come back as JSON has them
			if !reflect.DeepEqual(r, want) || s.Checkpoint != "x" || s.Step != 3 || s.Drawn != 3 {
				t.Errorf("%s: got %+v, %+v, want %+v", path, r, s, want)
			}
		}
	}
}

// A file whose arrays are not those of its summary is refused.
func TestReadRefuses(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.safetensors")
	keptResult(t, good, true, Output{Point: []int{2}})
	f, err := safetensors.Open(good)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	six, three := make([]float32, 6), make([]float32, 3)
	type tensors = []safetensors.Tensor
	samples := safetensors.Tensor{Name: "samples", Shape: []int{3, 2}, Data: six}
	nfe := safetensors.Tensor{Name: "nfe", Shape: []int{3}, Data: three}
	for name, tt := range map[string]struct {
		summary string
		arrays  tensors
		want    string
	}{
		"no summary": {"", tensors{samples, nfe}, "summary: got 0 bytes that are no summary of samples"},
		"no samples": {f.Metadata["summary"], tensors{nfe}, "samples: got shape []"},
		"no nfe":     {f.Metadata["summary"], tensors{samples}, "no tensor"},
		"another size": {strings.ReplaceAll(f.Metadata["summary"], "    3,", "    4,"), tensors{samples, nfe},
			"[4 2]"},
		"few nfe": {f.Metadata["summary"], tensors{samples, {Name: "nfe", Shape: []int{1}, Data: three[:1]}},
			"nfe: got 1 counts, want 3"},
		"half an evaluation": {f.Metadata["summary"], tensors{samples,
			{Name: "nfe", Shape: []int{3}, Data: []float32{1, .5, 1}}}, "nfe[1]: got 0.5, want a count"},
		"few energies": {f.Metadata["summary"], tensors{samples, nfe,
			{Name: "energy", Shape: []int{1}, Data: three[:1]}}, "energy: got 1 numbers, want 3"},
	} {
		path := filepath.Join(t.TempDir(), "bad.safetensors")
		meta := maps.Clone(f.Metadata)
		meta["summary"] = tt.summary
		if err := safetensors.WriteFile(path, meta, tt.arrays); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Read(path); err == nil || !strings.Contains(err.Error(), tt.want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}
