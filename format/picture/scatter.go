package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
)

// Points is one set of a scatter plot.
type Points struct {
	Data  []float32 // n·Dim values, one point after the other
	Dim   int
	Color color.NRGBA // the zero value: a blue
}

// ScatterOptions frames a scatter plot. The zero value shows the first two
// coordinates of all points.
type ScatterOptions struct {
	// Projection has the two directions that become x and y, each of Dim numbers;
	// nil are the first two coordinates.
	Projection *[2][]float64
	// Range is the ends of both axes, in the points' own units; zeros are found
	// from the points. Points beyond are not drawn.
	Range [2]float64
	// Size is the side of the picture in pixels; 0 is 800.
	Size int
}

const (
	scatterSize = 800
	leastSize   = 256
	mostSize    = 8192

	marginLeft, marginRight = 56, 20 // together as much as the other two: the plot is square
	marginTop, marginBottom = 46, 30
	tickLength              = 5

	subpixel = 8 // parts of a pixel to which a point's place is rounded
	radius   = 2 // of a dot, pixels
	cover    = 160
)

var (
	white = [3]byte{0xff, 0xff, 0xff}
	ink   = [3]byte{0x55, 0x55, 0x55}
	blue  = color.NRGBA{0x1f, 0x5f, 0xbf, 0xff}
)

// Scatter plots sets of points, later ones over earlier ones, on axes of one
// scale. A dot is a disc of two pixels' radius that lets what is under it show
// through, so density can be seen. A number that is not finite is an error.
func Scatter(opts ScatterOptions, sets ...Points) (image.Image, error) {
	size := opts.Size
	if size == 0 {
		size = scatterSize
	}
	fail := func(err error) (image.Image, error) { return nil, fmt.Errorf("picture: Scatter: %w", err) }
	if size < leastSize || size > mostSize {
		return fail(fmt.Errorf("size %d, want a number in [%d, %d]", size, leastSize, mostSize))
	}
	flat := make([][]float64, len(sets)) // x, y, x, y …
	for i, s := range sets {
		var err error
		if flat[i], err = project(s, opts.Projection); err != nil {
			return fail(fmt.Errorf("set %d: %w", i, err))
		}
	}
	f, err := newFrame(flat, opts.Range, size)
	if err != nil {
		return fail(err)
	}
	p := newCanvas(size, size, 3)
	p.fill(0, 0, size, size, white)
	for i, s := range sets {
		c := s.Color
		if c == (color.NRGBA{}) {
			c = blue
		}
		for k := 0; k < len(flat[i]); k += 2 {
			f.dot(p, flat[i][k], flat[i][k+1], c)
		}
	}
	f.axes(p)
	return p.image(), nil
}

// project makes points of the plane.
func project(s Points, directions *[2][]float64) ([]float64, error) {
	if s.Dim < 2 || len(s.Data)%s.Dim != 0 {
		return nil, fmt.Errorf("%d values in points of %d, want whole points of at least 2",
			len(s.Data), s.Dim)
	}
	if directions != nil && (len(directions[0]) != s.Dim || len(directions[1]) != s.Dim) {
		return nil, fmt.Errorf("projection of %d and %d numbers, want %d each",
			len(directions[0]), len(directions[1]), s.Dim)
	}
	out := make([]float64, 0, 2*(len(s.Data)/s.Dim))
	for i := 0; i < len(s.Data); i += s.Dim {
		point := s.Data[i : i+s.Dim]
		x, y := float64(point[0]), float64(point[1])
		if directions != nil {
			x, y = dot(directions[0], point), dot(directions[1], point)
		}
		if math.IsNaN(x-x) || math.IsNaN(y-y) { // ∞ − ∞ is NaN too
			return nil, fmt.Errorf("point %d is at (%g, %g)", i/s.Dim, x, y)
		}
		out = append(out, x, y)
	}
	return out, nil
}

func dot(a []float64, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i] * float64(b[i])) // rounded: not fused on some machines and not others
	}
	return sum
}

