package geometry

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/format/bounded"
)

// largestFile bounds a file of data or of points: 256 MiB.
const largestFile = 256 << 20

// dataFile is a distribution as a file has it, in one of three forms.
type dataFile struct {
	Atoms     [][]float64     `json:"atoms"`
	Weights   []float64       `json:"weights"`
	Gaussians []gaussianEntry `json:"gaussians"`
	Rings     *ringsEntry     `json:"rings"`
}

type gaussianEntry struct {
	Mean   []float64   `json:"mean"`
	Cov    [][]float64 `json:"cov"`
	Weight *float64    `json:"weight"`
}

type ringsEntry struct {
	Radii   []float64 `json:"radii"`
	Weights []float64 `json:"weights"`
	Jitter  float64   `json:"jitter"`
	Dim     int       `json:"dim"`
}

// largestDim bounds the space that rings may lie in: a point of it is half a megabyte.
const largestDim = 1 << 16

// ReadData reads a distribution of data, one of
//
//	{"atoms": [[…], …], "weights": […]}
//	{"gaussians": [{"mean": […], "cov": [[…], …], "weight": w}, …]}
//	{"rings": {"radii": […], "weights": […], "jitter": s, "dim": D}}
//
// Weights may be left out, all of them, for equal ones; those given sum to 1. Rings lie
// in the first two of D dimensions, with jitter in their plane. fingerprint tells the file
// from others: "sha256:" and 64 hexadecimal digits.
func ReadData(path string) (law exact.Law, fingerprint string, err error) {
	b, err := bounded.ReadFile(path, largestFile)
	if err != nil {
		return nil, "", err
	}
	if law, err = ParseData(b); err != nil {
		return nil, "", fmt.Errorf("geometry: ReadData: %s: %w", bounded.Name(path), err)
	}
	return law, fmt.Sprintf("sha256:%x", sha256.Sum256(b)), nil
}

// ParseData is the distribution that the text of a file describes.
func ParseData(text []byte) (exact.Law, error) {
	var d dataFile
	if err := decode(text, &d); err != nil {
		return nil, err
	}
	forms := 0
	for _, there := range []bool{d.Atoms != nil, d.Gaussians != nil, d.Rings != nil} {
		if there {
			forms++
		}
	}
	if forms != 1 || d.Weights != nil && d.Atoms == nil {
		return nil, errors.New(`got other keys, want "atoms" and perhaps "weights", "gaussians" or "rings"`)
	}
	switch {
	case d.Gaussians != nil:
		return gaussians(d.Gaussians)
	case d.Rings != nil:
		return d.Rings.law()
	}
	if len(d.Atoms) == 0 {
		return nil, errors.New("got no atoms, want a list of points")
	}
	if err := sameDimension("atom", d.Atoms, len(d.Atoms[0])); err != nil {
		return nil, err
	}
	if err := sumToOne(d.Weights, len(d.Atoms), "atom"); err != nil {
		return nil, err
	}
	return exact.Mixture{Points: d.Atoms, Weights: d.Weights}, nil
}

// gaussians is a mixture of normals. That covariances are symmetric and positive
// definite is found by exact.New.
func gaussians(entries []gaussianEntry) (exact.Law, error) {
	if len(entries) == 0 {
		return nil, errors.New("got no gaussians, want a list of them")
	}
	var g exact.Gaussians
	for k, e := range entries {
		if (e.Weight == nil) != (entries[0].Weight == nil) {
			return nil, fmt.Errorf("gaussian %d and gaussian 0: got a weight of one of them, want both or "+
				"none", k)
		}
		g.Means, g.Covs = append(g.Means, e.Mean), append(g.Covs, e.Cov)
		if e.Weight != nil {
			g.Weights = append(g.Weights, *e.Weight)
		}
	}
	if err := sameDimension("mean", g.Means, len(g.Means[0])); err != nil {
		return nil, err
	}
	return g, sumToOne(g.Weights, len(g.Means), "gaussian")
}

// law is r in its D dimensions.
func (r *ringsEntry) law() (exact.Law, error) {
	if len(r.Radii) == 0 {
		return nil, errors.New("got no radii, want one for each ring")
	}
	for k, v := range r.Radii {
		if !(v > 0) {
			return nil, fmt.Errorf("radius %d is %v, want a number > 0", k, v)
		}
	}
	if !(r.Jitter >= 0) {
		return nil, fmt.Errorf("jitter is %v, want a number ≥ 0", r.Jitter)
	}
	if r.Dim < 2 || r.Dim > largestDim {
		return nil, fmt.Errorf("dim is %d, want a dimension from 2 to %d", r.Dim, largestDim)
	}
	flat := exact.Rings{Radii: r.Radii, Weights: r.Weights, Jitter: r.Jitter}
	if err := sumToOne(r.Weights, len(r.Radii), "ring"); err != nil || r.Dim == 2 {
		return flat, err
	}
	return exact.Lifted{Law: flat, Ambient: r.Dim}, nil
}

// decode reads one JSON value and nothing after it.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return notJSON(err, d.InputOffset())
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("got more after the JSON value, at byte %d, want one value", d.InputOffset())
	}
	return nil
}

// notJSON says where the text stops to be what was wanted. JSON has no NaN.
func notJSON(err error, at int64) error {
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("got text that is no JSON at byte %d, want numbers in lists: %w", syntax.Offset,
			err)
	}
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		return fmt.Errorf("got a %s at byte %d, want numbers in lists", kind.Value, kind.Offset)
	}
	return fmt.Errorf("got JSON that is not as wanted, up to byte %d: %w", at, err)
}

// sameDimension refuses points of different dimensions, of none, or with a
// coordinate whose square overflows.
func sameDimension(what string, points [][]float64, dim int) error {
	for k, x := range points {
		if len(x) != dim || dim == 0 {
			return fmt.Errorf("%s %d has dimension %d, want %d", what, k, len(x), max(dim, 1))
		}
		var square float64
		for _, v := range x {
			square += v * v
		}
		if !(square <= math.MaxFloat64) {
			return fmt.Errorf("%s %d has squared length %v, want a finite number", what, k, square)
		}
	}
	return nil
}

// sumToOne refuses weights that are not n positive numbers with sum 1; nil is n
// equal ones.
func sumToOne(weights []float64, n int, what string) error {
	if weights == nil {
		return nil
	}
	if len(weights) != n {
		return fmt.Errorf("got %d weights, want %d, one for each %s", len(weights), n, what)
	}
	var sum float64
	for k, w := range weights {
		if !(w > 0) {
			return fmt.Errorf("weight %d is %v, want a number > 0", k, w)
		}
		sum += w
	}
	if !(math.Abs(sum-1) <= 1e-9) {
		return fmt.Errorf("the weights sum to %.12g, want 1", sum)
	}
	return nil
}
