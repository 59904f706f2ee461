package datasets

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/safetensors"
)

// A tensor is an array of numbers that stays in its file and is read in parts, from any
// goroutine.
type tensor struct {
	shape []int
	kind  string // of its elements: "|u1", "<f4", "F16"
	// read reads len(dst) elements from element at on, the last index running fastest. Its
	// errors name the file.
	read func(dst []float32, at int) error
}

// rows is the first extent, 0 of a scalar.
func (t *tensor) rows() int {
	if len(t.shape) == 0 {
		return 0
	}
	return t.shape[0]
}

// width is the number of values in a row. It fits: the elements are as many as the file has.
func (t *tensor) width() int {
	n := 1
	for _, d := range t.shape[min(1, len(t.shape)):] {
		n *= d
	}
	return n
}

// levels is how many values its elements may have, from 0 on: 256 for bytes, 2 for booleans,
// and 0 for other numbers.
func (t *tensor) levels() int {
	switch t.kind {
	case "|u1", "<u1", ">u1", string(safetensors.U8):
		return 256
	case "|b1", string(safetensors.Bool):
		return 2
	}
	return 0
}

// A tensorFile is a file of arrays in any of three formats, known by how it begins.
type tensorFile struct {
	name  string   // for errors
	names []string // of its arrays, in alphabetical order; [""] of an .npy file, which has one
	open  func(name string) (*tensor, error)
	files []io.Closer
	watch []watched // all files, as they were before they were opened
}

// openTensors opens an .npy, .npz or safetensors file.
func openTensors(path string) (*tensorFile, error) {
	f, _, err := bounded.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 6)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, fmt.Errorf("%s: got less than 6 bytes, want an .npy, .npz or safetensors file",
			bounded.Name(path))
	}
	watch, err := watch(path)
	if err != nil {
		return nil, err
	}
	t := &tensorFile{name: bounded.Name(path), watch: []watched{watch}}
	switch {
	case string(head) == "\x93NUMPY":
		return t, t.openNumpy(path)
	case string(head[:2]) == "PK":
		return t, t.openArchive(path)
	}
	return t, t.openSafetensors(path)
}

// ofNumpy is an array of a file that numpy wrote.
func ofNumpy(f *npy.File) *tensor {
	return &tensor{shape: f.Shape, kind: f.Type, read: f.ReadFloat32At}
}

func (t *tensorFile) openNumpy(path string) error {
	f, err := npy.Open(path)
	if err != nil {
		return err
	}
	t.names, t.files = []string{""}, []io.Closer{f}
	t.open = func(name string) (*tensor, error) {
		if name != "" {
			return nil, fmt.Errorf("%s: got the name %s, want the path of another .npy file: this one has a "+
				"single array, without a name", t.name, bounded.Quote(name))
		}
		return ofNumpy(f), nil
	}
	return nil
}

func (t *tensorFile) openArchive(path string) error {
	a, err := npy.OpenArchive(path)
	if err != nil {
		return err
	}
	t.names, t.files = a.Names(), []io.Closer{a}
	t.open = func(name string) (*tensor, error) {
		f, err := a.Open(name)
		if err != nil {
			return nil, err
		}
		return ofNumpy(f), nil
	}
	return nil
}

func (t *tensorFile) openSafetensors(path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	for _, x := range f.Tensors() {
		t.names = append(t.names, x.Name)
	}
	t.files = []io.Closer{f}
	t.open = func(name string) (*tensor, error) {
		x, ok := f.Tensor(name)
		if !ok {
			return nil, fmt.Errorf("%s: %w", t.name, t.missing("array "+bounded.Quote(name)))
		}
		read := func(dst []float32, at int) error { return f.ReadFloat32At(dst, name, at) }
		return &tensor{shape: x.Shape, kind: string(x.DType), read: read}, nil
	}
	return nil
}

// array is the array of that name, or, where the file has none and the name ends in .npy, the
// one in the file called so, which belongs to t from then on.
func (t *tensorFile) array(name string) (*tensor, error) {
	if t.has(name) || !strings.HasSuffix(name, ".npy") {
		return t.open(name)
	}
	other, err := openTensors(name)
	if err != nil {
		return nil, err
	}
	t.files, t.watch = append(t.files, other), append(t.watch, other.watch...)
	return other.open("")
}

// paths are those of the files.
func (t *tensorFile) paths() (paths []string) {
	for _, w := range t.watch {
		paths = append(paths, w.path)
	}
	return paths
}

// changed is the error of a file that is not what it was when it was opened, nil where none is.
func (t *tensorFile) changed() error {
	for i := range t.watch {
		if err := t.watch[i].changed(); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the files.
func (t *tensorFile) Close() error {
	var errs []error
	for _, f := range t.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// has reports whether there is an array of that name.
func (t *tensorFile) has(name string) bool { return slices.Contains(t.names, name) }

// only reports whether the file has one array without a name.
func (t *tensorFile) only() bool { return len(t.names) == 1 && t.names[0] == "" }

// missing says that what is wanted is not in the file, and what is.
func (t *tensorFile) missing(what string) error {
	const most = 20
	names := t.names[:min(len(t.names), most)]
	var more string
	if n := len(t.names) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("no %s; it has %s%s", what, bounded.Name(strings.Join(names, ", ")), more)
}

// readLabels reads t, which must be [n] or [n, 1] whole numbers from 0 to classes−1, and
// returns them with classes; where that is 0, with one more than the largest.
func readLabels(t *tensor, n, classes int) ([]int32, int, error) {
	const most = 1 << 20 // classes
	if !slices.Equal(t.shape, []int{n}) && !slices.Equal(t.shape, []int{n, 1}) {
		return nil, 0, fmt.Errorf("labels: got shape %d, want [%d]", t.shape, n)
	}
	want := classes
	if want == 0 {
		want = most
	}
	labels, part := make([]int32, 0, n), make([]float32, min(n, 1<<16))
	for len(labels) < n {
		part = part[:min(len(part), n-len(labels))]
		if err := t.read(part, len(labels)); err != nil {
			return nil, 0, err
		}
		for _, k := range part {
			if k != float32(int32(k)) || k < 0 || int(k) >= want {
				return nil, 0, fmt.Errorf(
					"label %d: got %v, want a whole number from 0 to %d",
					len(labels),
					k,
					want-1,
				)
			}
			labels = append(labels, int32(k))
		}
	}
	if classes == 0 {
		classes = int(slices.Max(labels)) + 1
	}
	return labels, classes, nil
}
