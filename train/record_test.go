package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// A log is one JSON object a line with the fields of Line, at every log.every
// steps and at the end; pictures come every log.pictures steps and at the end,
// and both are in the event file.
func TestRecord(t *testing.T) {
	dir, c := t.TempDir(), parse(t, "log.every=6", "log.pictures=8")
	src := source(t, c)
	var drawn, told []int
	var saved []string
	r, err := Run(t.Context(), dir, c, src, device(t, 1), Hooks{
		Begin:      func(step int) { told = append(told, -step) },
		Line:       func(l run.Line) { told = append(told, l.Step) },
		Checkpoint: func(path string) { saved = append(saved, path) },
		Picture: func(step int, e *experiment.Experiment, average []float32) (image.Image, error) {
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
		cmp.Diff([]int{0, 6, 12, 18, 20}, told), cmp.Diff([]int{8, 16, 20}, drawn),
		cmp.Diff([]string{run.CheckpointPath(dir, 5), run.CheckpointPath(dir, 10),
			run.CheckpointPath(dir, 15), run.CheckpointPath(dir, 20)}, saved),
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
			!(m["images_per_second"] > 0) || !(0 <= m["data_wait"] && m["data_wait"] <= 1) || len(m) != 7 {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if ls := lines(t, dir); ls[3].Loss != r.Loss || ls[0].LR != c.Optimizer.Rate(5, 20) {
		t.Errorf("got %+v and %+v", ls, r)
	}
	events, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(events) != 1 {
		t.Fatalf("event files: %v, %v", events, err)
	}
	b := content(t, events[0])
	for what, want := range map[string]int{"loss": 4, "grad_norm": 4, "images_per_second": 4, "data_wait": 4,
		"samples": 3, "\x89PNG": 3} {
		if got := bytes.Count(b, []byte(what)); got != want {
			t.Errorf("%q is in the events %d times, want %d", what, got, want)
		}
	}
}

// A picture that fails is told of, and the run goes on; the last one's error is the
// run's, unless that is being stopped: then the stop is what is reported, and the
// step is saved.
func TestPictureFails(t *testing.T) {
	c := parse(t, "log.pictures=3", "log.checkpoint=0")
	full := errors.New("disk full")
	for _, tt := range []struct {
		at   int // the step whose picture fails
		stop bool
		want string
	}{
		{3, false, ""},
		{20, false, "disk full"},
		{3, true, "train: stopped after step 3 of 20; saved in DIR/checkpoints/step-000000003.safetensors"},
		{20, true, "train: stopped after step 20 of 20; saved in DIR/checkpoints/step-000000020.safetensors"},
	} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		var troubles []string
		_, err := Run(ctx, dir, c, source(t, c), device(t, 1), Hooks{
			Trouble: func(err error) { troubles = append(troubles, err.Error()) },
			Picture: func(step int, _ *experiment.Experiment, _ []float32) (image.Image, error) {
				if step != tt.at {
					return nil, nil
				}
				if tt.stop {
					cancel()
				}
				return nil, full
			}})
		cancel()
		if told := strings.Join(troubles, ";"); tt.want == "" {
			if err != nil || told != "train: step 3: no picture: disk full" {
				t.Errorf("got %v and %q", err, told)
			}
			continue
		}
		want := strings.ReplaceAll(filepath.FromSlash(tt.want), "DIR", dir)
		if err == nil || err.Error() != want || errors.Is(err, ErrStopped) != tt.stop {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
