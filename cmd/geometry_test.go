package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/geometry"
)

// The golden point, as one JSON object with the keys that programs read.
func TestGeometryPoint(t *testing.T) {
	inTemp(t)
	put(t, "atoms.json", `{"atoms": [[0.7, -0.4], [-1.1, 0.3], [0.2, 1.0]]}`)
	put(t, "points.json", `[[0.45, 0.25], [0, 0]]`)
	o := program(t, "geometry", "point", "--data", "atoms.json", "--schedule", "linear", "--target",
		"eqm-linear",
		"--prior", "uniform:min=0.02,max=0.98", "--at", "points.json", "-q", "--hessian", "--jacobian")
	if o.status != 0 || o.stderr != "" || strings.Count(o.stdout, "\n") != 2 {
		t.Fatalf("%+v", o)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(strings.SplitN(o.stdout, "\n", 2)[0]), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"energy", "grad_energy", "field", "lambda", "c_scale", "natural",
		"transport", "drift",
		"t_mean", "t_var", "hessian", "jacobian", "quadrature_error", "edge_mass"} {
		if got[key] == nil {
			t.Errorf("no %s in %v", key, got)
		}
	}
	if e := got["energy"].(float64); !(e > 1.6570681944760 && e < 1.6570681944761) {
		t.Errorf("energy %.15g, want 1.65706819447603", e)
	}
	o = program(t, "geometry", "point", "--data", "atoms.json", "--at", "points.json", "--target", "velocity")
	if o.status != 0 || !strings.Contains(o.stderr, "warning: f* has no finite decomposition") ||
		strings.Contains(o.stdout, `"lambda"`) || !strings.Contains(o.stdout, `"note":"f* has no finite`) {
		t.Errorf("velocity up to t = 1: %+v", o)
	}
}

func TestGeometryPointRefuses(t *testing.T) {
	inTemp(t)
	put(t, "atoms.json", `{"atoms": [[0.7, -0.4], [-1.1, 0.3]]}`)
	put(t, "points.json", `[[0.45, 0.25]]`)
	put(t, "three.json", `[[0.45, 0.25, 1]]`)
	put(t, "nan.json", `[[NaN, 1]]`)
	put(t, "cov.json", `{"gaussians": [{"mean": [0, 0], "cov": [[1, 2], [2, 1]]}]}`)
	put(t, "sum.json", `{"atoms": [[1], [2]], "weights": [0.5, 0.6]}`)
	put(t, "datum.json", `[[0.7, -0.4]]`)
	for _, tt := range []struct{ data, at, flag, value, want string }{
		{"atoms.json", "points.json", "--target", "v",
			`target.kind: got "v", want velocity or salimans-ho: both are called v`},
		{"atoms.json", "points.json", "--schedule", "lin", `schedule.kind: got "lin", want one of linear,`},
		{"atoms.json", "points.json", "--target", "eqm:cut", "target: got \"eqm:cut\", want a name, or"},
		{"atoms.json", "points.json", "--prior", "uniform:max=2",
			"prior.max: got 2, want at most 1, where linear ends"},
		{"atoms.json", "three.json", "--target", "data", "three.json: point 0 has dimension 3, want 2, " +
			"that of the data"},
		{"atoms.json", "nan.json", "--target", "data", "nan.json: got text that is no JSON at byte 3"},
		{"sum.json", "points.json", "--target", "data", "sum.json: the weights sum to 1.1, want 1"},
		{"cov.json", "points.json", "--target", "data", "exact: Gaussians: covariance 0 has the eigenvalue " +
			"-1 beside 3"},
		{"none.json", "points.json", "--target", "data", "none.json: no such file"},
		{"", "points.json", "--target", "data", "--data: got an empty value, want a string"},
		{"atoms.json", "datum.json", "--target", "noise", "point 0: exact: "},
	} {
		o := program(t, "geometry", "point", "--data", tt.data, "--at", tt.at, tt.flag, tt.value, "-q")
		if o.status != 1 || o.stdout != "" || !strings.Contains(o.stderr,
			tt.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%v: status %d, output %q, got %swant one line with %s", tt, o.status, o.stdout,
				o.stderr, tt.want)
		}
	}
}

// A figure prints and writes what it computed, and a second run reads it again.
func TestGeometryFigure(t *testing.T) {
	inTemp(t)
	o := program(t, "geometry", "jensen", "--draws", "16", "--out", "out")
	if o.status != 0 || strings.Contains(o.stderr, "already") {
		t.Fatalf("%+v", o)
	}
	wants(t, "jensen", o.stdout, "The Jensen gap", "predicted rms", "3072", "Monte Carlo over u, n = 16",
		"erratum 11: ")
	for _, name := range []string{"jensen.png", "jensen.svg", "jensen.csv", "jensen.json"} {
		if info, err := os.Stat(filepath.Join("out", name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	again := program(t, "geometry", "jensen", "--draws", "16", "--out", "out")
	if again.stdout != o.stdout || !strings.Contains(again.stderr, "jensen is in out already") {
		t.Errorf("again: %+v, want the same", again)
	}
	more := program(t, "geometry", "jensen", "--draws", "17", "--out", "out", "--json")
	var r geometry.Result
	if err := json.Unmarshal([]byte(more.stdout), &r); err != nil || r.Inputs.Draws != 17 {
		t.Errorf("with more draws: %v, %+v", err, more)
	}
}

// The page has every figure it is made of.
func TestGeometryPaper(t *testing.T) {
	inTemp(t)
	setUpLog(manner{quiet: true})
	var figures []geometry.Figure
	for _, f := range geometry.Figures() {
		if f.Cost <= 10 {
			figures = append(figures, f)
		}
	}
	var out strings.Builder
	if err := runPaper(t.Context(), &out, "out", figures); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("out/index.html")
	if err != nil || out.String() != "out/index.html\n" || len(figures) < 2 {
		t.Fatalf("%q, %v, %d figures", out.String(), err, len(figures))
	}
	for _, f := range figures {
		wants(t, f.Name, string(text), `<section id="`+f.Name+`">`, "<img ", "Erratum ", "stillfield "+
			"geometry "+f.Name)
	}
}
