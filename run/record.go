package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/tfevents"
)

// Record is a run's log, as JSON lines and as TensorBoard events. What cannot be
// written, because a disk is full say, is lost, and does not end the run: Lost says
// at its end what was.
type Record struct {
	path   string
	f      *os.File
	size   int64 // of the whole lines
	events *tfevents.Writer

	bad map[BadLine]bool // the bad records that it has, without steps and causes

	gone        bool // the file was removed or replaced while it was written
	lost        int  // lines
	first, last int  // steps of them
	why         error
	pictures    error // why an event was lost
}

// OpenRecord opens the log of a run that goes on after step. What an earlier
// process wrote of later steps is dropped: it will be written again.
func OpenRecord(dir string, step int) (*Record, error) {
	r := &Record{path: filepath.Join(dir, logFile)}
	if err := keepLines(r.path, step); err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	var err error
	if r.bad, err = badLines(r.path); err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	if err := r.open(); err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	events, err := tfevents.Create(dir, int64(step)+1)
	if err != nil {
		r.f.Close()
		return nil, fmt.Errorf("run: log: %w", err)
	}
	r.events = events
	return r, nil
}

// open opens the file to add to it.
func (r *Record) open() error {
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	r.f, r.size = f, info.Size()
	return nil
}

// Line adds a line to the log and its numbers to the events.
func (r *Record) Line(l Line) {
	r.keep(l.Step, l)
	for _, s := range []struct {
		tag string
		v   float64
	}{{"loss", l.Loss}, {"grad_norm", l.GradNorm}, {"lr", l.LR}, {"images_per_second", l.Rate},
		{"data_wait", l.Wait}} {
		r.event(r.events.Scalar(int64(l.Step), s.tag, s.v))
	}
}

// keep adds a line, or counts it as lost.
func (r *Record) keep(step int, line any) {
	if err := r.line(line); err != nil {
		if r.lost++; r.lost == 1 {
			r.first, r.why = step, err
		}
		r.last = step
	}
}

// line adds a line whole or not at all.
func (r *Record) line(l any) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := r.find(); err != nil {
		return err
	}
	n, err := r.f.Write(append(text, '\n'))
	if err != nil {
		if cut := r.f.Truncate(r.size); cut != nil { // of a part of it
			return fmt.Errorf("%w; %w", err, cut)
		}
		return err
	}
	r.size += int64(n)
	return nil
}

// find makes the file anew where it is no longer at its path.
func (r *Record) find() error {
	mine, err := r.f.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(r.path); err == nil && os.SameFile(mine, there) {
		return nil
	}
	r.gone = true
	if there, err := os.Lstat(r.path); err == nil && !there.Mode().IsRegular() {
		return fmt.Errorf("%s: got %v, want a regular file", r.path, there.Mode().Type())
	}
	r.f.Close()
	return r.open()
}

// event keeps the first error of the events.
func (r *Record) event(err error) {
	if r.pictures == nil {
		r.pictures = err
	}
}

// Picture adds a picture of samples to the events.
func (r *Record) Picture(step int, img image.Image) {
	r.event(r.events.Image(int64(step), "samples", img))
}

// Lost returns an error with one line for each thing that could not be written, nil if
// all was.
func (r *Record) Lost() error {
	var errs []error
	if r.gone {
		errs = append(errs, fmt.Errorf("run: log: %s was removed or replaced under the run: it has only the "+
			"lines from then on", r.path))
	}
	if r.lost > 0 {
		errs = append(errs, fmt.Errorf("run: log: %d lines of steps %d to %d are lost: %w",
			r.lost, r.first, r.last, r.why))
	}
	if r.pictures != nil {
		errs = append(errs, fmt.Errorf("run: log: TensorBoard's events are not whole: %w", r.pictures))
	}
	return errors.Join(errs...)
}

// Close writes what is left and closes the files.
func (r *Record) Close() {
	if err := r.f.Close(); err != nil && r.lost == 0 {
		r.lost, r.why = 1, err
	}
	r.event(r.events.Close())
}
