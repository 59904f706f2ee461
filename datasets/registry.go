package datasets

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Spec says which source to open. It is what the data section of a
// configuration holds; a field left at zero means the source's own default.
type Spec struct {
	Name  string `yaml:"name"`            // a name that Kinds lists
	Path  string `yaml:"path,omitempty"`  // directory or file, for sources kept in files
	Split string `yaml:"split,omitempty"` // "train" (the default) or, where there is one, "test"
	// Size is the side of the images in pixels that the rest of the
	// configuration was written for. Data of another size is an error.
	Size  int    `yaml:"size,omitempty"`
	Dim   int    `yaml:"dim,omitempty"`   // D, for points
	Count int    `yaml:"count,omitempty"` // how many samples to draw, for sources that are drawn
	Seed  uint64 `yaml:"seed,omitempty"`  // of sources that are drawn; the others ignore it
}

// A Kind is one row of the table of sources.
type Kind struct {
	Name  string
	About string // one line for a help text

	takes []string // the fields it understands, of path, split, dim and count
	open  func(Spec) (Source, error)
}

// kinds is the table: a new source is a new row, in alphabetical order.
var kinds = []Kind{
	{"digits", "1,797 handwritten digits, 8×8×1, in the binary", nil, openDigits},
	{"fashion-mnist", "70,000 pieces of clothing, 28×28×1 (10 classes)", idxKeys, openFashion},
	{"idx", "images and labels in idx files: path is their directory or the image file", idxKeys, openIdx},
	{"mnist", "70,000 handwritten digits, 28×28×1", idxKeys, openMNIST},
	{"rings", "points on two circles in a random plane of R^dim", drawnKeys, openRings},
}

var (
	idxKeys   = []string{"path", "split"}
	drawnKeys = []string{"split", "dim", "count"}
)

// Kinds is the table of sources in alphabetical order.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

// Open finds the source that s names and reads what it needs to know of it.
// Every field that the source cannot honour is reported, each on a line of its
// own.
func Open(s Spec) (Source, error) {
	for _, k := range kinds {
		if k.Name != s.Name {
			continue
		}
		if err := k.check(s); err != nil {
			return nil, err
		}
		src, err := k.open(s)
		if err != nil {
			return nil, err
		}
		if err := checkSize(src.Info(), s.Size); err != nil {
			return nil, err
		}
		return src, nil
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return nil, fmt.Errorf("datasets: Open: name: got %q, want one of %s", s.Name, strings.Join(names, ", "))
}

// check reports the fields of s that are set but mean nothing to k.
func (k Kind) check(s Spec) error {
	var errs []error
	for _, f := range []struct {
		key string
		set bool
		got any
	}{
		{"path", s.Path != "", s.Path},
		{"split", s.Split != "" && s.Split != "train", s.Split},
		{"dim", s.Dim != 0, s.Dim},
		{"count", s.Count != 0, s.Count},
	} {
		if f.set && !slices.Contains(k.takes, f.key) {
			errs = append(errs, fmt.Errorf("datasets: Open: %s: got %v, want none: %s has no such choice",
				f.key, f.got, k.Name))
		}
	}
	if s.Split != "" && slices.Contains(k.takes, "split") && s.Split != "train" && s.Split != "test" {
		errs = append(errs, fmt.Errorf(`datasets: Open: split: got %q, want "train" or "test"`, s.Split))
	}
	if s.Size < 0 {
		errs = append(errs, fmt.Errorf("datasets: Open: size: got %d, want a number of pixels", s.Size))
	}
	return errors.Join(errs...)
}

// checkSize compares what the configuration was written for with the data.
func checkSize(info Info, size int) error {
	switch {
	case size == 0:
		return nil
	case !info.Image:
		return fmt.Errorf("datasets: Open: size: got %d, want none: %s are points, not images",
			size, info.Name)
	case info.Shape.H != size || info.Shape.W != size:
		return fmt.Errorf("datasets: Open: size: got %d, want that of the images of %s, which are %v",
			size, info.Name, info.Shape)
	}
	return nil
}
