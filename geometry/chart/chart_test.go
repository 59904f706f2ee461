package chart

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/geometry"
)

// sampler is a result with every kind of line there is.
func sampler() *geometry.Result {
	x, z := []float64{0.01, 0.1, 1, 10}, [][]float64{}
	for j := range x {
		z = append(z, []float64{0, float64(j), 2, 3})
	}
	heat := &geometry.Heat{X: []float64{0, 1, 2, 3}, Y: []float64{0, 1, 2, 3}, Z: z, Levels: []float64{1,
		2}, Top: 2.5}
	table := geometry.Table{Name: "numbers", Title: "Numbers <of> a kind", Columns: []string{"a", "b"},
		Rows: [][]any{{1, "one, \"two\""}, {1.0 / 3, "x"}}}
	return &geometry.Result{Figure: "sampler", Title: "A <sampler>", Text: []string{"Words & more."},
		Label: "exact",
		Prior: "none", Tables: []geometry.Table{table},
		Plots: []geometry.Plot{
			{Name: "lines", Title: "Δv ∂E", X: "t", Y: "y", LogX: true, LogY: true, Lines: []geometry.Line{
				{Name: "one", X: x, Y: []float64{1, 2, 0, 4}}, // a zero has no place on the axis
				{Name: "law", X: x, Y: x, Dashed: true}, {Name: "dots", X: x, Y: x, Marks: true}}},
			{Name: "heat", Title: "heat", Square: true, Heat: heat, Lines: []geometry.Line{
				{X: []float64{0, 1}, Y: []float64{0, 1}, Thin: true}, {X: []float64{1}, Y: []float64{1},
					Marks: true}}},
			{Name: "surface", Title: "surface", Surface: heat},
		},
		Errata: []geometry.Erratum{{Number: 3, Claim: "a claim", Holds: "a law", Measured: "a number, 5"}}}
}

// Every picture is a PNG of more than a few colours and a well-formed SVG; tables are
// written with all digits; what is there is left alone unless it is fresh.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	r := sampler()
	paths, err := Files(dir, r, true)
	if err != nil || len(paths) != 1+2*len(r.Plots) {
		t.Fatalf("got %v, %v", paths, err)
	}
	for _, p := range r.Plots {
		f, err := os.Open(filepath.Join(dir, p.Name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		colours := map[[3]uint32]bool{}
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				r, g, b, _ := img.At(x, y).RGBA()
				colours[[3]uint32{r, g, b}] = true
			}
		}
		if len(colours) < 10 {
			t.Errorf("%s has %d colours, want a picture", p.Name, len(colours))
		}
		svg, err := os.ReadFile(filepath.Join(dir, p.Name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, p.Name, svg)
	}
	text, err := os.ReadFile(filepath.Join(dir, "numbers.csv"))
	if want := "a,b\n1,\"one, \"\"two\"\"\"\n0.3333333333333333,x\n"; err != nil || string(text) != want {
		t.Errorf("numbers.csv: %q, %v, want %q", text, err, want)
	}
	for fresh, want := range map[bool]string{false: "mine", true: string(text)} {
		if err := os.WriteFile(paths[0], []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Files(dir, r, fresh); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(paths[0]); err != nil || string(got) != want {
			t.Errorf("fresh %v: %q, %v, want %q", fresh, got, err, want)
		}
	}
}

func wellFormed(t *testing.T, what string, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
	}
}

// A line that its axes have no room for is an error, not an empty picture.
func TestNothingToDraw(t *testing.T) {
	p := geometry.Plot{Name: "none", LogY: true, Lines: []geometry.Line{
		{Name: "zero", X: []float64{1, 2}, Y: []float64{0, math.Inf(-1)}}}}
	if err := Write(io.Discard, p, "png"); err == nil || !strings.Contains(err.Error(), `line "zero"`) {
		t.Errorf("got %v, want an error that names the line", err)
	}
	if err := Write(io.Discard, sampler().Plots[0], "bmp"); err == nil {
		t.Error("a format that there is not is written, want an error")
	}
}

// A letter that the font lacks is an error that names it, not a gap.
func TestMissingLetter(t *testing.T) {
	p := sampler().Plots[0]
	p.Lines[1].Name = "∇ of ℵ"
	if err := Write(io.Discard, p, "png"); err == nil || !strings.Contains(err.Error(), `got 'ℵ'`) {
		t.Errorf("got %v, want an error that names ℵ", err)
	}
}

// The page has all that results have, and nothing in them becomes markup.
func TestPage(t *testing.T) {
	var b bytes.Buffer
	if err := Page(&b, []*geometry.Result{sampler()}, "v1"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"A &lt;sampler&gt;", "Words &amp; more.", "Numbers &lt;of&gt; a kind",
		"0.33333",
		"Erratum 3.", "a law", "a number, 5", "stillfield geometry sampler", "stillfield v1",
		`src="data:image/png;base64,iVBOR`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(text, "<img "); n != 3 || strings.Contains(text, "<of>") {
		t.Errorf("%d pictures, want 3, and no markup of a title", n)
	}
}
