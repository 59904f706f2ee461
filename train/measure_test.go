package train

import (
	"encoding/json"
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/run"
)

// measurements are the lines of the log of dir that are of meters, as texts.
func measurements(t *testing.T, dir string) (texts []string, steps []int) {
	t.Helper()
	for line := range strings.Lines(string(content(t, dir, logFile))) {
		var m run.Measurement
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m.Meter != "" {
			texts, steps = append(texts, line), append(steps, m.Step)
		}
	}
	return texts, steps
}

// bits is the fingerprint of what a finished run carries.
func bits(t *testing.T, r *Result) uint64 {
	t.Helper()
	ck, err := run.Load(r.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	return fingerprint(ck.Weights)
}

var measured = []string{"diagnostics.every=8", "diagnostics.draws=4", "diagnostics.times=2",
	"sample.steps=3"}

// Meters are taken at the start, every so many steps and at the end, are all in the log and in the
// events, and change no bit of the training; nor do they where the run is stopped and goes on,
// which has the same measurements.
func TestMeasured(t *testing.T) {
	c := parse(t)
	plain := bits(t, trained(t, t.TempDir(), c))
	dir, c := t.TempDir(), parse(t, measured...)
	var told []string
	r, err := Run(t.Context(), dir, c, source(t, c), device(t, 2), Hooks{
		Reading: func(step int, m *meter.Reading) (image.Image, error) {
			told = append(told, m.Meter)
			return image.NewGray(image.Rect(0, 0, 3, 2)), nil
		},
		Trouble: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if bits(t, r) != plain {
		t.Error("what was measured has other weights")
	}
	texts, steps := measurements(t, dir)
	names := meter.Meters.Names()
	var want []int
	for _, s := range []int{0, 8, 16, 20} {
		for range names {
			want = append(want, s)
		}
	}
	if !slices.Equal(steps, want) || len(told) != len(want) {
		t.Fatalf("measured at %v, told %d times; want %v", steps, len(told), want)
	}
	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("event files: %v, %v", files, err)
	}
	events := string(content(t, files[0]))
	for _, name := range names {
		if !strings.Contains(events, "diagnostics/"+name) || !slices.Contains(told, name) {
			t.Errorf("%s is not in the events, or was not told: %v", name, told)
		}
	}
	if ls := lines(t, dir); len(ls) != 20 {
		t.Errorf("the log has %d lines of steps, want 20", len(ls))
	}

	again := t.TempDir()
	stopped(t, again, parse(t, measured...), 11)
	if got, _ := measurements(t, again); len(got) >= len(texts) {
		t.Fatalf("it was not stopped: %d measurements", len(got))
	}
	if bits(t, trained(t, again, parse(t, measured...))) != plain {
		t.Error("what was measured, stopped and gone on with has other weights")
	}
	if got, _ := measurements(t, again); !slices.Equal(got, texts) {
		t.Errorf("a run that was stopped has the measurements\n%s\nwant\n%s", strings.Join(got, ""),
			strings.Join(texts, ""))
	}
}
