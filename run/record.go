package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/tfevents"
)

// Line is one line of the log: what a run was doing at a step.
type Line struct {
	Step     int     `json:"step"`      // steps taken
	Loss     float64 `json:"loss"`      // of that step
	GradNorm float64 `json:"grad_norm"` // before the clip
	LR       float64 `json:"lr"`
	Rate     float64 `json:"images_per_second"` // since the line before
	Seconds  float64 `json:"seconds"`           // of training in this process
}

// Record is a run's log, as JSON lines and as TensorBoard events.
type Record struct {
	f      *os.File
	w      *bufio.Writer
	events *tfevents.Writer
}

// OpenRecord opens the log of a run that goes on after step. What an earlier
// process wrote of later steps is dropped: it will be written again.
func OpenRecord(dir string, step int) (*Record, error) {
	path := filepath.Join(dir, logFile)
	if err := keepLines(path, step); err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	events, err := tfevents.Create(dir, int64(step)+1)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("run: log: %w", err)
	}
	return &Record{f, bufio.NewWriter(f), events}, nil
}

// keepLines drops lines of steps after step, and a torn last line.
func keepLines(path string, step int) error {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var kept []byte
	for _, raw := range bytes.SplitAfter(old, []byte("\n")) {
		var l Line
		if bytes.HasSuffix(raw, []byte("\n")) && json.Unmarshal(raw, &l) == nil && l.Step <= step {
			kept = append(kept, raw...)
		}
	}
	if len(kept) == len(old) {
		return nil
	}
	return writeWhole(path, kept)
}

// Line adds a line to the log and its numbers to the events.
func (r *Record) Line(l Line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("run: log: %w", err)
	}
	r.w.Write(append(b, '\n'))
	if err := r.w.Flush(); err != nil {
		return fmt.Errorf("run: log: %w", err)
	}
	for _, s := range []struct {
		tag string
		v   float64
	}{{"loss", l.Loss}, {"grad_norm", l.GradNorm}, {"lr", l.LR}, {"images_per_second", l.Rate}} {
		if err := r.events.Scalar(int64(l.Step), s.tag, s.v); err != nil {
			return err
		}
	}
	return nil
}

// Picture adds a picture of samples to the events.
func (r *Record) Picture(step int, img image.Image) error {
	return r.events.Image(int64(step), "samples", img)
}

// Close writes what is left and closes the files.
func (r *Record) Close() error {
	return errors.Join(r.w.Flush(), r.f.Close(), r.events.Close())
}

// ReadLog reads the log of a run.
func ReadLog(dir string) ([]Line, error) {
	text, err := os.ReadFile(filepath.Join(dir, logFile))
	if err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	var ls []Line
	for i, raw := range bytes.Split(text, []byte("\n")) {
		if len(raw) == 0 {
			continue
		}
		var l Line
		if err := json.Unmarshal(raw, &l); err != nil {
			return ls, fmt.Errorf("run: log %s:%d: %w", filepath.Join(dir, logFile), i+1, err)
		}
		ls = append(ls, l)
	}
	return ls, nil
}
