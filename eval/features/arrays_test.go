package features

import (
	"archive/zip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/npy"
)

// archive writes an .npz file of matrices of dim columns.
func archive(t *testing.T, path string, dim int, of map[string][]float32) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, x := range of {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if err := npy.Write(w, &npy.Array{Shape: []int{len(x) / dim, dim}, Data: x}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// Arrays are the features that they hold, from one archive, which may be given by its path
// alone, or from two files.
func TestArrays(t *testing.T) {
	dir := t.TempDir()
	real, generated := []float32{1, 2, 3, 4, 5, 6}, []float32{7, 8}
	both := filepath.Join(dir, "both.NPZ")
	archive(t, both, 2, map[string][]float32{"real": real, "generated": generated})
	r, g := filepath.Join(dir, "r.npy"), filepath.Join(dir, "g.npy")
	for path, x := range map[string][]float32{r: real, g: generated} {
		if err := npy.WriteFile(path, &npy.Array{Shape: []int{len(x) / 2, 2}, Data: x}); err != nil {
			t.Fatal(err)
		}
	}
	hashes := map[string]bool{}
	for _, text := range []string{both, "arrays:file=" + both, "arrays:real=" + r + ",generated=" + g} {
		a := open(t, text, digits(t)).(Stored)
		got := [][]float32{a.Rows(Real), a.Rows(Generated)}
		if diff := cmp.Diff([][]float32{real, generated}, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if a.Info().Dim != 2 || a.Extract(t.Context(), nil, nil) == nil {
			t.Errorf("%s: %+v", text, a.Info())
		}
		hashes[a.Info().Hash] = true
	}
	if len(hashes) != 1 {
		t.Errorf("the same features have hashes %v", hashes)
	}
}

func TestArraysRefuse(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, shape []int, x []float32) string {
		path := filepath.Join(dir, name)
		if err := npy.WriteFile(path, &npy.Array{Shape: shape, Data: x}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.npy", []int{2, 2}, []float32{1, 2, 3, 4})
	nan := file("nan.npy", []int{2, 2}, []float32{1, 2, 3, float32(math.NaN())})
	other := file("other.npy", []int{1, 3}, []float32{1, 2, 3})
	flat := file("flat.npy", []int{3}, []float32{1, 2, 3})
	half := filepath.Join(dir, "half.npz")
	archive(t, half, 2, map[string][]float32{"real": {1, 2}})
	for _, tt := range []struct{ file, real, generated, want string }{
		{half, "", "", "generated"},
		{half, good, "", "features.file: got"},
		{"", good, "", "features.file: got"},
		{"", good, nan, "generated: feature 1 of row 1 is NaN, want finite numbers"},
		{"", good, other, "generated: got 3 features a row, want 2, those of real"},
		{"", flat, good, "real: got an array of shape [3], want [points, features]"},
		{"", filepath.Join(dir, "none.npy"), good, "none.npy"},
	} {
		c := choice.Choice{Kind: "arrays",
			Params: choice.Values{"file": tt.file, "real": tt.real, "generated": tt.generated}}
		_, err := Open(t.Context(), c, On{Points: digits(t).Info()})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: got %v", tt, err)
		}
	}
	_, err := Parse(good)
	if err == nil || !strings.Contains(err.Error(), "or a file that one of them reads") {
		t.Errorf("one array was taken: %v", err)
	}
}
