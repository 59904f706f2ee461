package geometry

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field/exact"
)

// Each fault of a file has one line that says what was there.
func TestBadData(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{``, "got JSON that is not as wanted"},
		{`{"atoms": [[1, NaN]]}`, "got text that is no JSON at byte 16, want numbers in lists"},
		{`{"atoms": [[1, "2"]]}`, "got a string at byte"},
		{`{"atoms": [[1e999, 2]]}`, "got a number 1e999 at byte"},
		{`{"atoms": [[1e200, 2]]}`, "atom 0 has squared length +Inf, want a finite number"},
		{`{"atoms": [[1, 2], [3]]}`, "atom 1 has dimension 1, want 2"},
		{`{"atoms": [[]]}`, "atom 0 has dimension 0, want 1"},
		{`{"atoms": []}`, "got no atoms"},
		{`{}`, `got other keys, want "atoms"`},
		{`{"atoms": [[1]], "gaussians": []}`, `got other keys, want "atoms"`},
		{`{"gaussians": [], "weights": [1]}`, `got other keys, want "atoms"`},
		{`{"gaussians": []}`, "got no gaussians"},
		{`{"gaussians": [{"mean": [1], "cov": [[1]]}, {"mean": [1, 2], "cov": [[1]]}]}`, "mean 1 has " +
			"dimension 2, want 1"},
		{`{"gaussians": [{"mean": [1], "cov": [[1]], "weight": 0.5}, {"mean": [1], "cov": [[1]]}]}`,
			"gaussian 1 and gaussian 0: got a weight of one of them"},
		{`{"gaussians": [{"mean": [1], "cov": [[1]], "weight": 0.5}]}`, "the weights sum to 0.5, want 1"},
		{`{"rings": {"radii": [], "dim": 2}}`, "got no radii"},
		{`{"rings": {"radii": [1, -1], "dim": 2}}`, "radius 1 is -1, want a number > 0"},
		{`{"rings": {"radii": [1]}}`, "dim is 0, want a dimension from 2 to 65536"},
		{`{"rings": {"radii": [1], "dim": 2, "jitter": -1}}`, "jitter is -1"},
		{`{"rings": {"radii": [1, 2], "dim": 3, "weights": [1]}}`, "got 1 weights, want 2, one for each " +
			"ring"},
		{`{"atom": [[1]]}`, `unknown field "atom"`},
		{`{"atoms": [[1]]} 3`, "got more after the JSON value"},
		{`{"atoms": [[1], [2]], "weights": [1]}`, "got 1 weights, want 2, one for each atom"},
		{`{"atoms": [[1], [2]], "weights": [0.5, 0.6]}`, "the weights sum to 1.1, want 1"},
		{`{"atoms": [[1], [2]], "weights": [1.5, -0.5]}`, "weight 1 is -0.5, want a number > 0"},
	} {
		_, err := ParseData([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", tt.text, err, tt.want)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{`[[1, 2], [3, 4, 5]]`, "point 1 has dimension 3, want 2, that of the data"},
		{`[[1, 2], [null]]`, "point 1 has dimension 1, want 2"},
		{`[]`, "got no points"},
		{`{}`, "got a object at byte"},
		{`[[1, Infinity]]`, "got text that is no JSON at byte"},
	} {
		_, err := ParsePoints([]byte(tt.text), 2)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", tt.text, err, tt.want)
		}
	}
}

func TestReadDataNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "atoms.json")
	if err := os.WriteFile(path, []byte(`{"atoms": [[1, 2], [0, 1]], "weights": [0.25, 0.75]}`),
		0o600); err != nil {
		t.Fatal(err)
	}
	law, fingerprint, err := ReadData(path)
	if err != nil || law.Dim() != 2 || !strings.HasPrefix(fingerprint, "sha256:") {
		t.Errorf("got %v, %q, %v, want a law in two dimensions and a digest", law, fingerprint, err)
	}
	if _, err := ReadPoints(path, 2); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
	if _, _, err := ReadData(filepath.Dir(path)); err == nil {
		t.Error("a directory is read as data, want an error")
	}
}

// Each form of data is the law it says, in its dimension.
func TestForms(t *testing.T) {
	for text, want := range map[string]exact.Law{
		`{"atoms": [[1, 2]], "weights": [1]}`: exact.Mixture{Points: [][]float64{{1, 2}},
			Weights: []float64{1}},
		`{"gaussians": [{"mean": [1, 0], "cov": [[2, 0], [0, 1]], "weight": 1}]}`: exact.Gaussians{
			Means: [][]float64{{1, 0}}, Covs: [][][]float64{{{2, 0}, {0, 1}}}, Weights: []float64{1}},
		`{"rings": {"radii": [0.5, 1], "jitter": 0.02, "dim": 2}}`: exact.Rings{Radii: []float64{.5, 1},
			Jitter: .02},
		`{"rings": {"radii": [0.5], "dim": 9}}`: exact.Lifted{Law: exact.Rings{Radii: []float64{.5}},
			Ambient: 9},
	} {
		got, err := ParseData([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v, want %#v", text, got, err, want)
			continue
		}
		a, err := blind(t, "linear", "eqm", got)
		if err != nil {
			t.Fatal(err)
		}
		u := make([]float64, a.Dim())
		u[0] = 0.3
		all, err := Measure(t.Context(), a, [][]float64{u}, Derivatives{Hessian: true, Jacobian: true}, nil)
		if err != nil || len(all[0].Hessian) != a.Dim() || !(all[0].QuadratureError < 1e-9) {
			t.Errorf("%s: %+v, %v", text, all, err)
		}
	}
}

// Whatever the text, it is refused or is a law that points can be measured on.
func FuzzParseData(f *testing.F) {
	for _, text := range []string{`{"atoms": [[0.7, -0.4], [0, 1]], "weights": [0.5, 0.5]}`,
		`{"atoms": [[1]]}`, `{`,
		`{"gaussians": [{"mean": [1, 2], "cov": [[1, 0], [0, 1]], "weight": 1}]}`,
		`{"rings": {"radii": [0.5, 1], "weights": [0.5, 0.5], "jitter": 0.02, "dim": 8}}`,
		`{"atoms": [[1e300]]}`, `{"atoms": null, "weights": [1]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		law, err := ParseData(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			return
		}
		if law.Dim() < 1 {
			t.Errorf("%s: dimension %d", text, law.Dim())
		}
		if _, err := blind(t, "linear", "velocity", law); err != nil {
			if _, normal := law.(exact.Gaussians); !normal { // covariances are judged there
				t.Errorf("%s: read without a fault and refused: %v", text, err)
			}
		}
	})
}

func FuzzParsePoints(f *testing.F) {
	f.Add([]byte(`[[1, 2]]`), 2)
	f.Add([]byte(`[[], []]`), 0)
	f.Add([]byte(`[null]`), 1)
	f.Fuzz(func(t *testing.T, text []byte, dim int) {
		points, err := ParsePoints(text, dim)
		for _, u := range points {
			if err == nil && (len(u) != dim || dim < 1) {
				t.Errorf("%s: a point of dimension %d, want %d", text, len(u), dim)
			}
		}
	})
}
