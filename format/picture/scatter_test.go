package picture

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
)

// ring is n points of dimension d, the first two coordinates on a circle.
func ring(n, d int, r float64) []float32 {
	v := make([]float32, n*d)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		v[i*d], v[i*d+1] = float32(r*cos), float32(r*sin)
	}
	return v
}

func TestScatterGolden(t *testing.T) {
	img, err := Scatter(ScatterOptions{Size: 260},
		Points{Data: ring(40, 5, 2), Dim: 5, Color: color.NRGBA{0x99, 0x99, 0x99, 0xff}},
		Points{Data: ring(12, 2, 1), Dim: 2})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "rings", img)
	img, err = Scatter(ScatterOptions{
		Size: 260, Range: [2]float64{-0.03, 0.03},
		Projection: &[2][]float64{{0, 0, 0.01}, {0, -0.02, 0}},
	}, Points{Data: []float32{9, 1, 2, 9, -1, -2, 9, 9, 9}, Dim: 3})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "projection", img)
}

// A dot of radius 2 whose centre is a pixel's corner is the same seen from every
// side, darkest within and white at a distance; the plot's middle is where it is.
func TestDot(t *testing.T) {
	img, err := Scatter(ScatterOptions{Size: 276, Range: [2]float64{-1, 1}},
		Points{Data: []float32{0, 0}, Dim: 2, Color: color.NRGBA{0, 0, 0, 255}})
	if err != nil {
		t.Fatal(err)
	}
	p := img.(*image.NRGBA)
	cx, cy := marginLeft+100, marginTop+100 // 276 − 76 = 200 pixels of plot
	at := func(dx, dy int) byte { return p.NRGBAAt(cx+dx, cy+dy).R }
	for dy := -4; dy < 4; dy++ {
		for dx := -4; dx < 4; dx++ {
			for _, other := range []byte{at(-1-dx, dy), at(dx, -1-dy), at(dy, dx)} {
				if at(dx, dy) != other {
					t.Errorf("pixel (%d, %d) is %d, its mirror image %d", dx, dy, at(dx, dy), other)
				}
			}
		}
	}
	// Samples of a pixel lie at 1, 3, 5, 7 of 8 parts. Of pixel (1, 0), at 9 to 15
	// across and 1 to 7 down, those with x² + y² ≤ 16²: (15, 7) alone is not.
	// Of pixel (1, 1): (9, 9), (9, 11), (11, 9), (9, 13), (13, 9) and (11, 11).
	inked := func(samples int) byte { return byte((255*(255-samples*cover/16) + 127) / 255) }
	for _, tt := range []struct {
		dx, dy, samples int
	}{{0, 0, 16}, {1, 0, 15}, {1, 1, 6}, {2, 0, 0}} {
		if got, want := at(tt.dx, tt.dy), inked(tt.samples); got != want {
			t.Errorf("pixel (%d, %d) is %d, want %d: %d samples of 16", tt.dx, tt.dy, got, want, tt.samples)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		lo, hi float64
		most   int
		want   string
	}{
		{-0.03, 0.03, 3, "-0.02 0 0.02"},
		{-1, 1, 3, "-1 0 1"},
		{0, 1, 7, "0 0.2 0.4 0.6 0.8 1"},
		{-2.2, 2.2, 7, "-2 -1 0 1 2"},
		{-1, 1, 7, "-1 -0.5 0 0.5 1"},
		{-0.31, 0.31, 7, "-0.3 -0.2 -0.1 0 0.1 0.2 0.3"},
		{-3.3, 3.3, 7, "-3 -2 -1 0 1 2 3"},
		{0, 7, 7, "0 2 4 6"},
		{1000, 1000.0011, 7, "1000 1000.0002 1000.0004 1000.0006 1000.0008 1000.001"},
		{-6e38, 6e38, 7, "-6e+38 -4e+38 -2e+38 0 2e+38 4e+38 6e+38"},
	} {
		var got []string
		for _, tk := range ticks(tt.lo, tt.hi, tt.most) {
			got = append(got, tk.label)
			if tk.at < tt.lo || tk.at > tt.hi {
				t.Errorf("[%g, %g]: tick at %g", tt.lo, tt.hi, tk.at)
			}
			for _, r := range tk.label {
				if _, ok := glyphs[r]; !ok {
					t.Errorf("no glyph for %q of %s", r, tk.label)
				}
			}
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("[%g, %g]: %v, want %s", tt.lo, tt.hi, got, tt.want)
		}
	}
}

// Where a frame cannot be found from the points, or only just.
func TestFrame(t *testing.T) {
	for _, tt := range []struct {
		name   string
		points []float64
		given  [2]float64
		want   frame // without side
	}{
		{"square", []float64{0, 10, 4, 11}, [2]float64{}, frame{x0: 2 - 2.2, y0: 10.5 - 2.2, span: 4.4}},
		{"one at the origin", []float64{0, 0}, [2]float64{}, frame{x0: -0.5, y0: -0.5, span: 1}},
		{"one far away", []float64{300, 8}, [2]float64{}, frame{x0: 150, y0: -142, span: 300}},
		{"given", []float64{300, 8}, [2]float64{-1, 3}, frame{x0: -1, y0: -1, span: 4}},
	} {
		f, err := newFrame([][]float64{tt.points}, tt.given, 400)
		near := func(a, b float64) bool { return math.Abs(a-b) <= 8*0x1p-53*300 } // a few roundings of 300
		if err != nil || !near(f.x0, tt.want.x0) || !near(f.y0, tt.want.y0) || !near(f.span, tt.want.span) {
			t.Errorf("%s: %+v (%v), want %+v", tt.name, f, err, tt.want)
		}
	}
}

func TestScatterRefuses(t *testing.T) {
	inf := float32(math.Inf(1))
	two := Points{Data: []float32{0, 1}, Dim: 2}
	for _, tt := range []struct {
		name string
		opts ScatterOptions
		sets []Points
		want string
	}{
		{"nothing", ScatterOptions{}, nil, "no points and no range"},
		{"dimension", ScatterOptions{},
			[]Points{two, {Data: []float32{1}, Dim: 1}}, "set 1: 1 values in points of 1"},
		{"half a point", ScatterOptions{}, []Points{{Data: []float32{1, 2, 3}, Dim: 2}},
			"3 values in points of 2"},
		{"infinite", ScatterOptions{},
			[]Points{{Data: []float32{1, 2, inf, 0}, Dim: 2}}, "point 1 is at (+Inf, 0)"},
		{"NaN", ScatterOptions{}, []Points{{Data: []float32{0, inf - inf}, Dim: 2}},
			"point 0 is at (0, NaN)"},
		{"range reversed", ScatterOptions{Range: [2]float64{1, -1}}, []Points{two}, "range [1 -1]"},
		{"range NaN", ScatterOptions{Range: [2]float64{0, math.NaN()}}, []Points{two}, "range [0 NaN]"},
		{"size", ScatterOptions{Size: 10}, []Points{two}, "size 10, want a number in [256, 8192]"},
		{"projection", ScatterOptions{Projection: &[2][]float64{{1}, {1, 2}}}, []Points{two}, "want 2 each"},
		{"too far", ScatterOptions{Projection: &[2][]float64{{1e308, 0}, {0, 0}}},
			[]Points{{Data: []float32{-1, 0, 1, 0}, Dim: 2}}, "too far apart"},
	} {
		_, err := Scatter(tt.opts, tt.sets...)
		if err == nil || !strings.HasPrefix(err.Error(), "picture: Scatter: ") ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}
