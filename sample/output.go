package sample

import (
	"fmt"
	"image"
	"image/color"

	"github.com/stillfield/stillfield/format/picture"
)

// Output says how samples are written.
type Output struct {
	Point   []int  // the shape of a point: [H, W, C] for an image in [−1, 1], [D] otherwise
	Origin  Origin // what the points were drawn with
	Singles int    // this many images also as a file each, 000000.png and on
	Shard   Shard  // the part of the draw that is written, the whole where it is zero

	// Behind has points of the data, of the same dimension, to plot in gray behind
	// samples that are not images; Projection is the plane to look at, nil for the
	// first two coordinates.
	Behind     []float32
	Projection *[2][]float64
}

// Origin is what the bits of a sample depend on beside its Spec and its number.
type Origin struct {
	Exact      string  `json:"exact,omitempty"`   // the data, where the field is theirs and no network's
	Checkpoint string  `json:"checkpoint"`        // path of the file
	Step       int     `json:"step"`              // steps of training in it
	Weights    string  `json:"weights"`           // average or raw
	Average    string  `json:"average,omitempty"` // its name; none of raw weights
	Sum        string  `json:"weights_sum"`
	Field      string  `json:"field"`
	Model      string  `json:"model"`
	Precision  string  `json:"precision"`
	Device     string  `json:"device"`
	Version    string  `json:"version"`        // of the program
	With       []Other `json:"with,omitempty"` // whose fields were added
	From       string  `json:"from,omitempty"` // the points that were given, and the mask of what is drawn
	Mask       string  `json:"mask,omitempty"`
	Given      string  `json:"given,omitempty"` // their fingerprint
}

// Other is a checkpoint whose field was added to that of the Origin.
type Other struct {
	Checkpoint string  `json:"checkpoint"`
	Step       int     `json:"step"`
	Sum        string  `json:"weights_sum"`
	Weight     float64 `json:"weight"`
}

// check reports an Output that is not for points of dim coordinates.
func (o Output) check(dim int) error {
	size := 1
	for _, n := range o.Point {
		if n < 1 || n > dim/size {
			size = 0
			break
		}
		size *= n
	}
	if size != dim || len(o.Point) == 0 {
		return fmt.Errorf("point: got shape %v, want %d elements", o.Point, dim)
	}
	if len(o.Behind)%dim != 0 {
		return fmt.Errorf("behind: got %d elements, want a multiple of %d", len(o.Behind), dim)
	}
	return nil
}

// isImage reports whether points are images that can be drawn.
func (o Output) isImage() bool { return len(o.Point) == 3 && picture.Drawable(o.Point) }

// The most samples that a picture shows.
const (
	gridPictures  = 256     // a grid: 16 × 16, which at 28 pixels fill a screen
	plottedPoints = 1 << 14 // a plot: more would cover each other
)

// shown is how many of n samples their picture shows: the first of them.
func (o Output) shown(n int) int {
	switch {
	case o.isImage():
		return picture.Room(min(n, gridPictures), o.Point[0], o.Point[1])
	case picture.Drawable(o.Point):
		return min(n, plottedPoints)
	}
	return 0
}

// Picture is the grid or the plot of the first of r, nil where [picture.Drawable] says that
// there is none.
func (r *Result) Picture(opt Output) (image.Image, error) {
	p, n := opt.Point, opt.shown(len(r.NFE))
	switch {
	case opt.isImage():
		return picture.Grid(r.X[:n*r.Dim], n, p[0], p[1], p[2], picture.Options{})
	case picture.Drawable(p):
		behind := picture.Points{Data: opt.Behind, Dim: r.Dim, Color: color.NRGBA{0x99, 0x99, 0x99, 0xff}}
		return picture.Scatter(picture.ScatterOptions{Projection: opt.Projection}, behind,
			picture.Points{Data: r.X[:n*r.Dim], Dim: r.Dim})
	}
	return nil, nil
}
