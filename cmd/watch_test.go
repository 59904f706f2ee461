package cmd

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stillfield/stillfield/sample"
)

// A draw is shown before its first stage, and as time goes by when nothing else happens.
func TestWatchDraw(t *testing.T) {
	var b bytes.Buffer
	w := watchDraw(&progress{screen: &screen{w: &b}}, 5, 20)
	ticks := make(chan time.Time)
	w.ended.Go(func() { w.beat(ticks) })
	w.tick(w.begin.Add(90 * time.Second))
	w.tell(sample.Progress{Bound: 3000})
	w.tell(sample.Progress{Samples: 3, Evaluations: 1000, Bound: 2500, Rows: 1100})
	ticks <- w.begin.Add(100 * time.Second)
	w.end()
	lines := strings.Split(b.String(), "\n")
	for i, want := range []string{
		"sampling 5/20 samples: the field is made ready, 1m30s so far",
		"sampling 5/20 samples  0/3000 evaluations  ? left",
		"sampling 8/20 samples  1000/2500 evaluations  ",
		"sampling 8/20 samples  1000/2500 evaluations  0.03 samples/s  2m30s left",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("%q, want %q as line %d", lines, want, i)
		}
	}
}

// What was saved is said where something was.
func TestWorkText(t *testing.T) {
	for want, w := range map[string]sample.Work{
		"40 rows evaluated, 75.0% of them for samples": {Rows: 40, Occupancy: .75, SavedBatches: -.1},
		"40 rows evaluated, 75.0% of them for samples; 50.0% less than to the end of every path; 20.0% " +
			"less than in batches that wait for their slowest": {Rows: 40, Occupancy: .75, SavedToTheEnd: .5,
			SavedBatches: .2},
	} {
		if got := workText(w); got != want {
			t.Errorf("%+v: %q, want %q", w, got, want)
		}
	}
}
