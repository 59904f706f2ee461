package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
)

// A cifar is one of the two data sets of A. Krizhevsky (Learning Multiple Layers of
// Features from Tiny Images, 2009) in its binary form: rows of one byte for each label and
// 3,072 for the image, all red, then all green, then all blue, each 32×32 row by row.
type cifar struct {
	name    string
	dirs    []string            // searched in turn where no path is given
	files   map[string][]string // of each split, in order
	labels  int                 // bytes of labels; the class is the last
	classes int
}

const (
	cifarSide   = 32
	cifarPixels = cifarSide * cifarSide
	cifarMost   = 1 << 29 // bytes of a file: three times the largest
	cifarCredit = "CIFAR, A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009)"
)

var cifar10 = cifar{
	name: "cifar10", dirs: []string{"data/cifar10", "data/cifar-10-batches-bin"},
	files: map[string][]string{
		"train": {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
			"data_batch_5.bin"},
		"test": {"test_batch.bin"},
	},
	labels: 1, classes: 10,
}

var cifar100 = cifar{
	name: "cifar100", dirs: []string{"data/cifar100", "data/cifar-100-binary"},
	files:  map[string][]string{"train": {"train.bin"}, "test": {"test.bin"}},
	labels: 2, classes: 100, // a row has its coarse label, and then its fine one
}

var (
	_ = Sources.Add(cifar10.entry("60,000 photographs of 10 classes, 32×32×3, from the binary version"))
	_ = Sources.Add(cifar100.entry("60,000 photographs of 100 classes, 32×32×3, from the binary version"))
)

// entry is c as one of Sources.
func (c cifar) entry(about string) choice.Entry[Opener] {
	where := "directory of the .bin files; empty for " + strings.Join(c.dirs, " or ")
	return choice.Entry[Opener]{
		Name: c.name, About: about, Paper: cifarCredit, Example: c.name + ":path=data/mine",
		Params: []choice.Param{{Name: "path", Default: "", About: where}, split},
		Make: Opener{
			Open:  func(v choice.Values) (Source, error) { return c.open(v.Text("path"), v.Text("split")) },
			Known: func(choice.Values) Info { return c.info() },
			Recognize: Recognizer{"a directory with " + c.files["test"][0],
				func(f Found) (choice.Values, bool) {
					return nil, f.Has(c.files["test"][0]) && f.Has(c.files["train"][0])
				}},
		},
	}
}

// info is what is known of c without its files.
func (c cifar) info() Info {
	return Info{Name: c.name, Shape: Shape{cifarSide, cifarSide, 3}, Classes: c.classes, Image: true,
		Credit: cifarCredit}
}

// open reads the files of a split, some 150 MB.
func (c cifar) open(path, split string) (Source, error) {
	dirs := c.dirs
	if path != "" {
		dirs = []string{path}
	}
	dir, err := dirWith(c.name, dirs, c.files[split][0])
	if err != nil {
		return nil, err
	}
	var pixels, labels []byte
	row := c.labels + 3*cifarPixels
	for _, name := range c.files[split] {
		path := filepath.Join(dir, name)
		data, err := bounded.ReadFile(path, cifarMost)
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %w", c.name, err)
		}
		if len(data) == 0 || len(data)%row != 0 {
			return nil, fmt.Errorf("datasets: %s: %s: got %d bytes, want rows of %d", c.name,
				bounded.Name(path), len(data), row)
		}
		pixels = slices.Grow(pixels, len(data)/row*3*cifarPixels)
		for i := 0; i < len(data); i += row {
			label := data[i+c.labels-1]
			if int(label) >= c.classes {
				return nil, fmt.Errorf("datasets: %s: %s: row %d: got a label %d, want 0 to %d", c.name,
					bounded.Name(path), i/row, label, c.classes-1)
			}
			labels = append(labels, label)
			planes := data[i+c.labels : i+row]
			for k := range cifarPixels {
				pixels = append(pixels, planes[k], planes[cifarPixels+k], planes[2*cifarPixels+k])
			}
		}
	}
	info := c.info()
	info.Count = len(labels)
	return newByteImages(info, pixels, labels, 255), nil
}

// dirWith is the first of dirs that has a regular file of that name. The error says what
// is missed, and where it was looked for.
func dirWith(source string, dirs []string, name string) (string, error) {
	for _, dir := range dirs {
		if st, err := os.Stat(filepath.Join(dir, name)); err == nil && st.Mode().IsRegular() {
			return dir, nil
		}
	}
	return "", fmt.Errorf("datasets: %s: %s: not found in %s; put it there, or --set data.path=DIR: %w",
		source, name, strings.Join(dirs, " or "), os.ErrNotExist)
}
