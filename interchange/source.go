package interchange

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/format/torchpt"
)

// Source is a state dict: named arrays, which are read one at a time.
type Source struct {
	Shapes   map[string][]int
	Metadata map[string]string
	Read     func(dst []float32, name string) error // of the array's length
}

// File is an open file of state dicts.
type File struct {
	parts map[string]Source
	Close func() error
}

// Open opens a safetensors file or one of torch.save. Nothing is executed, and no array is
// read yet.
func Open(path string) (*File, error) {
	if torchpt.Is(path) {
		return openTorch(path)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, fmt.Errorf("interchange: want a file of torch.save or safetensors: %w", err)
	}
	s := Source{Shapes: map[string][]int{}, Metadata: f.Metadata, Read: f.ReadFloat32}
	for _, t := range f.Tensors() {
		s.Shapes[t.Name] = t.Shape
	}
	return &File{map[string]Source{"": s.bare()}, f.Close}, nil
}

func openTorch(path string) (*File, error) {
	f, err := torchpt.Open(path)
	if err != nil {
		return nil, fmt.Errorf("interchange: %w", err)
	}
	parts := map[string]Source{}
	for _, part := range f.Parts() {
		s := Source{Shapes: map[string][]int{}, Read: func(dst []float32, name string) error {
			return f.ReadFloat32(dst, part, name)
		}}
		for _, t := range f.Tensors(part) {
			s.Shapes[t.Name] = t.Shape
		}
		parts[part] = s.bare()
	}
	return &File{parts, f.Close}, nil
}

// wrappers are what DistributedDataParallel and torch.compile put before every name.
var wrappers = []string{"module.", "_orig_mod."}

// bare is s without the wrappers that every name has.
func (s Source) bare() Source {
	for _, w := range wrappers {
		shapes := map[string][]int{}
		for name, shape := range s.Shapes {
			rest, ok := strings.CutPrefix(name, w)
			if !ok {
				shapes = nil
				break
			}
			shapes[rest] = shape
		}
		if len(shapes) == 0 {
			continue
		}
		read := s.Read
		s.Shapes = shapes
		s.Read = func(dst []float32, name string) error { return read(dst, w+name) }
	}
	return s
}

// What training programs call the weights and their average in one file.
var (
	weightParts  = []string{"model", "state_dict"}
	averageParts = []string{"ema"}
)

// Sources are the weights and their average; where the file has one of them, or a state
// dict alone, that is both, and there is no average of its own.
func (f *File) Sources() (weights, average Source, err error) {
	w, isWeights := f.find(weightParts)
	a, isAverage := f.find(averageParts)
	only, isOnly := f.find([]string{""})
	switch {
	case isWeights && isAverage:
		return w, a, nil
	case isWeights:
		return w, w, nil
	case isAverage:
		return a, a, nil
	case isOnly:
		return only, only, nil
	}
	names := slices.Concat(weightParts, averageParts)
	return w, a, errors.New("interchange: got state dicts called " +
		strings.Join(slices.Sorted(maps.Keys(f.parts)), ", ") + ", want one of " + strings.Join(names, ", "))
}

// find is the first part of those names.
func (f *File) find(names []string) (Source, bool) {
	for _, name := range names {
		if s, ok := f.parts[name]; ok {
			return s, true
		}
	}
	return Source{}, false
}
