package train

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/run"
)

// A source that fails ends the run with its step, and the steps before it are saved; where it
// fails before the first, there is nothing to save.
func TestSourceFails(t *testing.T) {
	c := parse(t, "log.checkpoint=0")
	src := source(t, c)
	i := lateSample(c, src)
	burning := spoiled{src, i, 0, 0, errors.New("disk on fire")}
	dir := t.TempDir()
	_, err := Run(t.Context(), dir, c, burning, device(t, 1), Hooks{})
	want := fmt.Sprintf("train: step 5: datasets: Loader: rings: sample %d, number 37 of the run: "+
		"disk on fire; saved in %s", i, run.CheckpointPath(dir, 4))
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	ck, _, err := run.Newest(dir, run.Load)
	if err != nil || ck.Step != 4 {
		t.Fatalf("checkpoint of step %d, error %v; want one of step 4", ck.Step, err)
	}
	mended := trained(t, dir, c) // and goes on when the source is whole again
	if whole := trained(t, t.TempDir(), c); !bytes.Equal(content(t, mended.Checkpoint),
		content(t, whole.Checkpoint)) {
		t.Error("the run that went on is another than one that never failed")
	}
	first, _ := datasets.NewOrder(c.Seed, src.Info().Count).At(3)
	burning.at, dir = first, t.TempDir()
	_, err = Run(t.Context(), dir, c, burning, device(t, 1), Hooks{})
	if _, _, none := run.Newest(dir, run.Load); err == nil || strings.Contains(err.Error(), "saved") ||
		!errors.Is(none, run.ErrNoCheckpoint) {
		t.Errorf("got %v, and then %v; want no checkpoint", err, none)
	}
}

// decoded is a source that several decoders read.
type decoded struct{ datasets.Source }

func (d decoded) Info() datasets.Info {
	info := d.Source.Info()
	info.Decodes = true
	return info
}

// sameWeights reports whether two runs left the same bits.
func sameWeights(t *testing.T, a, b *Result) bool {
	t.Helper()
	var sums [2]uint64
	for k, r := range []*Result{a, b} {
		ck, err := run.Load(r.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		sums[k] = fingerprint(ck.Weights)
	}
	return sums[0] == sums[1]
}

// A bad record ends a run unless it is to be passed over, which a run that it ended may be told
// when it goes on. Then it is told of once, whatever the run is resumed at, and the bits and the
// log are the same, for any number of decoders before and after.
func TestBadRecord(t *testing.T) {
	c, skip := parse(t, "log.checkpoint=0"), parse(t, "log.checkpoint=0", "data.skip_bad=true")
	src := decoded{source(t, c)}
	holed := spoiled{src, lateSample(c, src), 0, 0,
		&datasets.BadRecord{File: "a\xff.tar", Record: "row 3", Err: errors.New("torn")}}
	var told []string
	h := Hooks{Bad: func(step int, b *datasets.BadRecord) {
		told = append(told, fmt.Sprintf("%d: %v", step, b))
	}}
	const record, line = `"a\xff.tar": row 3: torn`,
		`{"step":5,"bad_file":"\"a\\xff.tar\"","bad_record":"row 3","cause":"torn"}` + "\n"

	whole := t.TempDir()
	want, err := stoppedOn(t, whole, skip, datasets.SkipBad(holed), 0, h)
	if err != nil || want.Bad != 1 {
		t.Fatalf("%d bad records, error %v; want 1", want.Bad, err)
	}
	for k, stop := range []int{0, 3, 4, 5, 12} {
		dir := t.TempDir()
		skip.Workers = k + 1
		told = nil
		if stop == 0 {
			_, err = stoppedOn(t, dir, c, holed, 0, h)
		} else {
			_, err = stoppedOn(t, dir, skip, datasets.SkipBad(holed), stop, h)
		}
		if bad := stop == 0; err == nil || bad != strings.Contains(err.Error(), record) ||
			bad == errors.Is(err, ErrStopped) {
			t.Fatalf("stopped at %d: got %v", stop, err)
		}
		skip.Workers = 6 - k
		got, err := stoppedOn(t, dir, skip, datasets.SkipBad(holed), 0, h)
		if err != nil || got.Bad != 1 {
			t.Fatalf("stopped at %d: %d bad records, error %v; want 1", stop, got.Bad, err)
		}
		if !sameWeights(t, got, want) {
			t.Errorf("stopped at %d: other bits", stop)
		}
		if diff := cmp.Diff(lines(t, whole), lines(t, dir)); diff != "" {
			t.Errorf("stopped at %d: %s", stop, diff)
		}
		if n := strings.Count(string(content(t, dir, logFile)), line); n != 1 {
			t.Errorf("stopped at %d: the log has the bad record %d times, want once", stop, n)
		}
		if want := []string{"5: " + record}; !slices.Equal(told, want) {
			t.Errorf("stopped at %d: %v were told, want %v", stop, told, want)
		}
	}
}
