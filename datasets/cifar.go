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
	rows    map[string]int      // images in a file of each split
	labels  int                 // bytes of labels; the class is the last
	classes int
}

const (
	cifarSide   = 32
	cifarPixels = cifarSide * cifarSide
	cifarCoarse = 20      // classes of the coarse labels of CIFAR-100
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
	rows:   map[string]int{"train": 10000, "test": 10000},
	labels: 1, classes: 10,
}

var cifar100 = cifar{
	name: "cifar100", dirs: []string{"data/cifar100", "data/cifar-100-binary"},
	files:  map[string][]string{"train": {"train.bin"}, "test": {"test.bin"}},
	rows:   map[string]int{"train": 50000, "test": 10000},
	labels: 2, classes: 100, // a row has its coarse label, and then its fine one
}

var (
	_ = Sources.Add(cifar10.entry("60,000 photographs of 10 classes, 32×32×3, from the binary version"))
	_ = Sources.Add(cifar100.entry("60,000 photographs of 100 classes, 32×32×3, from the binary version"))
)

// entry is c as one of Sources.
func (c cifar) entry(about string) choice.Entry[Opener] {
	where := "directory of the .bin files; empty for " + strings.Join(c.dirs, " or ")
	params := []choice.Param{{Name: "path", Default: "", About: where}, split,
		{Name: "subset", Default: false,
			About: "take files with more or fewer images than those of the original have"}}
	if c.labels == 2 {
		params = append(params, choice.Param{Name: "labels", Default: "fine",
			In:    choice.Words("fine", "coarse"),
			About: "which labels are the classes: the 100 fine ones, or the 20 coarse ones, groups of these"})
	}
	return choice.Entry[Opener]{
		Name: c.name, About: about, Paper: cifarCredit, Example: c.name + ":path=data/mine,subset=true",
		Params: params,
		Make: Opener{
			Open:  c.open,
			Known: c.info,
			Recognize: Recognizer{"a directory with " + c.files["test"][0],
				func(f Found) (choice.Values, bool) {
					return nil, f.Has(c.files["test"][0]) && f.Has(c.files["train"][0])
				}},
		},
	}
}

// info is what is known of c without its files.
func (c cifar) info(v choice.Values) Info {
	info := Info{Name: c.name, Shape: Shape{cifarSide, cifarSide, 3}, Classes: c.classes, Image: true,
		Credit: cifarCredit}
	if c.labels == 2 && v.Text("labels") == "coarse" {
		info.Classes = cifarCoarse
	}
	return info
}

// open reads the files of a split, some 150 MB. The files say nowhere how many images they
// have: one that was cut short after a row is known by the number that the original has.
func (c cifar) open(v choice.Values) (Source, error) {
	dirs, split := c.dirs, v.Text("split")
	if path := v.Text("path"); path != "" {
		dirs = []string{path}
	}
	dir, err := dirWith(c.name, dirs, c.files[split][0])
	if err != nil {
		return nil, err
	}
	info, at := c.info(v), c.labels-1
	if info.Classes == cifarCoarse {
		at = 0
	}
	var pixels, labels []byte
	for _, name := range c.files[split] {
		path := filepath.Join(dir, name)
		data, err := bounded.ReadFile(path, cifarMost)
		if err == nil {
			rows := c.rows[split]
			if v.Bool("subset") {
				rows = 0
			}
			pixels, labels, err = c.decode(data, rows, at, info.Classes, pixels, labels)
		}
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %s: %w", c.name, bounded.Name(path), err)
		}
	}
	info.Count = len(labels)
	return newByteImages(info, pixels, labels, 255), nil
}

// decode adds the images of a file to pixels, row by row with their channels together, and
// the labels that are byte at of each row. want is how many there must be, 0 for any.
func (c cifar) decode(data []byte, want, at, classes int, pixels, labels []byte) (_, _ []byte, err error) {
	row := c.labels + 3*cifarPixels
	n := len(data) / row
	switch {
	case n == 0 || len(data)%row != 0:
		return nil, nil, fmt.Errorf("got %d bytes, want rows of %d", len(data), row)
	case want > 0 && n != want:
		return nil, nil, fmt.Errorf("got %d images, want the %d of the original; subset: true takes any", n,
			want)
	}
	pixels = slices.Grow(pixels, n*3*cifarPixels)
	for i := range n {
		image := data[i*row : (i+1)*row]
		if int(image[at]) >= classes {
			return nil, nil, fmt.Errorf("row %d: got a label %d, want 0 to %d", i, image[at], classes-1)
		}
		labels = append(labels, image[at])
		planes := image[c.labels:]
		for k := range cifarPixels {
			pixels = append(pixels, planes[k], planes[cifarPixels+k], planes[2*cifarPixels+k])
		}
	}
	return pixels, labels, nil
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
