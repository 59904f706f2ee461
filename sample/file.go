package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/picture"
)

// forms are the files that samples can be written to alone, by their suffixes: the
// picture, the points, and the points with the summary.
var forms = map[string]func(w *Store, path, summary string) (picture string, err error){
	".png":         (*Store).writePicture,
	".npy":         (*Store).writePoints,
	".safetensors": (*Store).writeTensors,
}

// AsFile reports whether samples for that output path go to one file, and not to a
// directory: whether it ends as such a file does, and no directory is there.
func AsFile(path string) bool {
	st, err := os.Stat(path)
	return IsFile(path) && (err != nil || !st.IsDir())
}

// IsFile reports whether an output path is that of one file of samples, and not of a
// directory: whether it ends as the name of such a file does.
func IsFile(path string) bool { return forms[suffix(path)] != nil }

// others are suffixes of files of pictures and arrays that are not among forms: a
// directory of such a name would hardly be what is meant.
var others = []string{".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".npz", ".pt", ".json"}

// CheckForm refuses an output path that ends like a file which samples cannot be
// written to.
func CheckForm(path string) error {
	if slices.Contains(others, suffix(path)) {
		return &choice.Fault{Path: "out", Got: choice.Show(path),
			Want: "a .png, .npy or .safetensors file, or a directory"}
	}
	return nil
}

func suffix(path string) string { return strings.ToLower(filepath.Ext(path)) }

// ReadyFile says before the work why the one file at path could not be written: it
// cannot be made, or points of that shape have no picture.
func ReadyFile(path string, point []int) error {
	if suffix(path) == ".png" && !picture.Drawable(point) {
		return &choice.Fault{Path: "out", Got: choice.Show(path),
			Want: fmt.Sprintf("a .npy or .safetensors file, or a directory: points of shape %v have"+
				" no picture", point)}
	}
	for _, p := range []string{path, filepath.Join(path+PartSuffix, journalFile)} {
		if err := atomicfile.Ready(p); err != nil {
			return fmt.Errorf("sample: %w", err)
		}
	}
	return nil
}
