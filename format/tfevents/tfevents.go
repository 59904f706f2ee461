// Package tfevents writes the event files TensorBoard shows.
//
// An event file is a sequence of TFRecords, each a length and a protocol buffer
// with a checksum for either: an Event, which holds the time, the step and one
// of a few things. Three matter here: the version of the format, which comes
// first; a summary, which is a list of tagged values; and a session log.
//
// # Resuming
//
// TensorBoard reads the files of a directory in the order of their names, which
// begin with the time of creation, as one series. A run that stopped at step 900
// and resumes from its checkpoint of step 800 opens a second file; without more,
// steps 801 to 900 would be shown twice. So every file opens with a session log
// START at the first step it will hold, upon which TensorBoard forgets what
// earlier files say of that step and later ones. Its fast loader, the default
// where it is installed, does not look at session logs: there a tag forgets when
// its own next value arrives, so a picture of step 900 stays until the resumed
// run has drawn one.
//
// # Flushing
//
// Events collect in a buffer of 64 KiB. It goes to the file when it is full, when
// a value is added more than [FlushEvery] after the last time it went, on
// [Writer.Flush] and on [Writer.Close]. A killed process loses what was in it, and
// may leave half a record at the end, which TensorBoard passes over.
package tfevents

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/stillfield/stillfield/format/bounded"
)

// FlushEvery is the longest time that a value stays in the buffer while others
// follow it; the last values of a writer stay until Flush or Close.
const FlushEvery = 10 * time.Second

const (
	prefix      = "events.out.tfevents."
	fileVersion = "brain.Event:2"
	digits      = 10       // of the time in a name
	lastSecond  = 1e10 - 1 // the last time of so many digits, in the year 2286
)

// Writer is an event file being written. It is for one goroutine at a time. After
// the first error each method returns that error, so that errors need not be looked
// at after every value: Close returns it too.
type Writer struct {
	f       *os.File
	b       *bufio.Writer
	flushed time.Time
	now     func() time.Time
	err     error
}

// Create opens a new event file in dir, which it makes if it must, for values
// of firstStep and later. Values of the directory's earlier files at those steps
// vanish from TensorBoard.
func Create(dir string, firstStep int64) (*Writer, error) {
	return create(dir, firstStep, time.Now)
}

func create(dir string, firstStep int64, now func() time.Time) (*Writer, error) {
	fail := func(err error) (*Writer, error) { return nil, fmt.Errorf("tfevents: Create: %w", err) }
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fail(err)
	}
	second, err := nextSecond(dir, now().Unix())
	if err != nil {
		return fail(err)
	}
	name := fmt.Sprintf("%s%010d.%s.%d.0", prefix, second, host(), os.Getpid())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fail(err)
	}
	w := &Writer{f: f, b: bufio.NewWriterSize(f, 64<<10), flushed: now(), now: now}
	w.event(0, message{}.text(eventFileVersion, fileVersion))
	w.event(firstStep, message{}.bytes(eventSessionLog, message{}.integer(sessionStatus, sessionStart)))
	if err := w.Flush(); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// nextSecond is now, in seconds since 1970, or later if dir has an event file that
// is not older: the files' names must sort in the order of their creation.
func nextSecond(dir string, now int64) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if s, ok := secondOf(e.Name()); ok {
			now = max(now, s+1)
		}
	}
	return now, nil
}

// secondOf is the time in the name of an event file: ten digits, which is all that
// a later name can exceed and still sort behind it.
func secondOf(name string) (int64, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if len(rest) < digits+1 || rest[digits] != '.' || !ok {
		return 0, false
	}
	s, err := strconv.ParseUint(rest[:digits], 10, 63)
	return int64(s), err == nil && s < lastSecond
}

// host is this machine's name as a part of a file name.
func host() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' || r < ' ' {
			return '-'
		}
		return r
	}, name)
}

// Path is the file's path.
func (w *Writer) Path() string { return w.f.Name() }

// Scalar adds a point to the curve tag. TensorBoard groups tags by what stands
// before a slash: "loss/train". A NaN or an infinity is shown as such.
func (w *Writer) Scalar(step int64, tag string, v float64) error {
	return w.value(step, tag, scalar(tag, float32(v)))
}

// Image adds a picture to the series tag, as a PNG. Of a long series TensorBoard
// shows about ten pictures, chosen at random, and the last.
func (w *Writer) Image(step int64, tag string, img image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return w.fail(fmt.Errorf("image %s: %w", bounded.Quote(tag), err))
	}
	colorspace := 4
	switch p := img.(type) {
	case *image.Gray, *image.Gray16:
		colorspace = 1
	case interface{ Opaque() bool }:
		if p.Opaque() {
			colorspace = 3
		}
	}
	size := img.Bounds().Size()
	return w.value(step, tag, picture(tag, size.Y, size.X, colorspace, b.Bytes()))
}

// Text adds a text in markdown, where a line that begins with a tab is code.
func (w *Writer) Text(step int64, tag, markdown string) error {
	if !utf8.ValidString(markdown) {
		return w.fail(fmt.Errorf("text %s is not UTF-8", bounded.Quote(tag)))
	}
	return w.value(step, tag, text(tag, markdown))
}

// value adds an event with one summary value.
func (w *Writer) value(step int64, tag string, v message) error {
	if tag == "" || !utf8.ValidString(tag) {
		return w.fail(fmt.Errorf("tag %s, want a text in UTF-8", bounded.Quote(tag)))
	}
	w.event(step, message{}.bytes(eventSummary, message{}.bytes(summaryValue, v)))
	if w.err == nil && w.now().Sub(w.flushed) >= FlushEvery {
		return w.Flush()
	}
	return w.err
}

// event adds a record of an event that holds one thing: a field of Event.
func (w *Writer) event(step int64, what message) {
	if w.err != nil {
		return
	}
	seconds := float64(w.now().UnixMicro()) / 1e6
	m := message{}.double(eventWallTime, seconds).integer(eventStep, step)
	if _, err := w.b.Write(appendRecord(nil, append(m, what...))); err != nil {
		w.fail(err)
	}
}

// fail keeps the first error, with the file's name, and returns it.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = fmt.Errorf("tfevents: %s: %w", w.f.Name(), err)
	}
	return w.err
}

// Flush hands everything added so far to the operating system.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.flushed = w.now()
		if err := w.b.Flush(); err != nil {
			w.fail(err)
		}
	}
	return w.err
}

// Close flushes and closes the file. A second Close returns an error that says so.
func (w *Writer) Close() error {
	err := w.Flush()
	if closing := w.f.Close(); err == nil && closing != nil {
		return w.fail(closing)
	}
	w.fail(errors.New("already closed"))
	return err
}
