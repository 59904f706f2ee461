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
	Point   []int  // the shape of a point: [H, W, C] for an image in [−1, 1], [D] otherwise
	Origin  Origin // what the points were drawn with
	Singles int    // this many images also as a file each, 000000.png and on

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
}

// Other is a checkpoint whose field was added to that of the Origin.
type Other struct {
	Checkpoint string  `json:"checkpoint"`
	Step       int     `json:"step"`
	Sum        string  `json:"weights_sum"`
	Weight     float64 `json:"weight"`
}

// Summary is what summary.json says of a set of samples.
type Summary struct {
	Origin
	Sampler  string `json:"sampler"`
	Settings Spec   `json:"settings"`
	Seed     uint64 `json:"seed"`
	Shape    []int  `json:"shape"`   // N, then the shape of a point
	Drawn    int    `json:"drawn"`   // N: fewer than asked for where the draw was stopped
	Asked    int    `json:"asked"`   // points
	Singles  int    `json:"singles"` // images that have a file each
	NFE      NFE    `json:"nfe"`

	Energy *EnergyRange `json:"energy,omitempty"` // of the points, where the field has one

	Stopped int     `json:"stopped"` // points that ended because the field was small
	Seconds float64 `json:"seconds"`
}

// NFE sums up the evaluations of the field that points took.
type NFE struct {
	Mean float64 `json:"mean"`
	Max  int     `json:"max"`
}

// gridPictures is the most a grid shows: 16 × 16, which at 28 pixels fill a screen.
const gridPictures = 256

// Summary sums r up.
func (r *Result) Summary(opt Output) Summary {
	singles := 0
	if opt.isImage() {
		singles = min(max(opt.Singles, 0), len(r.NFE))
	}
	return Summary{
		Origin: opt.Origin, Sampler: r.Spec.Sampler, Settings: r.Spec, Seed: r.Spec.Seed,
		Shape: r.shape(opt), Drawn: len(r.NFE), Asked: r.Spec.N, Singles: singles,
		NFE: NFE{r.MeanNFE(), r.MaxNFE()}, Energy: r.energyRange(), Stopped: r.Stopped, Seconds: r.Seconds,
	}
}

func (r *Result) shape(opt Output) []int { return append([]int{len(r.NFE)}, opt.Point...) }

// Write writes r into dir, which it makes if it must. What an earlier draw left there
// is removed first, so that at no time files of two draws lie side by side:
//
//	samples.npy           [N, shape of a point]
//	samples.safetensors   samples, nfe [N] and, where there is one, energy [N]; the summary in its metadata
//	samples.png           the first 256 images, or a plot of the points
//	000000.png …          opt.Singles images
//	summary.json          written last: a directory that has it is complete
//
// It returns the path of the picture, "" for points on a line and for images that
// are neither gray nor in colour. A file appears whole or not at all, and an
// error names the file.
func (r *Result) Write(dir string, opt Output) (string, error) {
	drawn, err := r.write(dir, opt)
	if err != nil {
		return "", fmt.Errorf("sample: Write: %w", err)
	}
	return drawn, nil
}

func (r *Result) write(dir string, opt Output) (string, error) {
	if err := opt.check(r.Dim); err != nil {
		return "", err
	}
	summary, err := json.MarshalIndent(r.Summary(opt), "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if err := removeDraw(dir); err != nil {
		return "", err
	}
	if err := r.arrays(dir, opt, string(summary)); err != nil {
		return "", err
	}
	drawn, err := r.pictures(dir, opt)
	if err != nil {
		return "", err
	}
	last := filepath.Join(dir, summaryFile)
	err = atomicfile.Replace(last, func(w io.Writer) error {
		_, err := w.Write(append(summary, '\n'))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", last, err)
	}
	return drawn, nil
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

// arrays writes the points and how long each took. First comes the file that says
// what else an earlier draw had been going to write: see removeDraw.
func (r *Result) arrays(dir string, opt Output, summary string) error {
	if err := r.writeArrays(filepath.Join(dir, arraysFile), opt, summary); err != nil {
		return err
	}
	return r.writePoints(filepath.Join(dir, npyFile), opt)
}

// writeArrays writes the points, the evaluations each took, its energy, and the summary.
func (r *Result) writeArrays(path string, opt Output, summary string) error {
	shape := r.shape(opt)
	nfe := make([]float32, len(r.NFE)) // exact: a path has less than 2²⁴ stages
	for i, n := range r.NFE {
		nfe[i] = float32(n)
	}
	arrays := []safetensors.Tensor{
		{Name: "samples", Shape: shape, Data: r.X},
		{Name: "nfe", Shape: shape[:1], Data: nfe},
	}
	if r.Energy != nil {
		arrays = append(arrays, safetensors.Tensor{Name: "energy", Shape: shape[:1], Data: r.Energy})
	}
	return safetensors.WriteFile(path, map[string]string{"summary": summary}, arrays)
}

// writePoints writes the points alone.
func (r *Result) writePoints(path string, opt Output) error {
	return npy.WriteFile(path, &npy.Array{Shape: r.shape(opt), Data: r.X})
}

// pictures draws what can be drawn and returns the path of the whole.
func (r *Result) pictures(dir string, opt Output) (string, error) {
	img, err := r.Picture(opt)
	if img == nil || err != nil {
		return "", err
	}
	drawn := filepath.Join(dir, pictureFile)
	if err := picture.WritePNG(drawn, img); err != nil {
		return "", err
	}
	if !opt.isImage() {
		return drawn, nil
	}
	p := opt.Point
	for i := range min(opt.Singles, len(r.NFE)) {
		img, err := picture.Image(r.X[i*r.Dim:(i+1)*r.Dim], p[0], p[1], p[2])
		if err != nil {
			return "", fmt.Errorf("sample %d: %w", i, err)
		}
		if err := picture.WritePNG(filepath.Join(dir, singleFile(i)), img); err != nil {
			return "", err
		}
	}
	return drawn, nil
}

// isImage reports whether points are images that can be drawn.
func (o Output) isImage() bool { return len(o.Point) == 3 && picture.Drawable(o.Point) }

// Picture is the grid or the plot of r, nil where [picture.Drawable] says that
// there is none.
func (r *Result) Picture(opt Output) (image.Image, error) {
	p := opt.Point
	switch {
	case opt.isImage():
		n := picture.Room(min(len(r.NFE), gridPictures), p[0], p[1])
		return picture.Grid(r.X[:n*r.Dim], n, p[0], p[1], p[2], picture.Options{})
	case picture.Drawable(p):
		behind := picture.Points{Data: opt.Behind, Dim: r.Dim, Color: color.NRGBA{0x99, 0x99, 0x99, 0xff}}
		return picture.Scatter(picture.ScatterOptions{Projection: opt.Projection}, behind,
			picture.Points{Data: r.X, Dim: r.Dim})
	}
	return nil, nil
}
