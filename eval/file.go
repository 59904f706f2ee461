package eval

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

// FileExt ends the name of a file of scores.
const FileExt = ".json"

// format marks files of scores, with the version of their layout.
const format = "stillfield.eval/1"

const largestFile = 1 << 26 // bytes: more than 10,000 reports have

// File is what eval prints with --json, and keeps.
type File struct {
	Format     string      `json:"format"`
	Version    string      `json:"version"` // of the program that wrote it
	Reports    []*Report   `json:"reports"`
	Comparison *Comparison `json:"comparison,omitempty"`
}

// NewFile is a file of reports, with their comparison where there is one.
func NewFile(version string, reports []*Report, compared *Comparison) *File {
	return &File{format, version, reports, compared}
}

// Encode writes f as one line of JSON.
func (f *File) Encode(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(f)
}

// Save writes f to path, whole or not at all.
func (f *File) Save(path string) error {
	if err := atomicfile.Write(path, f.Encode); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	return nil
}

// CheckFile refuses a path that is not for a file of scores.
func CheckFile(path string) error {
	if !strings.EqualFold(filepath.Ext(path), FileExt) {
		want := "a file whose name ends in " + FileExt
		return &choice.Fault{Path: "out", Got: choice.Show(path), Want: want}
	}
	if err := atomicfile.Ready(path); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	return nil
}

// ReadFile reads the reports of a file that Save wrote, or that was made of what eval --json
// prints.
func ReadFile(path string) ([]*Report, error) {
	text, err := bounded.ReadFile(path, largestFile)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	reports, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("eval: %s: %w", bounded.Name(path), err)
	}
	return reports, nil
}

// parse reads a File and holds it to what a program of this version writes.
func parse(text []byte) ([]*Report, error) {
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("got no scores: %w", err)
	}
	if f.Format != format {
		return nil, fmt.Errorf("format: got %s, want %q, that of this version's eval --out",
			choice.Show(f.Format), format)
	}
	if len(f.Reports) == 0 {
		return nil, fmt.Errorf("reports: got none, want at least one")
	}
	for i, r := range f.Reports {
		if r == nil {
			return nil, fmt.Errorf("reports[%d]: got null, want a report", i)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("reports[%d]: %w", i, err)
		}
	}
	return f.Reports, nil
}

// check reports what no report says.
func (r *Report) check() error {
	if r.Subject == "" || r.Against.Fingerprint == "" || len(r.Scores) == 0 {
		return fmt.Errorf("got subject %s, data %s and %d scores, want each of them", choice.Show(r.Subject),
			choice.Show(r.Against.Fingerprint), len(r.Scores))
	}
	names := map[string]bool{}
	for i, s := range r.Scores {
		_, err := choice.Parse(s.Metric)
		key := s.Metric + "\n" + s.Name
		switch {
		case err != nil:
			return fmt.Errorf("scores[%d]: metric: %w", i, err)
		case s.Name == "" || names[key]:
			return fmt.Errorf("scores[%d]: got the name %s, want one of its own", i, choice.Show(s.Name))
		case s.Error != nil && *s.Error < 0:
			return fmt.Errorf("scores[%d]: error: got %v, want a standard error", i, *s.Error)
		}
		names[key] = true
	}
	return nil
}
