package sample

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/plan"
)

// Is reports whether path is a directory that a [Store] made, or its file of arrays:
// whether there are tensors of the name samples.
func Is(path string) bool {
	f, err := safetensors.Open(arraysAt(path))
	if err != nil {
		return false
	}
	defer f.Close()
	_, ok := f.Tensor("samples")
	return ok
}

// arraysAt is the file of arrays of a directory of samples, or path itself.
func arraysAt(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, arraysFile)
	}
	return path
}

// Read reads what [Store.Finish] wrote to a directory, or to one .safetensors file. What
// the file claims is held to the arrays that are in it.
func Read(path string) (*Result, Summary, error) {
	r, s, err := readFile(arraysAt(path))
	if err != nil {
		return nil, s, fmt.Errorf("sample: Read: %w", err)
	}
	return r, s, nil
}

func readFile(path string) (*Result, Summary, error) {
	var s Summary
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, s, err
	}
	defer f.Close()
	if err := json.Unmarshal([]byte(f.Metadata["summary"]), &s); err != nil {
		return nil, s, fmt.Errorf("%s: summary: got %d bytes that are no summary of samples: %w", path,
			len(f.Metadata["summary"]), err)
	}
	t, ok := f.Tensor("samples")
	if !ok || len(t.Shape) < 2 || slices.Min(t.Shape) < 1 || !slices.Equal(t.Shape, s.Shape) {
		return nil, s, fmt.Errorf("%s: samples: got shape %v, want that of the summary, %v", path, t.Shape,
			s.Shape)
	}
	r := &Result{Spec: s.Settings, Dim: plan.Size(t.Shape[1:]), Stopped: s.Stopped, Rows: s.Work.Rows,
		Seconds: s.Seconds}
	if r.X, err = f.Float32("samples"); err != nil {
		return nil, s, err
	}
	nfe, err := f.Float32("nfe")
	if err == nil && len(nfe) != t.Shape[0] {
		err = fmt.Errorf("%s: nfe: got %d counts, want %d", path, len(nfe), t.Shape[0])
	}
	if err != nil {
		return nil, s, err
	}
	for i, n := range nfe {
		if r.NFE = append(r.NFE, int(n)); !(0 <= n && n < 1<<24) || float32(r.NFE[i]) != n {
			return nil, s, fmt.Errorf("%s: nfe[%d]: got %v, want a count below 2²⁴", path, i, n)
		}
	}
	if _, ok := f.Tensor("energy"); !ok {
		return r, s, nil
	}
	if r.Energy, err = f.Float32("energy"); err == nil && len(r.Energy) != len(nfe) {
		err = fmt.Errorf("%s: energy: got %d numbers, want %d", path, len(r.Energy), len(nfe))
	}
	return r, s, err
}
