package picture

import (
	"fmt"
	"image"
	"math"
)

// Options lays out a grid. The zero value leaves all of it to [Grid].
type Options struct {
	Columns int // 0: as many as make the whole nearly square
	Scale   int // screen pixels for one pixel, each way; 0: see [Grid]
	Gap     int // screen pixels between pictures and around them; 0: 2; −1: none
}

const (
	gridSide = 1000 // pixels, the longest side that an automatic scale makes
	gridGap  = 2
	gapGray  = 0x60 // differs from the black and from the white background of images
)

// Grid draws n images of h rows, w columns and c channels row by row, enlarged by
// a whole factor without smoothing: the largest that keeps the whole within 1000
// pixels, so that 64 digits of 8×8 or of 28×28 fill a screen, and at least 1. The
// result is an [image.Gray] for c = 1 and an [image.NRGBA] otherwise.
func Grid(images []float32, n, h, w, c int, opts Options) (image.Image, error) {
	if err := pixels(images, n, h, w, c); err != nil {
		return nil, fmt.Errorf("picture: Grid: %w", err)
	}
	l, err := layOut(n, h, w, opts)
	if err != nil {
		return nil, fmt.Errorf("picture: Grid: %w", err)
	}
	p := newCanvas(l.width, l.height, c)
	for i := range p.pix {
		p.pix[i] = gapGray
	}
	if p.depth == 4 {
		for i := 3; i < len(p.pix); i += 4 {
			p.pix[i] = 0xff
		}
	}
	for i := range n {
		x := l.gap + i%l.columns*(w*l.scale+l.gap)
		y := l.gap + i/l.columns*(h*l.scale+l.gap)
		p.draw(x, y, images[i*h*w*c:(i+1)*h*w*c], h, w, c, l.scale)
	}
	return p.image(), nil
}

// Image draws one image of h rows, w columns and c channels at its own size, a
// pixel for each of its pixels.
func Image(v []float32, h, w, c int) (image.Image, error) {
	if err := pixels(v, 1, h, w, c); err != nil {
		return nil, fmt.Errorf("picture: Image: %w", err)
	}
	p := newCanvas(w, h, c)
	p.draw(0, 0, v, h, w, c, 1)
	return p.image(), nil
}

// layout is a grid measured in screen pixels; scale is screen pixels for one pixel.
type layout struct {
	columns, scale, gap int
	width, height       int
}

func layOut(n, h, w int, opts Options) (layout, error) {
	if opts.Columns < 0 || opts.Scale < 0 || opts.Gap < -1 {
		return layout{}, fmt.Errorf("options %+v, want no negative number but a gap of −1", opts)
	}
	l := layout{columns: opts.Columns, scale: opts.Scale, gap: opts.Gap}
	if l.gap == 0 {
		l.gap = gridGap
	}
	l.gap = max(l.gap, 0)
	if l.columns == 0 { // columns·w ≈ rows·h
		l.columns = int(math.Ceil(math.Sqrt(float64(n) * float64(h) / float64(w))))
	}
	l.columns = min(l.columns, n)
	rows := (n + l.columns - 1) / l.columns
	if l.scale == 0 {
		l.scale = max(1, min(
			(gridSide-(l.columns+1)*l.gap)/(l.columns*w),
			(gridSide-(rows+1)*l.gap)/(rows*h)))
	}
	// The size is worked out in floating point, where it cannot overflow.
	width := float64(l.columns)*float64(w)*float64(l.scale) + float64(l.columns+1)*float64(l.gap)
	height := float64(rows)*float64(h)*float64(l.scale) + float64(rows+1)*float64(l.gap)
	if width*height > maxPixels {
		return layout{}, fmt.Errorf("%g×%g pixels, want at most %d in all", width, height, maxPixels)
	}
	l.width, l.height = int(width), int(height)
	return l, nil
}

// canvas is the pixels of an image.Gray or an image.NRGBA.
type canvas struct {
	pix           []byte
	width, height int
	depth         int // bytes of a pixel: 1 or 4
}

func newCanvas(width, height, c int) *canvas {
	depth := 4
	if c == 1 {
		depth = 1
	}
	return &canvas{make([]byte, width*height*depth), width, height, depth}
}

func (p *canvas) image() image.Image {
	r := image.Rect(0, 0, p.width, p.height)
	if p.depth == 1 {
		return &image.Gray{Pix: p.pix, Stride: p.width, Rect: r}
	}
	return &image.NRGBA{Pix: p.pix, Stride: 4 * p.width, Rect: r}
}

// draw puts an image at (x, y), each pixel a square of scale.
func (p *canvas) draw(x, y int, v []float32, h, w, c, scale int) {
	stride := p.width * p.depth
	for row := range h {
		first := (y+row*scale)*stride + x*p.depth
		line := p.pix[first : first+w*scale*p.depth]
		at := 0
		for col := range w {
			px := [4]byte{3: 0xff}
			for k, value := range v[(row*w+col)*c : (row*w+col+1)*c] {
				px[k] = byteOf(value)
			}
			for range scale {
				at += copy(line[at:], px[:p.depth])
			}
		}
		for k := 1; k < scale; k++ {
			copy(p.pix[first+k*stride:], line)
		}
	}
}
