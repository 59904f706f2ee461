package chart

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/geometry"
)

// Few abscissas have a tick each; else an axis has its powers of ten, and 2 and 5 where it is short.
func TestTicks(t *testing.T) {
	rings := geometry.Plot{LogX: true, Lines: []geometry.Line{{X: []float64{2, 8}},
		{X: []float64{2, 32, 128}}}}
	crowd := geometry.Plot{LogX: true, Lines: []geometry.Line{{X: []float64{1, 1.01, 100}}}}
	if got := few(crowd); got != nil {
		t.Errorf("abscissas whose labels touch: got %v, want none", got)
	}
	for _, tt := range []struct {
		name   string
		d      decades
		lo, hi float64
		want   string
	}{
		{"marked", decades{few(rings)}, 0.301, 2.10721, "2 8 32 128"},
		{"short", decades{}, -2, 0, "0.01 0.02 0.05 0.1 0.2 0.5 1"},
		{"within one decade", decades{}, -0.8, -0.1, "0.2 0.5"},
		{"long", decades{}, -5, 1, "1e-5 1e-4 0.001 0.01 0.1 1 10"},
		{"longer", decades{}, -12, 6, "1e-12 1e-9 1e-6 0.001 1 1000 1e6"},
	} {
		var got []string
		for _, tick := range tt.d.Ticks(tt.lo, tt.hi) {
			if tick.Label != "" {
				got = append(got, tick.Label)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
}

// ∇ stands in a title, a legend and a label turned upright: each is a Δ upside down.
func TestNabla(t *testing.T) {
	p := geometry.Plot{Name: "n", Title: "‖∇E‖", Y: "∇E, ∇²E", Lines: []geometry.Line{{Name: "−∇E",
		X: []float64{0, 1}, Y: []float64{0, 1}}}}
	var b bytes.Buffer
	if err := Write(&b, p, "svg"); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "rotate(180)"); n != 4 {
		t.Errorf("%d turned letters in the SVG, want 4", n)
	}
	if bytes.ContainsRune(b.Bytes(), '∇') {
		t.Error("the SVG has ∇, which the font lacks")
	}
	wellFormed(t, "∇", b.Bytes())
}

// Of lines that coincide, the one drawn first is the widest.
func TestCoincide(t *testing.T) {
	l := geometry.Line{X: []float64{0, 1}, Y: []float64{0, 1}}
	p := geometry.Plot{Coincide: true, Lines: []geometry.Line{l, l, l}}
	var b bytes.Buffer
	if err := Write(&b, p, "svg"); err != nil {
		t.Fatal(err)
	}
	var widths []int
	for _, w := range []string{"stroke-width:3.2", "stroke-width:2.3", "stroke-width:1.4"} {
		widths = append(widths, strings.Index(b.String(), w))
	}
	if widths[0] < 0 || !slices.IsSorted(widths) {
		t.Errorf("widths at %v of %s", widths, b.String())
	}
}
