package features

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/npy"
)

var _ = Extractors.Add(choice.Entry[Opener]{
	Name: "arrays", Example: "arrays:file=features.npz",
	About: "features that another program computed of the same points: row i is of point i",
	Params: []choice.Param{
		{Name: "file", Default: "", About: "an .npz file with arrays real and generated, [points, features]"},
		{Name: "real", Default: "", About: "an .npy file with those of the data, in the place of file"},
		{Name: "generated", Default: "", About: "an .npy file with those of the points, likewise"},
	},
	Make: Opener{
		Open: func(_ context.Context, v choice.Values, _ On) (Extractor, error) {
			return openArrays(v.Text("file"), v.Text("real"), v.Text("generated"))
		},
		Reads: func(path string) (choice.Choice, bool) {
			return choice.Choice{Kind: "arrays", Params: choice.Values{"file": path}},
				strings.EqualFold(filepath.Ext(path), ".npz")
		},
	},
})

// setNames are the names of the sets, as those of parameters and of arrays in an archive.
var setNames = [2]string{Real: "real", Generated: "generated"}

// arrays are features that were computed elsewhere.
type arrays struct {
	name string
	dim  int
	rows [2][]float32
}

// openArrays reads the features of both sets, from one archive or from a file each.
func openArrays(archive, real, generated string) (Extractor, error) {
	c := choice.Choice{Kind: "arrays", Params: choice.Values{}}
	var files [2]*npy.File
	switch {
	case archive != "" && real == "" && generated == "":
		c.Params["file"] = archive
		z, err := npy.OpenArchive(archive)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		for s, name := range setNames {
			if files[s], err = z.Open(name); err != nil {
				return nil, err
			}
			defer files[s].Close()
		}
	case archive == "" && real != "" && generated != "":
		c.Params["real"], c.Params["generated"] = real, generated
		for s, path := range [2]string{Real: real, Generated: generated} {
			var err error
			if files[s], err = npy.Open(path); err != nil {
				return nil, err
			}
			defer files[s].Close()
		}
	default:
		return nil, &choice.Fault{Path: "file", Got: choice.Show(archive),
			Want: "an .npz file, or both real and generated in its place"}
	}
	x := &arrays{name: c.String()}
	for s, f := range files {
		var err error
		if x.rows[s], err = x.read(f, setNames[s]); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// read is the array of one set, whose numbers must be finite and as many a row as those of
// the other.
func (a *arrays) read(f *npy.File, name string) ([]float32, error) {
	shape := f.Shape
	if len(shape) != 2 || slices.Min(shape) < 1 {
		return nil, fmt.Errorf("%s: got an array of shape %v, want [points, features]", name, shape)
	}
	if a.dim != 0 && shape[1] != a.dim {
		return nil, fmt.Errorf("%s: got %d features a row, want %d, those of %s", name, shape[1], a.dim,
			setNames[Real])
	}
	a.dim = shape[1]
	x := make([]float32, shape[0]*shape[1])
	if err := f.ReadFloat32At(x, 0); err != nil {
		return nil, err
	}
	for i, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("%s: feature %d of row %d is %v, want finite numbers", name, i%a.dim,
				i/a.dim, v)
		}
	}
	return x, nil
}

// Info has the hash of the features of the data alone, for these decide what others may be
// compared with: those that the same network computes of other points.
func (a *arrays) Info() Info {
	return Info{Name: a.name, Hash: hashOf("arrays", a.rows[Real]), Dim: a.dim}
}

func (a *arrays) Rows(s Set) []float32 { return a.rows[s] }

func (a *arrays) Extract(context.Context, []float32, []float32) error {
	return fmt.Errorf("features: arrays have the features of their points alone")
}

func (*arrays) Close() error { return nil }
