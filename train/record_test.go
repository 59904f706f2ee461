package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A log is one JSON object a line with the fields of Line, at every log.every
// steps and at the end; pictures come every log.pictures steps and at the end,
// and both are in the event file.
func TestRecord(t *testing.T) {
	dir, c := t.TempDir(), parse(t, "log.every=6", "log.pictures=8")
	src := source(t, c)
	var drawn, saved, told []int
	r, err := Run(t.Context(), dir, c, src, device(t, 1), Hooks{
		Begin:      func(step int) { told = append(told, -step) },
		Line:       func(l Line) { told = append(told, l.Step) },
		Checkpoint: func(path string) { saved = append(saved, stepOf(filepath.Base(path))) },
		Picture: func(step int, e *Experiment, average []float32) (image.Image, error) {
			drawn = append(drawn, step)
			if len(average) != e.Params.Len || e.Dim() != 6 {
				t.Errorf("step %d: %d weights for points of %d", step, len(average), e.Dim())
			}
			return image.NewGray(image.Rect(0, 0, 3, 2)), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{
		cmp.Diff([]int{0, 6, 12, 18, 20}, told), cmp.Diff([]int{8, 16, 20}, drawn), cmp.Diff([]int{5, 10, 15,
			20}, saved),
	} {
		if d != "" {
			t.Error(d)
		}
	}
	text := string(content(t, dir, logFile))
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var m map[string]float64
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m["step"] != []float64{6, 12, 18, 20}[i] || !(m["loss"] > 0) || !(m["grad_norm"] > 0) ||
			!(m["images_per_second"] > 0) || len(m) != 6 {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if ls := lines(t, dir); ls[3].Loss != r.Loss || ls[0].LR != c.Optimizer.rate(5, 20) {
		t.Errorf("got %+v and %+v", ls, r)
	}
	events, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(events) != 1 {
		t.Fatalf("event files: %v, %v", events, err)
	}
	b := content(t, events[0])
	for what, want := range map[string]int{"loss": 4, "grad_norm": 4, "images_per_second": 4, "samples": 3,
		"\x89PNG": 3} {
		if got := bytes.Count(b, []byte(what)); got != want {
			t.Errorf("%q is in the events %d times, want %d", what, got, want)
		}
	}
}

// A resumed run drops the lines it will write again, and a torn one.
func TestLogIsCut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, logFile)
	const head, tail = `{"step":1,"loss":4}` + "\n" + `{"step":3,"loss":2}` + "\n", `{"step":4,"loss":1}` +
		"\n" + `{"step":5,"lo`
	for _, tt := range []struct{ text, want string }{
		{"", ""}, {head, head}, {head + tail, head}, {"garbage\n" + head, head}, {head + "\n", head}, {tail,
			""},
	} {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := keepLines(path, 3); err != nil {
			t.Fatal(err)
		}
		if got := string(content(t, path)); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.text, got, tt.want)
		}
	}
	if err := keepLines(filepath.Join(dir, "none"), 3); err != nil {
		t.Error(err)
	}
	if err := keepLines(dir, 3); err == nil {
		t.Error("a directory was read as a log")
	}
}

func TestReadLog(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadLog(dir); err == nil || !strings.HasPrefix(err.Error(), "train: log: open ") {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{"": "", "{}\n": "",
		"{}\nx\n": "log.jsonl:2: invalid character 'x'"} {
		if err := os.WriteFile(filepath.Join(dir, logFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ls, err := ReadLog(dir)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) ||
			len(ls) != strings.Count(text, "{}") {
			t.Errorf("%q: %v, %v", text, ls, err)
		}
	}
}

// A picture that fails ends the run with its error, unless the run is being
// stopped: then the stop is what is reported, and the step is saved.
func TestPictureFails(t *testing.T) {
	c := parse(t, "log.pictures=3", "log.checkpoint=0")
	full := errors.New("disk full")
	for _, tt := range []struct {
		at   int // the step whose picture fails
		stop bool
		want string
	}{
		{3, false, "disk full"},
		{20, false, "disk full"},
		{3, true, "train: stopped after step 3 of 20; DIR/checkpoints/step-000000003.safetensors has it"},
		{20, true, "train: stopped after step 20 of 20; DIR/checkpoints/step-000000020.safetensors has it"},
	} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Run(ctx, dir, c, source(t, c), device(t, 1), Hooks{
			Picture: func(step int, _ *Experiment, _ []float32) (image.Image, error) {
				if step != tt.at {
					return nil, nil
				}
				if tt.stop {
					cancel()
				}
				return nil, full
			}})
		cancel()
		want := strings.ReplaceAll(filepath.FromSlash(tt.want), "DIR", dir)
		if err == nil || err.Error() != want || errors.Is(err, ErrStopped) != tt.stop {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
