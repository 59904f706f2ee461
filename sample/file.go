package sample

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/picture"
)

// forms are the files that samples can be written to alone, by their suffixes: the
// picture, the points, and the points with the summary.
var forms = map[string]func(r *Result, path string, opt Output) error{
	".png":         (*Result).writePicture,
	".npy":         func(r *Result, path string, opt Output) error { return r.writePoints(path, opt) },
	".safetensors": (*Result).writeTensors,
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
	if err := atomicfile.Ready(path); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}

// WriteFile writes r to one file, in the form its suffix says.
func (r *Result) WriteFile(path string, opt Output) error {
	if err := opt.check(r.Dim); err != nil {
		return fmt.Errorf("sample: WriteFile: %w", err)
	}
	if err := forms[suffix(path)](r, path, opt); err != nil {
		return fmt.Errorf("sample: WriteFile: %w", err)
	}
	return nil
}

func (r *Result) writePicture(path string, opt Output) error {
	img, err := r.Picture(opt)
	if err != nil {
		return err
	}
	return picture.WritePNG(path, img)
}

func (r *Result) writeTensors(path string, opt Output) error {
	summary, err := json.MarshalIndent(r.Summary(opt), "", "  ")
	if err != nil {
		return err
	}
	return r.writeArrays(path, opt, string(summary))
}
