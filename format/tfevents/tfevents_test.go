package tfevents

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// clock is a time that moves when told.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Unix(1700000000, 250e6)} }

func open(t *testing.T, dir string, firstStep int64, c *clock) *Writer {
	t.Helper()
	w, err := create(dir, firstStep, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestEvents(t *testing.T) {
	c := newClock()
	w := open(t, filepath.Join(t.TempDir(), "a", "b"), 801, c)
	if base := filepath.Base(w.Path()); !strings.HasPrefix(base, "events.out.tfevents.1700000000.") {
		t.Errorf("file name %s", base)
	}
	c.t = c.t.Add(time.Second)
	rgba := image.NewNRGBA(image.Rect(3, 4, 5, 7)) // 2 wide, 3 high, transparent
	rgba.Set(3, 4, color.NRGBA{10, 20, 30, 40})
	if err := errors.Join(
		w.Scalar(801, "loss", 0.1),
		w.Scalar(1<<40, "überlauf", math.Inf(1)),
		w.Text(801, "config", "\tseed: 1"),
		w.Image(802, "samples", rgba),
		w.Close(),
	); err != nil {
		t.Fatal(err)
	}
	r := records(t, w.Path())
	if len(r) != 6 {
		t.Fatalf("%d records, want 6", len(r))
	}
	if e := fields(t, r[0]); e[eventWallTime] != 1700000000.25 || e[eventFileVersion] != "brain.Event:2" {
		t.Errorf("first event %v", e)
	}
	e, session := fields(t, r[1]), at(t, r[1], eventSessionLog)
	if e[eventStep] != int64(801) || session[sessionStatus] != int64(1) {
		t.Errorf("second event %v, want the session's start at 801", e)
	}
	if e := fields(t, r[2]); e[eventStep] != int64(801) || e[eventWallTime] != 1700000001.25 {
		t.Errorf("third event %v", e)
	}
	want := map[string]any{"loss": float32(0.1), "überlauf": float32(math.Inf(1))}
	for _, b := range r[2:4] {
		v := at(t, b, eventSummary, summaryValue)
		if v[valueSimple] != want[v[valueTag].(string)] {
			t.Errorf("%v = %v", v[valueTag], v[valueSimple])
		}
	}
	meta := at(t, r[4], eventSummary, summaryValue, valueMetadata)
	plugin := at(t, r[4], eventSummary, summaryValue, valueMetadata, metadataPlugin)
	tensor := at(t, r[4], eventSummary, summaryValue, valueTensor)
	dim := at(t, r[4], eventSummary, summaryValue, valueTensor, tensorShape, shapeDim)
	if meta[metadataClass] != int64(2) || plugin[pluginName] != "text" ||
		tensor[tensorDType] != int64(7) || tensor[tensorStringVal] != "\tseed: 1" ||
		dim[dimSize] != int64(1) {
		t.Errorf("text: %v %v %v %v", meta, plugin, tensor, dim)
	}
	img := at(t, r[5], eventSummary, summaryValue, valueImage)
	if img[imageHeight] != int64(3) || img[imageWidth] != int64(2) || img[imageColorspace] != int64(4) {
		t.Errorf("image of height, width and colours %v, %v, %v, want 3, 2, 4",
			img[imageHeight], img[imageWidth], img[imageColorspace])
	}
	back, err := png.Decode(strings.NewReader(img[imageEncoded].(string)))
	if err != nil || back.At(0, 0) != rgba.At(3, 4) {
		t.Errorf("image came back as %v (%v)", back, err)
	}
}

func TestColorspace(t *testing.T) {
	r := image.Rect(0, 0, 1, 1)
	opaque := image.NewNRGBA(r)
	opaque.Set(0, 0, color.White)
	for _, tt := range []struct {
		img  image.Image
		want int64
	}{
		{image.NewGray(r), 1}, {image.NewGray16(r), 1},
		{opaque, 3}, {image.NewYCbCr(r, image.YCbCrSubsampleRatio444), 3}, {image.NewNRGBA(r), 4},
	} {
		w := open(t, t.TempDir(), 0, newClock())
		if err := errors.Join(w.Image(0, "x", tt.img), w.Close()); err != nil {
			t.Fatal(err)
		}
		got := at(t, records(t, w.Path())[2], eventSummary, summaryValue, valueImage)[imageColorspace]
		if got != tt.want {
			t.Errorf("%T: %v, want %d", tt.img, got, tt.want)
		}
	}
}

// The bytes of a scalar's event, put together by hand from the wire format.
func TestBytes(t *testing.T) {
	value := []byte("\x0a\x01a" + "\x15\x00\x00\x00\x3f")                    // tag "a", simple_value 0.5
	summary := append([]byte{0x0a, byte(len(value))}, value...)              // value
	event := []byte("\x09\x00\x00\x00\x00\x00\x00\xf0\x3f" + "\x10\xac\x02") // wall_time 1, step 300
	event = append(append(event, 0x2a, byte(len(summary))), summary...)      // summary
	w := open(t, t.TempDir(), 0, &clock{time.Unix(1, 0)})
	if err := errors.Join(w.Scalar(300, "a", 0.5), w.Close()); err != nil {
		t.Fatal(err)
	}
	if got := records(t, w.Path())[2]; !bytes.Equal(got, event) {
		t.Errorf("event % x\nwant  % x", got, event)
	}
}

// Files of one directory sort by creation, even within a second, even when the
// clock goes back.
func TestFilesSort(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, prefix+"garbage"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c := newClock()
	var names []string
	for _, move := range []time.Duration{0, 0, time.Millisecond, -time.Hour, 2 * time.Hour} {
		c.t = c.t.Add(move)
		names = append(names, open(t, dir, 0, c).Path())
	}
	if !slices.IsSorted(names) || len(slices.Compact(names)) != 5 {
		t.Errorf("names in the order of creation: %s", strings.Join(names, "\n"))
	}
}

// What is in the file after each step, without a Close.
func TestFlush(t *testing.T) {
	c := newClock()
	w := open(t, t.TempDir(), 0, c)
	if n := len(records(t, w.Path())); n != 2 {
		t.Errorf("%d records after Create, want 2", n)
	}
	add := func(step int64) {
		if err := w.Scalar(step, "a", 1); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string, want int) {
		t.Helper()
		if got := len(curves(t, w.Path())); got != want {
			t.Errorf("%s: %d points in the file, want %d", when, got, want)
		}
	}
	add(1)
	check("at once", 0)
	c.t = c.t.Add(FlushEvery - 1)
	add(2)
	check("just before the interval", 0)
	c.t = c.t.Add(1)
	add(3)
	check("at the interval", 3)
	add(4)
	check("after it", 3)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	check("after Flush", 4)
	add(5)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	check("after Close", 5)
	want := []string{"a 1 1", "a 2 1", "a 3 1", "a 4 1", "a 5 1"}
	if !slices.Equal(curves(t, w.Path()), want) {
		t.Errorf("curves %v, want %v", curves(t, w.Path()), want)
	}
}

func TestErrorsStay(t *testing.T) {
	none := image.NewGray(image.Rectangle{})
	full := func(w *Writer) error {
		w.f.Close()
		w.Scalar(0, "a", 1)
		return w.Flush()
	}
	for _, tt := range []struct {
		name  string
		cause func(w *Writer) error
		want  string
	}{
		{"tag empty", func(w *Writer) error { return w.Scalar(0, "", 1) }, `tag "", want a text`},
		{"tag not UTF-8", func(w *Writer) error { return w.Scalar(0, "\xff", 1) }, `tag "\xff"`},
		{"text not UTF-8", func(w *Writer) error { return w.Text(0, "a", "\xff") }, `text "a" is not UTF-8`},
		{"no image", func(w *Writer) error { return w.Image(0, "a", none) }, `image "a"`},
		{"disk", full, "file already closed"},
		{"closed", func(w *Writer) error { w.Close(); return w.Close() }, "already closed"},
	} {
		w := open(t, t.TempDir(), 0, newClock())
		first := tt.cause(w)
		if first == nil || !strings.Contains(first.Error(), tt.want) ||
			!strings.HasPrefix(first.Error(), fmt.Sprintf("tfevents: %s: ", w.Path())) {
			t.Errorf("%s: %v, want %q", tt.name, first, tt.want)
		}
		for _, err := range []error{w.Scalar(0, "a", 1), w.Text(0, "a", ""), w.Flush(), w.Close()} {
			if err != first {
				t.Errorf("%s: later %v, want %v", tt.name, err, first)
			}
		}
		if n := len(curves(t, w.Path())); n != 0 {
			t.Errorf("%s: %d values written", tt.name, n)
		}
	}
}

func TestCreateNowhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, 0); err == nil || !strings.HasPrefix(err.Error(), "tfevents: Create: ") {
		t.Errorf("directory is a file: %v", err)
	}
}
