package train

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// calls are what a run of c asks of its device, from its first step on.
func calls(t *testing.T, c *experiment.Config) string {
	t.Helper()
	var all []string
	dev := told{device(t, 1), func(call string) { all = append(all, call) }}
	picture := func(int, *experiment.Experiment, []float32) (image.Image, error) { return nil, nil }
	if _, err := Run(t.Context(), t.TempDir(), c, source(t, c), dev, Hooks{Picture: picture}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ", ")
}

// Between steps a run waits for nothing but what was sent a step ago: the device
// has the next step to do by then. It reads only for a checkpoint, a picture and
// at the end, when it has received everything.
func TestAhead(t *testing.T) {
	const (
		weights = "read weights, read adam.m, read adam.v, read average"
		save    = "read record, " + weights
	)
	for _, tt := range []struct {
		name string
		set  []string
		want []string
	}{
		{"a line at every step", []string{"steps=4", "log.every=1", "log.checkpoint=0"}, []string{
			"run, send record",
			"run, receive record, send record",
			"run, receive record, send record",
			"run, receive record, send record, receive record", save}},
		{"lines apart", []string{"steps=7", "log.every=3", "log.checkpoint=0"}, []string{
			"run, run, run, send record",
			"run, receive record, run, run, send record",
			"run, receive record, send record, receive record", save}},
		{"a checkpoint between lines", []string{"steps=7", "log.every=3", "log.checkpoint=4"}, []string{
			"run, run, run, send record",
			"run, receive record, send record, receive record", save, // of step 4
			"run, run, send record",
			"run, receive record, send record, receive record", save}},
		{"a picture", []string{"steps=4", "log.every=2", "log.checkpoint=0", "log.pictures=2"}, []string{
			"run, run, send record, receive record", weights,
			"run, run, send record, receive record", save}},
		{"no line but the last", []string{"steps=3", "log.every=100", "log.checkpoint=0"}, []string{
			"run, run, run, send record, receive record", save}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := calls(t, parse(t, tt.set...)), strings.Join(tt.want, ", "); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// A context that a line ends stops the run after the step that has been started
// by then, and with a checkpoint after the line's own. Every line is in the log.
func TestStopAtLine(t *testing.T) {
	c := parse(t, "log.checkpoint=5")
	for line, last := range map[int]int{1: 2, 5: 5, 7: 8, 19: 20} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := Run(ctx, dir, c, source(t, c), device(t, 1), Hooks{Line: func(l run.Line) {
			if l.Step == line {
				cancel()
			}
		}})
		want := fmt.Sprintf("train: stopped after step %d of 20; saved in %s",
			last, run.CheckpointPath(dir, last))
		if last == c.Steps {
			want = "" // it had taken them all
		}
		got := ""
		if errors.Is(err, ErrStopped) {
			got = err.Error()
		}
		if got != want || (err == nil) != (want == "") {
			t.Errorf("line %d: got  %v\nwant %s", line, err, want)
		}
		var steps []int
		for _, l := range lines(t, dir) {
			steps = append(steps, l.Step)
		}
		all := make([]int, last)
		for i := range all {
			all[i] = i + 1
		}
		if !slices.Equal(steps, all) {
			t.Errorf("line %d: the log has lines of steps %v, want 1 to %d", line, steps, last)
		}
	}
}

// A line that is on its way when the data fail is written; so is what was wrong
// in the steps before, ahead of what ended the run.
func TestLineOnItsWay(t *testing.T) {
	c := parse(t, "log.every=4", "log.checkpoint=0")
	src := source(t, c)
	o := datasets.NewOrder(c.Seed, src.Info().Count)
	sample := func(step int) int {
		k, _ := o.At(uint64((step - 1) * c.Batch))
		return k
	}
	burning := spoiled{src, sample(5), 0, 0, errors.New("disk on fire")}
	text := fmt.Sprintf("train: step 5: datasets: Loader: rings: sample %d, number 32 of the run: "+
		"disk on fire",
		sample(5))
	dir := t.TempDir()
	_, err := Run(t.Context(), dir, c, burning, device(t, 1), Hooks{})
	saved := "; saved in " + run.CheckpointPath(dir, 4)
	if err == nil || err.Error() != text+saved {
		t.Errorf("got  %v\nwant %s%s", err, text, saved)
	}
	if ls := lines(t, dir); len(ls) != 1 || ls[0].Step != 4 {
		t.Errorf("the log has %+v, want the line of step 4", ls)
	}

	bad := spoiled{burning, sample(4), 1, float32(math.NaN()), nil}
	r, err := Run(t.Context(), t.TempDir(), c, bad, device(t, 1), Hooks{})
	want := "train: step 4: loss NaN, gradient norm NaN: x[1] is NaN; no checkpoint was written yet\n" + text
	if err == nil || err.Error() != want || r.Steps != 3 {
		t.Errorf("got  %v after step %d\nwant %s", err, r.Steps, want)
	}
}
