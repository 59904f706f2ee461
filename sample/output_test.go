package sample

import (
	"encoding/json"
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/safetensors"
)

// drawn is a result of n points of shape dims, each coordinate its own number.
func drawn(n, dim int) *Result {
	r := &Result{Spec: Defaults(), Dim: dim}
	r.Spec.N, r.Spec.Start = n, 1 // as on the process of kept
	r.X, r.NFE = make([]float32, n*dim), make([]int, n)
	for i := range r.X {
		r.X[i] = float32(i%97)/48 - 1
	}
	for i := range r.NFE {
		r.NFE[i] = 100 + i
	}
	return r
}

// kept draws r, of which the first two stopped, into out, and returns the path of the
// picture.
func kept(t testing.TB, out string, r *Result, opt Output, e *Energies) (string, error) {
	t.Helper()
	w, err := Open(t.Context(), out, r.Dim, r.Spec, method(t, "eqm"), opt)
	if err != nil {
		return "", err
	}
	for i, ok := w.Next(); ok; i, ok = w.Next() {
		s := Sample{Number: i, X: r.X[i*r.Dim : (i+1)*r.Dim], NFE: r.NFE[i], Stopped: i < 2}
		if err := w.Put(s); err != nil {
			t.Fatal(err)
		}
	}
	_, picture, err := w.Finish(t.Context(), e)
	return picture, errors.Join(err, w.Close())
}

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     int
		opt   Output
		files []string
	}{
		{"gray", 5, Output{Point: []int{4, 3, 1}, Singles: 2},
			[]string{"000000.png", "000001.png", "samples.npy", "samples.png", "samples.safetensors",
				"summary.json"}},
		{"colour, more than a grid holds", 300, Output{Point: []int{2, 2, 3}},
			[]string{"samples.npy", "samples.png", "samples.safetensors", "summary.json"}},
		{"more singles than samples", 1, Output{Point: []int{2, 2, 4}, Singles: 9},
			[]string{"000000.png", "samples.npy", "samples.png", "samples.safetensors", "summary.json"}},
		{"points", 9, Output{Point: []int{3}, Singles: 4, Behind: []float32{1, 2, 3, -1, -2, -3},
			Projection: &[2][]float64{{0, 1, 0}, {0, 0, 1}}},
			[]string{"samples.npy", "samples.png", "samples.safetensors", "summary.json"}},
		{"line", 9, Output{Point: []int{1}}, []string{"samples.npy", "samples.safetensors", "summary.json"}},
		{"two channels", 2, Output{Point: []int{2, 2, 2}, Singles: 1},
			[]string{"samples.npy", "samples.safetensors", "summary.json"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "made", "here")
			dim := 1
			for _, n := range tt.opt.Point {
				dim *= n
			}
			tt.opt.Origin = Origin{Checkpoint: "digits.safetensors", Step: 7, Weights: "raw", Version: "v1"}
			r := drawn(tt.n, dim)
			pic, err := kept(t, dir, r, tt.opt, nil)
			if err != nil {
				t.Fatal(err)
			}
			list, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range list {
				names = append(names, e.Name())
			}
			if !slices.Equal(names, tt.files) {
				t.Errorf("wrote %q, want %q", names, tt.files)
			}
			want := ""
			if slices.Contains(tt.files, "samples.png") {
				want = filepath.Join(dir, "samples.png")
			}
			if pic != want {
				t.Errorf("picture %q, want %q", pic, want)
			}
			shape := append([]int{tt.n}, tt.opt.Point...)
			checkArrays(t, dir, r, shape)
			checkSummary(t, dir, r, tt.opt, shape)
		})
	}
}

