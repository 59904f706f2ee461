package features

import (
	"context"
	"fmt"
	"os"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
)

// Info says what features are, so that they can be told from others.
type Info struct {
	Name string `json:"name"` // with every parameter, as choice.Parse reads it
	// Hash is of all that decides the features of a point: "sha256:" and 64 hexadecimal
	// digits. Extractors of one hash are the same.
	Hash string `json:"hash"`
	Dim  int    `json:"dim"` // of a vector of features
	// Resize says how points are brought to the size that the extractor takes; empty where
	// they are taken as they are.
	Resize string `json:"resize,omitempty"`
}

// Extractor makes points into features.
type Extractor interface {
	Info() Info
	// Extract sets dst [n·Dim] to the features of n points x, one after another. What it
	// sets for a point depends neither on the others nor on n. It ends with ctx.
	Extract(ctx context.Context, dst, x []float32) error
	Close() error
}

// Paced is an Extractor so slow that calls of few points tell whoever waits how far it is.
type Paced interface {
	Extractor
	AtOnce() int // points of a call, at least 1
}

// Set is one of the two sets that are compared.
type Set int

// The sets.
const (
	Real      Set = iota // the data
	Generated            // the points that are judged
)

// Stored is an Extractor that holds the features of both sets, and can extract those of no
// other point: row i of Rows(s) are the features of point i of s.
type Stored interface {
	Extractor
	Rows(s Set) []float32
}

// On is what features are to be made of, and where.
type On struct {
	Points datasets.Info // what points there are: their shape, range and name
	// Device returns the device that networks run on. It is the caller's, which closes it
	// after the Extractor; it is asked for only where a network is to be run.
	Device func() (plan.Device, error)
}

// Opener is how an extractor is opened.
type Opener struct {
	// Open makes the extractor, with the parameters of its entry, or says which of them is
	// at fault, or why the points are not what it takes.
	Open func(ctx context.Context, v choice.Values, on On) (Extractor, error)
	// Reads is the choice of this extractor that reads the file at path; false where that
	// is no file of its kind; nil where it reads none.
	Reads func(path string) (choice.Choice, bool)
}

// Extractors is the table of extractors. Each is added in the file that has it.
var Extractors = choice.Table[Opener]{What: "feature", Key: "features", Default: "pixels"}

// Parse reads what text asks for: an entry with its parameters, or the path of a file that
// one of the entries reads. Its faults are about "features".
func Parse(text string) (choice.Choice, error) {
	c, err := choice.Parse(text)
	if err == nil {
		if _, known := Extractors.Find(c.Kind); known {
			_, full, faults := Extractors.Resolve("features", c, nil)
			return full, faults.Err()
		}
	}
	for _, e := range Extractors.Entries {
		if e.Make.Reads == nil {
			continue
		}
		if of, ok := e.Make.Reads(text); ok {
			_, full, faults := Extractors.Resolve("features", of, nil)
			return full, faults.Err()
		}
	}
	want := choice.OneOf(text, Extractors.Names())
	if _, err := os.Stat(text); err == nil {
		want += ", or a file that one of them reads"
	}
	return choice.Choice{}, &choice.Fault{Path: "features", Got: choice.Show(text), Want: want}
}

// Open opens what Parse has read.
func Open(ctx context.Context, c choice.Choice, on On) (Extractor, error) {
	e, full, faults := Extractors.Resolve("features", c, nil)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	x, err := e.Make.Open(ctx, full.Params, on)
	if faults, ok := choice.FaultsOf(err); ok {
		return nil, faults.Under("features")
	}
	if err != nil {
		return nil, fmt.Errorf("features: %s: %w", e.Name, err)
	}
	return x, nil
}

// small is how many values a point has at most that is compared by them.
const small = 256

// Suiting are the features of such points where none are asked for: those of a classifier
// where classes are to be told, else the values of points and small images, and a random
// network's of larger ones. A classifier's see what tells classes and less of noise: when noise
// of standard deviation 0.3 was added to the digits to train on, their KID against the 299 to
// test with changed by 0.0002 ± 0.009 (eval x.npy --against digits:split=test --features
// classifier --metrics kid).
func Suiting(points datasets.Info, classified bool) choice.Choice {
	switch {
	case classified:
		return choice.Choice{Kind: "classifier"}
	case !points.Image || points.Shape.Len() <= small:
		return choice.Choice{Kind: "pixels"}
	}
	return choice.Choice{Kind: "random"}
}

// checkExtract holds a call of Extract to its contract and returns how many points there are.
func checkExtract(ctx context.Context, dst, x []float32, dim, size int) (n int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	n = len(x) / size
	if len(x) != n*size || len(dst) != n*dim {
		return 0, fmt.Errorf("features: Extract: got %d and %d elements, want %d and %d for each point",
			len(dst), len(x), dim, size)
	}
	return n, nil
}
