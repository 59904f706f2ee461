package sample

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/format/safetensors"
)

// Output says how samples are written.
type Output struct {
	Point   []int // the shape of a point: [H, W, C] for an image in [−1, 1], [D] otherwise
	Weights string
	Version string
	Singles int // this many images also as a file each, 000000.png and on

	// Behind has points of the data, of the same dimension, to plot in gray behind
	// samples that are not images; Projection is the plane to look at, nil for the
	// first two coordinates.
	Behind     []float32
	Projection *[2][]float64
}

// Summary is what summary.json says of a set of samples.
type Summary struct {
	Sampler  string  `json:"sampler"`
	Settings Spec    `json:"settings"`
	Shape    []int   `json:"shape"` // N, then the shape of a point
	Seed     uint64  `json:"seed"`
	NFE      NFE     `json:"nfe"`
	Stopped  int     `json:"stopped"` // points that ended because the field was small
	Seconds  float64 `json:"seconds"`
	Weights  string  `json:"weights"`
	Version  string  `json:"version"`
}

// NFE sums up the evaluations of the field that points took.
type NFE struct {
	Mean float64 `json:"mean"`
	Max  int     `json:"max"`
}

// most pictures of a grid: 16 × 16, which at 28 pixels a side fill a screen.
const gridPictures = 256

// Summary sums r up.
func (r *Result) Summary(opt Output) Summary {
	return Summary{
		Sampler: r.Spec.Sampler, Settings: r.Spec, Shape: r.shape(opt), Seed: r.Spec.Seed,
		NFE: NFE{r.MeanNFE(), r.MaxNFE()}, Stopped: r.Stopped, Seconds: r.Seconds,
		Weights: opt.Weights, Version: opt.Version,
	}
}

func (r *Result) shape(opt Output) []int { return append([]int{len(r.NFE)}, opt.Point...) }

// Write writes r into dir, which it makes if it must:
//
//	samples.npy           [N, shape of a point]
//	samples.safetensors   samples, and nfe [N]; the summary in its metadata
//	samples.png           the first 256 images, or a plot of the points
//	000000.png …          opt.Singles images
//	summary.json          written last: a directory that has it is complete
//
// It returns the path of the picture, "" for points on a line and images that
// are neither gray nor in colour. A file appears whole or not at all, and an
// error names the file.
func (r *Result) Write(dir string, opt Output) (string, error) {
	size := 1
	for _, n := range opt.Point {
		if n < 1 || size > r.Dim/n {
			size = 0
			break
		}
		size *= n
	}
	if size != r.Dim || len(opt.Point) == 0 {
		return "", fmt.Errorf("sample: Write: point shape %v, want one of %d elements", opt.Point, r.Dim)
	}
	if len(opt.Behind)%r.Dim != 0 {
		return "", fmt.Errorf("sample: Write: %d elements of points behind, want a multiple of %d", len(opt.Behind), r.Dim)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", fmt.Errorf("sample: Write: %w", err)
	}
	summary, err := json.MarshalIndent(r.Summary(opt), "", "  ")
	if err != nil {
		return "", fmt.Errorf("sample: Write: %w", err)
	}
	shape := r.shape(opt)
	nfe := make([]float32, len(r.NFE)) // exact: below 2²⁴
	for i, n := range r.NFE {
		nfe[i] = float32(n)
	}
	var drawn string
	for _, file := range []struct {
		name  string
		write func(path string) error
	}{
		{"samples.npy", func(path string) error {
			return npy.WriteFile(path, &npy.Array{Shape: shape, Data: r.X})
		}},
		{"samples.safetensors", func(path string) error {
			return safetensors.WriteFile(path, map[string]string{"summary": string(summary)}, []safetensors.Tensor{
				{Name: "samples", Shape: shape, Data: r.X}, {Name: "nfe", Shape: shape[:1], Data: nfe}})
		}},
		{"samples.png", func(path string) error {
			img, err := r.picture(opt)
			if img == nil || err != nil {
				return err
			}
			drawn = path
			return picture.WritePNG(path, img)
		}},
		{"", func(string) error { return r.singles(dir, opt) }},
		{"summary.json", func(path string) error {
			return atomicfile.Write(path, func(w io.Writer) error {
				_, err := w.Write(append(summary, '\n'))
				return err
			})
		}},
	} {
		path := filepath.Join(dir, file.name)
		if err := file.write(path); err != nil {
			return "", fmt.Errorf("sample: Write: %s: %w", path, err)
		}
	}
	return drawn, nil
}

// isImage reports whether points are pictures that have colours.
func (o Output) isImage() bool {
	return len(o.Point) == 3 && (o.Point[2] == 1 || o.Point[2] == 3 || o.Point[2] == 4)
}

// picture is the grid or the plot of r, nil where there is none.
func (r *Result) picture(opt Output) (image.Image, error) {
	p := opt.Point
	switch {
	case opt.isImage():
		n := min(len(r.NFE), gridPictures)
		return picture.Grid(r.X[:n*r.Dim], n, p[0], p[1], p[2], picture.Options{})
	case len(p) == 1 && r.Dim >= 2:
		behind := picture.Points{Data: opt.Behind, Dim: r.Dim, Color: color.NRGBA{0x99, 0x99, 0x99, 0xff}}
		return picture.Scatter(picture.ScatterOptions{Projection: opt.Projection}, behind,
			picture.Points{Data: r.X, Dim: r.Dim})
	}
	return nil, nil
}

// singles writes the first images one by one.
func (r *Result) singles(dir string, opt Output) error {
	if !opt.isImage() {
		return nil
	}
	p := opt.Point
	for i := range min(opt.Singles, len(r.NFE)) {
		img, err := picture.Image(r.X[i*r.Dim:(i+1)*r.Dim], p[0], p[1], p[2])
		if err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
		if err := picture.WritePNG(filepath.Join(dir, fmt.Sprintf("%06d.png", i)), img); err != nil {
			return err
		}
	}
	return nil
}