func checkArrays(t *testing.T, dir string, r *Result, shape []int) {
	t.Helper()
	a, err := npy.ReadFile(filepath.Join(dir, "samples.npy"))
	if err != nil || !slices.Equal(a.Shape, shape) || !slices.Equal(a.Data, r.X) {
		t.Errorf("samples.npy: %v, shape %v, want %v and what was drawn", err, a.Shape, shape)
	}
	f, err := safetensors.Open(filepath.Join(dir, "samples.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := f.Float32("samples")
	if info, _ := f.Tensor("samples"); err != nil || !slices.Equal(x, r.X) ||
		!slices.Equal(info.Shape, shape) {
		t.Errorf("samples: %v, shape %v, want %v and what was drawn", err, info.Shape, shape)
	}
	nfe, err := f.Float32("nfe")
	if err != nil || len(nfe) != len(r.NFE) || int(nfe[len(nfe)-1]) != r.NFE[len(nfe)-1] {
		t.Errorf("nfe: %v, %v, want %v", err, nfe, r.NFE)
	}
	if f.Metadata["summary"]+"\n" != string(read(t, filepath.Join(dir, "summary.json"))) {
		t.Errorf("the metadata is not the summary: %q", f.Metadata)
	}
}

func checkSummary(t *testing.T, dir string, r *Result, opt Output, shape []int) {
	t.Helper()
	var s Summary
	if err := json.Unmarshal(read(t, filepath.Join(dir, "summary.json")), &s); err != nil {
		t.Fatal(err)
	}
	n := len(r.NFE)
	if s.Sampler != "gd" || !cmp.Equal(s.Settings, r.Spec) || !slices.Equal(s.Shape, shape) ||
		s.Stopped != min(n, 2) || s.Seconds <= 0 || s.NFE.Max != 99+n || s.NFE.Mean != 100+float64(n-1)/2 ||
		!cmp.Equal(s.Origin, opt.Origin) || s.Drawn != n || s.Pictured != opt.shown(n) {
		t.Errorf("summary %+v", s)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Singles are the images the grid shows, pixel for pixel.
func TestSinglesAreTheImages(t *testing.T) {
	dir := t.TempDir()
	r := drawn(2, 6)
	if _, err := kept(t, dir, r, Output{Point: []int{2, 3, 1}, Singles: 2}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "000001.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 3 || b.Dy() != 2 {
		t.Fatalf("%d × %d pixels, want 3 × 2", b.Dx(), b.Dy())
	}
	for y := range 2 {
		for x := range 3 {
			got, _, _, _ := img.At(x, y).RGBA()
			want := 127.5 * (float64(r.X[6+3*y+x]) + 1)
			if gap := float64(got>>8) - want; gap < -0.5 || gap > 0.5 {
				t.Errorf("pixel %d, %d is %d, want %v rounded", x, y, got>>8, want)
			}
		}
	}
}

// A grid shows at most 16 × 16 of the samples, which is square where all 300
// would not be.
func TestGridIsBounded(t *testing.T) {
	img, err := drawn(300, 12).Picture(Output{Point: []int{2, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != b.Dy() {
		t.Errorf("a grid of 300 samples is %d × %d pixels, want the square of the first 256", b.Dx(), b.Dy())
	}
}

func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "samples.npy", "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(taken, "summary.json")
	if err := os.WriteFile(stale, []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := drawn(3, 12)
	for _, tt := range []struct {
		dir  string
		opt  Output
		want string
	}{
		{dir, Output{Point: []int{2, 2, 2}}, "point: got shape [2 2 2], want 12 elements"},
		{dir, Output{}, "point: got shape [], want 12 elements"},
		{dir, Output{Point: []int{-2, -6, 1}}, "point: got shape [-2 -6 1]"},
		{dir, Output{Point: []int{1 << 32, 1 << 32, 12}}, "want 12 elements"},
		{dir, Output{Point: []int{12}, Behind: make([]float32, 13)},
			"behind: got 13 elements, want a multiple of 12"},
		{file, Output{Point: []int{12}}, file},
		{taken, Output{Point: []int{12}}, filepath.Join(taken, "samples.npy")},
		{filepath.Join(dir, "plane"), Output{Point: []int{12}, Projection: &[2][]float64{{1}, {0, 1}}},
			"picture: Scatter"},
	} {
		pic, err := kept(t, tt.dir, r, tt.opt, nil)
		if err == nil || pic != "" || !strings.HasPrefix(err.Error(), "sample: ") ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q, %v; want %q", pic, err, tt.want)
		}
	}
	// A directory that could not be written whole has no summary, not even an old one.
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old summary is still there: %v", err)
	}
}
