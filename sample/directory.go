package sample

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/safetensors"
)

// The files of a directory of samples, beside the single images.
const (
	arraysFile  = "samples.safetensors"
	npyFile     = "samples.npy"
	pictureFile = "samples.png"
	summaryFile = "summary.json"
)

// singleFile is the name of sample i's own picture.
func singleFile(i int) string { return fmt.Sprintf("%06d.png", i) }

// maxSummary bounds the summary that is read of an earlier draw, in bytes.
const maxSummary = 1 << 20

// Ready says, before there are points to lose, what would keep a [Store] from writing
// into dir. It changes nothing.
func Ready(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("sample: %w", &choice.Fault{Path: "out",
			Got:  choice.Show(dir) + ", which is " + bounded.Kind(info.Mode()),
			Want: "a directory, or a .png, .npy or .safetensors file"})
	}
	for _, name := range []string{arraysFile, npyFile, pictureFile, summaryFile, journalFile, partFile} {
		if err := atomicfile.Ready(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("sample: %w", err)
		}
	}
	return nil
}

// removeDraw removes from dir the earlier draw that is in it, and what processes that
// were killed had begun to write. Single images go as far as the earlier draw says
// that it made them: a picture of another origin stays, whatever its name. The
// summary goes first, for without one a directory is not complete, and last goes
// the file that says the same, so that a removal that is cut short can go on.
func removeDraw(dir string) error {
	names := append([]string{summaryFile, pictureFile, npyFile}, trajectoryFiles()...)
	for i := range earlierSingles(dir) {
		names = append(names, singleFile(i))
	}
	for _, name := range append(names, arraysFile) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, err := atomicfile.Sweep(dir)
	return err
}

// earlierSingles is how many single images the draw in dir had made, or had begun
// to make; 0 where there is none that says so.
func earlierSingles(dir string) int {
	text, err := bounded.ReadFile(filepath.Join(dir, summaryFile), maxSummary)
	if err != nil {
		f, err := safetensors.Open(filepath.Join(dir, arraysFile))
		if err != nil {
			return 0
		}
		defer f.Close()
		text = []byte(f.Metadata["summary"])
	}
	var s Summary
	if json.Unmarshal(text, &s) != nil || s.Singles < 0 || s.Singles > s.Drawn {
		return 0
	}
	return s.Singles
}
