package sample

import (
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"path/filepath"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/format/safetensors"
)

// The files of a trajectory, beside those of the samples.
const (
	movieFile  = "trajectory.gif"
	pathFile   = "trajectory.npy"
	curvesFile = "trajectory.safetensors"
)

// ChartFile is the name of a chart of that curve.
func ChartFile(curve string) string { return "trajectory-" + curve + ".png" }

// trajectoryFiles are all files that a trajectory may have.
func trajectoryFiles() []string {
	names := []string{movieFile, pathFile, curvesFile}
	for _, curve := range []string{curveNorm, curveTime, curveNoise, curveEnergy} {
		names = append(names, ChartFile(curve))
	}
	return names
}

// A movie shows at most so many frames, each for so long, and the last for longer: 6 s.
const (
	movieFrames = 60
	movieDelay  = 8   // hundredths of a second
	movieRest   = 120 // hundredths, of the last
	movieSide   = 480 // pixels
)

// Write writes the trajectory of points that opt describes into dir:
//
//	trajectory.npy          [frames, samples, shape of a point]
//	trajectory.safetensors  frames [samples], of each path, and the curves [frames, samples]
//	trajectory.gif          the images, or a plot of the points with the way they came; none
//	                        of what cannot be drawn
//
// It returns the path of the animation, "" where there is none.
func (t *Trajectory) Write(dir string, opt Output) (string, error) {
	frames, k := t.Frames(), len(t.Tracks)
	points := make([]float32, 0, frames*k*t.Dim)
	for q := range frames {
		points = append(points, t.points(q)...)
	}
	shape := append([]int{frames, k}, opt.Point...)
	err := npy.WriteFile(filepath.Join(dir, pathFile), &npy.Array{Shape: shape, Data: points})
	if err != nil {
		return "", err
	}
	length := make([]float32, k) // exact: a path has less than 2²⁴ stages
	for i := range t.Tracks {
		length[i] = float32(len(t.Tracks[i].T))
	}
	arrays := []safetensors.Tensor{{Name: "frames", Shape: []int{k}, Data: length}}
	for _, c := range t.Curves() {
		data := make([]float32, frames*k)
		for i, values := range c.Values {
			for q, v := range values {
				data[q*k+i] = float32(v)
			}
		}
		arrays = append(arrays, safetensors.Tensor{Name: c.Name, Shape: []int{frames, k}, Data: data})
	}
	if err := safetensors.WriteFile(filepath.Join(dir, curvesFile), nil, arrays); err != nil {
		return "", err
	}
	if !picture.Drawable(opt.Point) {
		return "", nil
	}
	movie, err := t.movie(opt)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, movieFile)
	return path, atomicfile.Replace(path, func(w io.Writer) error { return gif.EncodeAll(w, movie) })
}

// points are those of frame q.
func (t *Trajectory) points(q int) (u []float32) {
	for i := range t.Tracks {
		at := t.frame(i, q) * t.Dim
		u = append(u, t.Tracks[i].U[at:at+t.Dim]...)
	}
	return u
}

// movie draws frames that are spread evenly over the trajectory, the first and the last
// among them.
func (t *Trajectory) movie(opt Output) (*gif.GIF, error) {
	n := t.Frames()
	shown := min(n, movieFrames)
	movie := &gif.GIF{}
	within := t.extent(opt)
	for k := range shown {
		q := n - 1
		if shown > 1 {
			q = k * (n - 1) / (shown - 1)
		}
		img, err := t.still(q, opt, within)
		if err != nil {
			return nil, err
		}
		movie.Image, movie.Delay = append(movie.Image, paletted(img)), append(movie.Delay, movieDelay)
	}
	movie.Delay[shown-1] = movieRest
	return movie, nil
}

// still draws frame q: of points, all earlier ones of their paths in light.
func (t *Trajectory) still(q int, opt Output, within [2]float64) (image.Image, error) {
	p := opt.Point
	if opt.isImage() {
		columns := int(math.Ceil(math.Sqrt(float64(len(t.Tracks)))))
		return picture.Grid(t.points(q), len(t.Tracks), p[0], p[1], p[2],
			picture.Options{Columns: columns, Scale: max(1, movieSide/(columns*max(p[0], p[1])))})
	}
	var past []float32
	for earlier := range q {
		past = append(past, t.points(earlier)...)
	}
	return picture.Scatter(picture.ScatterOptions{Projection: opt.Projection, Range: within, Size: movieSide},
		picture.Points{Data: opt.Behind, Dim: t.Dim, Color: color.NRGBA{0x99, 0x99, 0x99, 0xff}},
		picture.Points{Data: past, Dim: t.Dim, Color: color.NRGBA{0x9f, 0xc0, 0xe8, 0xff}},
		picture.Points{Data: t.points(q), Dim: t.Dim})
}

// extent is the range of both axes that holds all frames, from its negative: the axes of
// a movie do not move.
func (t *Trajectory) extent(opt Output) [2]float64 {
	most := 0.
	for i := range t.Tracks {
		u := t.Tracks[i].U
		for at := 0; at < len(u); at += t.Dim {
			x, y := opt.flat(u[at : at+t.Dim])
			most = max(most, math.Abs(x), math.Abs(y))
		}
	}
	return [2]float64{-1.05 * most, 1.05 * most}
}

// flat is where a point is in the plane of a plot.
func (o Output) flat(u []float32) (x, y float64) {
	if o.Projection == nil {
		return float64(u[0]), float64(u[min(1, len(u)-1)])
	}
	for e, v := range u {
		x, y = x+o.Projection[0][e]*float64(v), y+o.Projection[1][e]*float64(v)
	}
	return x, y
}

// paletted is img in at most 256 colours: gray ones as they are, and others as a cube of
// shades has them, between two of which pixels take turns.
func paletted(img image.Image) *image.Paletted {
	if g, gray := img.(*image.Gray); gray {
		return &image.Paletted{Pix: g.Pix, Stride: g.Stride, Rect: g.Rect, Palette: grays}
	}
	p := image.NewPaletted(img.Bounds(), cube)
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
		for x := p.Rect.Min.X; x < p.Rect.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			turn := (float64(turns[y&3][x&3])+.5)/16 - .5 // less than half a shade: shades of the cube stay
			shade := func(v uint32, n int) int { return int(float64(v)/0xffff*float64(n-1) + turn + .5) }
			p.SetColorIndex(x, y, uint8((shade(r, reds)*greens+shade(g, greens))*blues+shade(b, blues)))
		}
	}
	return p
}

// Shades of the cube: the eye tells most of green.
const reds, greens, blues = 6, 7, 6

var grays, cube = palettes()

func palettes() (grays, cube color.Palette) {
	for v := range 256 {
		grays = append(grays, color.Gray{uint8(v)})
	}
	part := func(k, n int) uint8 { return uint8(255 * k / (n - 1)) }
	for k := range reds * greens * blues {
		r, g, b := k/(greens*blues), k/blues%greens, k%blues
		cube = append(cube, color.RGBA{part(r, reds), part(g, greens), part(b, blues), 255})
	}
	return grays, cube
}

// turns is Bayer's matrix: in which order the pixels of a square take the higher shade.
var turns = [4][4]uint8{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}
