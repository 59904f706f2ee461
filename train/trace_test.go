package train

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// One step of a call is traced, the third or the last of fewer, from its first
// launch to the update, and the run is the one that it would have been: in every
// byte of its checkpoints, and in its log.
func TestTrace(t *testing.T) {
	for _, tt := range []struct{ from, steps, traced int }{
		{0, 7, 3}, {0, 2, 2}, {0, 1, 1}, {5, 11, 8}, {5, 6, 6},
	} {
		t.Run(fmt.Sprintf("%d to %d", tt.from, tt.steps), func(t *testing.T) {
			var dirs [2]string
			var last [2][]byte
			told := 0
			for k := range 2 {
				dirs[k] = t.TempDir()
				set := []string{"optimizer.schedule=constant", "log.every=2"}
				if tt.from > 0 {
					trained(t, dirs[k], parse(t, append(set, fmt.Sprintf("steps=%d", tt.from))...))
				}
				c := parse(t, append(set, fmt.Sprintf("steps=%d", tt.steps))...)
				var h Hooks
				if k == 1 {
					h.Trace = func(step int, l plan.Timeline, spans []plan.Span) {
						told++
						n := len(spans)
						if step != tt.traced || n == 0 || spans[0].Step != 0 || spans[n-1].Kernel != "adamw" {
							t.Errorf("step %d, %+v, want step %d to its update", step, spans, tt.traced)
						}
						if l.Device == "" {
							t.Error("the device has no name")
						}
					}
				}
				r, err := Run(t.Context(), dirs[k], c, source(t, c), device(t, 1), h)
				if err != nil {
					t.Fatal(err)
				}
				last[k] = content(t, r.Checkpoint)
			}
			if told != 1 {
				t.Errorf("%d steps were traced, want 1", told)
			}
			if !bytes.Equal(last[0], last[1]) {
				t.Error("the checkpoint of a traced run has other bytes")
			}
			if d := cmp.Diff(lines(t, dirs[0]), lines(t, dirs[1])); d != "" {
				t.Error(d)
			}
		})
	}
}

// A device that cannot trace is an error before there is a run to lose; a run
// that has taken all its steps has none to trace.
func TestTraceNothing(t *testing.T) {
	c := parse(t)
	h := Hooks{Trace: func(int, plan.Timeline, []plan.Span) { t.Error("something was traced") }}
	dir := t.TempDir()
	dev := told{device(t, 1), func(string) {}} // whose programs have no Trace
	_, err := Run(t.Context(), dir, c, source(t, c), dev, h)
	want := fmt.Sprintf("train: trace: %s cannot trace its programs", dev.Name())
	if err == nil || err.Error() != want || run.Is(dir) {
		t.Errorf("got  %v\nwant %s, and no run", err, want)
	}
	trained(t, dir, c)
	if _, err := Run(t.Context(), dir, c, source(t, c), dev, h); err != nil {
		t.Error(err)
	}
}
