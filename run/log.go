package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

// Line is one line of the log: what a run was doing at a step.
type Line struct {
	Step     int     `json:"step"`      // steps taken
	Loss     float64 `json:"loss"`      // of that step
	GradNorm float64 `json:"grad_norm"` // before the clip
	LR       float64 `json:"lr"`
	Rate     float64 `json:"images_per_second"` // since the line before
	Wait     float64 `json:"data_wait"`         // share of that time in which there was no batch to step on
	Seconds  float64 `json:"seconds"`           // of training in this process
}

const (
	maxLog = 1 << 30 // bytes: six million lines
	// maxLine is bytes of a line. A Line has less than 200; a Measurement of ten curves at the most
	// times there are, 256, has 100,000.
	maxLine = 1 << 18
)

// parsed is a line of a log: a Line, a Measurement of that Meter, a BadLine of that file, or Scored
// by that Metric.
type parsed struct {
	Line
	Meter  string `json:"meter"`
	Metric string `json:"metric"`
	File   string `json:"bad_file"`
	Record string `json:"bad_record"`
}

// parseLine reads a line of a log, without its end.
func parseLine(text []byte) (parsed, error) {
	var l parsed
	if err := json.Unmarshal(text, &l); err != nil {
		return parsed{}, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) { // which leaves null
		return parsed{}, errors.New("got no object, want one")
	}
	if l.Step < 0 {
		return parsed{}, fmt.Errorf("step: got %d, want a number of steps", l.Step)
	}
	return l, nil
}

// openLog opens a log to read it: a regular file of the directory it is in, no link,
// of at most maxLog bytes.
func openLog(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return nil, fmt.Errorf("%s is a symbolic link, want a regular file or nothing", bounded.Name(path))
	}
	f, size, err := bounded.Open(path)
	if err == nil && size > maxLog {
		f.Close()
		return nil, fmt.Errorf("%s: got %d bytes, want at most %d", bounded.Name(path), size, maxLog)
	}
	return f, err
}

// eachLine calls f with every line of a text, its end included where it has one,
// and with nil for one that is longer than any of a log. It takes the memory of one
// line.
func eachLine(text io.Reader, f func(raw []byte) error) error {
	r := bufio.NewReaderSize(io.LimitReader(text, maxLog), maxLine)
	for long := false; ; {
		raw, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
			continue
		case err != nil && err != io.EOF:
			return err
		case long:
			long, raw = false, nil
			if e := f(nil); e != nil {
				return e
			}
		case len(raw) > 0:
			if e := f(raw); e != nil {
				return e
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// keepLines drops lines of steps after step, those of step 0 where the run begins, and what
// is no line, a torn last one above all.
func keepLines(path string, step int) error {
	f, err := openLog(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	kept := func(raw []byte) bool {
		if !bytes.HasSuffix(raw, []byte("\n")) {
			return false
		}
		l, err := parseLine(raw)
		return err == nil && l.Step <= step && step > 0
	}
	all := true
	if err := eachLine(f, func(raw []byte) error { all = all && kept(raw); return nil }); err != nil || all {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return atomicfile.Replace(path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		err := eachLine(f, func(raw []byte) error {
			if kept(raw) {
				b.Write(raw) // which keeps the first error for Flush
			}
			return nil
		})
		return errors.Join(err, b.Flush())
	})
}

// ReadLog reads the lines of a run's log that are of steps.
func ReadLog(dir string) ([]Line, error) {
	path := filepath.Join(dir, logFile)
	f, err := openLog(path)
	if err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	defer f.Close()
	var ls []Line
	number := 0
	err = eachLine(f, func(raw []byte) error {
		number++
		if len(bytes.TrimSpace(raw)) == 0 && raw != nil {
			return nil
		}
		l, err := parseLine(raw)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", bounded.Name(path), number, err)
		}
		if l.Meter == "" && l.File == "" && l.Metric == "" {
			ls = append(ls, l.Line)
		}
		return nil
	})
	if err != nil {
		return ls, fmt.Errorf("run: log: %w", err)
	}
	return ls, nil
}