// frame maps the plane to the picture: x₀ … x₀+span onto side pixels.
type frame struct {
	x0, y0, span float64
	side         int
}

func newFrame(sets [][]float64, given [2]float64, size int) (frame, error) {
	f := frame{side: size - marginLeft - marginRight}
	if given != [2]float64{} {
		f.x0, f.y0, f.span = given[0], given[0], given[1]-given[0]
		if !(f.span > 0) || math.IsInf(f.span, 0) {
			return f, fmt.Errorf("range %g, want two finite numbers, the smaller first", given)
		}
		return f, nil
	}
	lo := [2]float64{math.Inf(1), math.Inf(1)}
	hi := [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, s := range sets {
		for i, v := range s {
			lo[i%2], hi[i%2] = min(lo[i%2], v), max(hi[i%2], v)
		}
	}
	if lo[0] > hi[0] {
		return f, errors.New("no points and no range")
	}
	// A tenth of the span is margin. One place alone gets a span of its size.
	f.span = 1.1 * max(hi[0]-lo[0], hi[1]-lo[1])
	if least := max(math.Abs(lo[0]), math.Abs(lo[1])); f.span <= 1e-6*least || f.span == 0 {
		f.span = max(least, 1)
	}
	if math.IsInf(f.span, 0) {
		return f, fmt.Errorf("points from %g to %g are too far apart", lo, hi)
	}
	f.x0 = lo[0]/2 + hi[0]/2 - f.span/2
	f.y0 = lo[1]/2 + hi[1]/2 - f.span/2
	return f, nil
}

// place is a point in parts of a pixel of the picture.
func (f frame) place(x, y float64) (px, py int) {
	scale := float64(f.side * subpixel)
	px = marginLeft*subpixel + int(math.Round((x-f.x0)/f.span*scale))
	py = (marginTop+f.side)*subpixel - int(math.Round((y-f.y0)/f.span*scale))
	return px, py
}

// dot draws a disc. How much of a pixel it covers is counted in 4×4 samples, in
// integers, so that every machine draws the same picture.
func (f frame) dot(p *canvas, x, y float64, c color.NRGBA) {
	if x < f.x0 || y < f.y0 || x > f.x0+f.span || y > f.y0+f.span {
		return
	}
	cx, cy := f.place(x, y)
	for j := cy/subpixel - radius - 1; j <= cy/subpixel+radius+1; j++ {
		for i := cx/subpixel - radius - 1; i <= cx/subpixel+radius+1; i++ {
			inside := 0
			for s := range 16 {
				dx := i*subpixel + s%4*2 + 1 - cx
				dy := j*subpixel + s/4*2 + 1 - cy
				if dx*dx+dy*dy <= radius*radius*subpixel*subpixel {
					inside++
				}
			}
			p.blend(i, j, [3]byte{c.R, c.G, c.B}, inside*cover*int(c.A)/(16*255))
		}
	}
}

// axes draws the two lines, a few ticks and their numbers.
func (f frame) axes(p *canvas) {
	left, bottom := marginLeft, marginTop+f.side
	p.fill(left, marginTop, 1, f.side, ink)
	p.fill(left, bottom, f.side+1, 1, ink)
	most := min(7, f.side/60) // room for a label of seven characters at each
	for _, t := range ticks(f.x0, f.x0+f.span, most) {
		px, _ := f.place(t.at, f.y0)
		px /= subpixel
		p.fill(px, bottom, 1, tickLength+1, ink)
		p.label(px-labelWidth(t.label)/2, bottom+tickLength+4, t.label, ink)
	}
	for _, t := range ticks(f.y0, f.y0+f.span, most) {
		_, py := f.place(f.x0, t.at)
		py /= subpixel
		p.fill(left-tickLength, py, tickLength, 1, ink)
		p.label(left-tickLength-3-labelWidth(t.label), py-glyphHeight/2, t.label, ink)
	}
}
