package datasets

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
)

// A family is a data set of idx files with a name: where it may be found, how
// to get it, and what it must look like.
type family struct {
	name    string
	dirs    []string // searched in turn when the spec gives no path
	get     string   // how to get it
	side    int      // of the images; 0 for any
	classes int      // 0: as many as the labels show, or none if there is no label file
	credit  string
}

var fashion = family{
	name:    "fashion-mnist",
	dirs:    []string{"data/fashion-mnist", "/usr/share/datasets/fashion-mnist"},
	get:     "apt install dataset-fashion-mnist, or --set data.path=DIR",
	side:    28,
	classes: 10,
	credit:  "Fashion-MNIST, H. Xiao, K. Rasul & R. Vollgraf, Zalando SE (2017), MIT licence",
}

var mnist = family{
	name:    "mnist",
	dirs:    []string{"data/mnist", "/usr/share/datasets/mnist"},
	get:     "put the four idx files of MNIST in data/mnist, or --set data.path=DIR",
	side:    28,
	classes: 10,
	credit:  "MNIST, Y. LeCun, C. Cortes & C. J. C. Burges, CC BY-SA 3.0",
}

var anyIdx = family{
	name: "idx",
	get:  "--set data.path=DIR, or =FILE for the file of images",
}

var (
	_ = Sources.Add(fashion.entry("70,000 pieces of clothing, 28×28×1, from idx files"))
	_ = Sources.Add(mnist.entry("70,000 handwritten digits, 28×28×1, from idx files"))
	_ = Sources.Add(anyIdx.entry("any pair of idx files with one byte for each pixel"))
)

// entry is the family as one of Sources.
func (f family) entry(about string) choice.Entry[Opener] {
	where := "directory of the idx files, or the file of images"
	if len(f.dirs) > 0 {
		where += "; empty for " + strings.Join(f.dirs, " or ")
	}
	opener := Opener{Open: func(v choice.Values) (Source, error) {
		return f.open(v.Text("path"), v.Text("split"))
	}}
	if f.side != 0 {
		opener.Known = func(choice.Values) Info {
			return Info{Name: f.name, Shape: Shape{f.side, f.side, 1}, Classes: f.classes, Image: true,
				Credit: f.credit}
		}
	} else {
		opener.Recognize = Recognizer{"idx images, or a directory with train-images-idx3-ubyte[.gz]", isIdx}
	}
	return choice.Entry[Opener]{
		Name: f.name, About: about, Paper: f.credit, Example: f.name + ":path=data/mine",
		Params: []choice.Param{{Name: "path", Default: "", About: where}, split}, Make: opener,
	}
}

// open finds, reads and compares the two files of a split.
func (f family) open(path, split string) (Source, error) {
	images, labels, err := f.find(path, split)
	if err != nil {
		return nil, err
	}
	extents, pixels, err := readIdxFile(images, 3)
	if err != nil {
		return nil, err
	}
	info := Info{
		Name:    f.name,
		Shape:   Shape{extents[1], extents[2], 1},
		Count:   extents[0],
		Classes: f.classes,
		Credit:  f.credit,
	}
	if f.side != 0 && (info.Shape.H != f.side || info.Shape.W != f.side) {
		return nil, fmt.Errorf("datasets: idx: %s: images: got %d×%d pixels, want %d×%d, the size of %s",
			images, info.Shape.H, info.Shape.W, f.side, f.side, f.name)
	}
	var classes []byte
	if labels != "" {
		count, data, err := readIdxFile(labels, 1)
		if err != nil {
			return nil, err
		}
		if count[0] != info.Count {
			return nil, fmt.Errorf("datasets: idx: %s: labels: got %d, want %d, as many as the images of %s",
				labels, count[0], info.Count, images)
		}
		last := int(slices.Max(data))
		if f.classes == 0 {
			info.Classes = last + 1
		}
		if last >= info.Classes {
			return nil, fmt.Errorf("datasets: idx: %s: labels: got a label %d, want 0 to %d", labels, last,
				info.Classes-1)
		}
		classes = data
	}
	return newByteImages(info, pixels, classes, 255), nil
}

// find returns the paths of the images and of the labels, the latter "" if the
// family does not demand labels and there are none.
func (f family) find(path, split string) (images, labels string, err error) {
	if path != "" {
		st, err := os.Stat(path)
		if err != nil {
			return "", "", fmt.Errorf("datasets: %s: path: %w; to get it: %s", f.name, err, f.get)
		}
		switch {
		case st.Mode().IsRegular():
			return f.beside(path, split)
		case !st.IsDir():
			return "", "", fmt.Errorf("datasets: %s: path: got %s (%v), want a directory or a file",
				f.name, path, st.Mode().Type())
		}
		f.dirs = []string{path}
	}
	if len(f.dirs) == 0 {
		return "", "", &choice.Fault{Path: "path", Got: "none", Want: "a directory or a file of images: " +
			f.get}
	}
	stem := "train"
	if split == "test" {
		stem = "t10k"
	}
	for _, dir := range f.dirs {
		at := filepath.Join(dir, stem)
		images = firstFile(at+"-images-idx3-ubyte", at+"-images.idx3-ubyte") // both spellings circulate
		labels = firstFile(at+"-labels-idx1-ubyte", at+"-labels.idx1-ubyte")
		switch {
		case images == "":
			continue
		case labels == "" && f.classes != 0:
			return "", "", fmt.Errorf("datasets: %s: %s: no labels beside it, want %s-labels-idx1-ubyte[.gz]",
				f.name, images, stem)
		}
		return images, labels, nil
	}
	return "", "", fmt.Errorf("datasets: %s: %s-images-idx3-ubyte[.gz]: not found in %s; to get it: %s: %w",
		f.name, stem, strings.Join(f.dirs, " or "), f.get, fs.ErrNotExist)
}

// beside takes the spec's path for the file of images, and the labels from the
// file of the same name with "labels-idx1" for "images-idx3".
func (f family) beside(path, split string) (images, labels string, err error) {
	if split == "test" {
		return "", "", &choice.Fault{Path: "split", Got: choice.Show(split),
			Want: "train: path is one file, " + path}
	}
	dir, name := filepath.Split(path)
	name = strings.TrimSuffix(name, ".gz")
	other := strings.NewReplacer("images-idx3", "labels-idx1", "images.idx3", "labels.idx1").Replace(name)
	if other != name {
		labels = firstFile(filepath.Join(dir, other))
	}
	if labels == "" && f.classes != 0 {
		return "", "", fmt.Errorf("datasets: %s: %s: no labels beside it, want one named labels-idx1", f.name,
			path)
	}
	return path, labels, nil
}

// isIdx recognises a file of images, by its magic number, and a directory with one to train on.
func isIdx(f Found) (choice.Values, bool) {
	at := filepath.Join(f.Path, "train-images")
	return nil, bytes.HasPrefix(f.Head, []byte{0, 0, 8, 3}) ||
		f.Dir && firstFile(at+"-idx3-ubyte", at+".idx3-ubyte") != ""
}

// firstFile is the first of the names that is a file, plain or with .gz, or "".
func firstFile(names ...string) string {
	for _, name := range names {
		for _, ext := range []string{"", ".gz"} {
			if st, err := os.Stat(name + ext); err == nil && st.Mode().IsRegular() {
				return name + ext
			}
		}
	}
	return ""
}
