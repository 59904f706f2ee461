package datasets

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/matlab5"
)

const (
	svhnSide   = 32
	svhnCredit = "SVHN, Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu & A. Y. Ng, Reading Digits in " +
		"Natural Images (2011)"
)

var svhnDirs = []string{"data/svhn"}

// svhnSplit is which of the three files is read.
var svhnSplit = choice.Param{Name: "split", Default: "train",
	About: "which part of the data: extra has 531,131 more, and easier, images to train on",
	In:    choice.Words("train", "test", "extra")}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "svhn", Paper: svhnCredit, Example: "svhn:path=data/mine",
	About: "99,289 house numbers cropped to a digit, 32×32×3, from the .mat files",
	Params: []choice.Param{{Name: "path", Default: "",
		About: "directory of train_32x32.mat, test_32x32.mat and extra_32x32.mat; empty for " +
			strings.Join(svhnDirs, " or ")}, svhnSplit},
	Make: Opener{
		Open:  func(v choice.Values) (Source, error) { return openSVHN(v.Text("path"), v.Text("split")) },
		Known: func(choice.Values) Info { return svhnInfo() },
		Recognize: Recognizer{"a directory with train_32x32.mat",
			func(f Found) (choice.Values, bool) { return nil, f.Has("train_32x32.mat") }},
	},
})

// svhnInfo is what is known of SVHN without its files.
func svhnInfo() Info {
	return Info{Name: "svhn", Shape: Shape{svhnSide, svhnSide, 3}, Classes: 10, Image: true,
		Credit: svhnCredit}
}

// openSVHN reads the file of a split: X [32, 32, 3, n], the column-major bytes of n images,
// and y [n, 1], the digits, with 10 for 0.
func openSVHN(path, split string) (Source, error) {
	dirs := svhnDirs
	if path != "" {
		dirs = []string{path}
	}
	file := split + "_32x32.mat"
	dir, err := dirWith("svhn", dirs, file)
	if err != nil {
		return nil, err
	}
	path = filepath.Join(dir, file)
	arrays, err := matlab5.ReadFile(path, "X", "y")
	if err != nil {
		return nil, fmt.Errorf("datasets: svhn: %w", err)
	}
	x, y := arrays[0], arrays[1]
	n := len(y.Values)
	if len(x.Dims) == 3 { // MATLAB drops an extent of 1 at the end
		x.Dims = append(x.Dims, 1)
	}
	if n == 0 || !slices.Equal(x.Dims, []int{svhnSide, svhnSide, 3, n}) {
		return nil, fmt.Errorf("datasets: svhn: %s: got X of %d and %d labels, want [32 32 3 n] and n ≥ 1",
			bounded.Name(path), x.Dims, n)
	}
	for i, digit := range y.Values {
		if digit < 1 || digit > 10 {
			return nil, fmt.Errorf("datasets: svhn: %s: y: got a label %d of image %d, want 1 to 10",
				bounded.Name(path), digit, i)
		}
		y.Values[i] = digit % 10
	}
	info := svhnInfo()
	info.Count = n
	return newByteImages(info, rowMajor(x.Values, n), y.Values, 255), nil
}

// rowMajor are n images in the order row, column, channel of images whose rows run fastest,
// then columns, then channels.
func rowMajor(x []byte, n int) []byte {
	const plane = svhnSide * svhnSide
	out := make([]byte, len(x))
	for i := range n {
		image, to := x[i*3*plane:(i+1)*3*plane], out[i*3*plane:]
		for c := range 3 {
			for col := range svhnSide {
				for row := range svhnSide {
					to[(row*svhnSide+col)*3+c] = image[c*plane+col*svhnSide+row]
				}
			}
		}
	}
	return out
}
