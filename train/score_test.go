package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/run"
)

var scored = []string{"eval.every=4", "eval.keep=toy", "log.checkpoint=5", "log.keep=1"}

// toy scores a checkpoint by cos(step), which is the least at step 16 of those that are scored, and
// has the run stopped while it scores a step.
func toy(t *testing.T, stop int, cancel func()) func(context.Context, *run.Checkpoint) ([]run.Scored, error) {
	return func(ctx context.Context, c *run.Checkpoint) ([]run.Scored, error) {
		if c.Step == stop {
			cancel()
			return nil, context.Cause(ctx)
		}
		if c.Weights.Average[0] != c.Weights.Average[0] || c.Step == 12 {
			return nil, errors.New("it is not to be scored")
		}
		se := .5
		return []run.Scored{{Step: c.Step, Metric: "toy:power=2", On: "nothing", Scores: []run.Score{
			{Name: "cosine", Value: math.Cos(float64(c.Step)), Error: &se, N: 3}}}}, nil
	}
}

// scoredRun trains with toy scores; it returns what was told as trouble.
func scoredRun(t *testing.T, dir string, stop int, set ...string) (*Result, []string, error) {
	t.Helper()
	c := parse(t, append(scored, set...)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var troubles []string
	r, err := Run(ctx, dir, c, source(t, c), device(t, 2), Hooks{Score: toy(t, stop, cancel),
		Trouble: func(err error) { troubles = append(troubles, err.Error()) }})
	return r, troubles, err
}

// Scores every so many steps and at the end change no bit of the training, nor where the run is
// stopped while it scores and goes on, which has the same scores; the best checkpoint stays.
func TestScored(t *testing.T) {
	plain := bits(t, trained(t, t.TempDir(), parse(t, "log.checkpoint=5", "log.keep=1")))
	dir := t.TempDir()
	r, troubles, err := scoredRun(t, dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	if bits(t, r) != plain {
		t.Error("what was scored has other weights")
	}
	if len(troubles) != 1 || troubles[0] != "train: step 12: no scores: it is not to be scored" {
		t.Errorf("told %q", troubles)
	}
	lines, err := run.ReadScored(dir)
	var steps []int
	for _, l := range lines {
		steps = append(steps, l.Step)
	}
	if want := []int{4, 8, 16, 20}; err != nil || !reflect.DeepEqual(steps, want) {
		t.Fatalf("scored %v, %v, want %v", steps, err, want)
	}
	best, skipped, err := run.At(dir, "best", run.Load)
	if err != nil || len(skipped) > 0 || best.Step != 16 || !reflect.DeepEqual(*best.Best, lines[2]) {
		t.Fatalf("the best is %+v, %v", best, err)
	}
	if paths, err := run.Checkpoints(dir); err != nil || len(paths) != 1 {
		t.Errorf("checkpoints %v, %v, want the newest alone beside the best", paths, err)
	}

	for _, stop := range []int{8, 16} {
		again := t.TempDir()
		if _, _, err := scoredRun(t, again, stop); !errors.Is(err, ErrStopped) {
			t.Fatalf("stopped while it scores: %v", err)
		}
		r, _, err := scoredRun(t, again, 0)
		if err != nil || bits(t, r) != plain {
			t.Errorf("stopped at %d: other weights, %v", stop, err)
		}
		if got, err := run.ReadScored(again); err != nil || !reflect.DeepEqual(got, lines) {
			t.Errorf("stopped at %d: scores %+v, %v, want %+v", stop, got, err, lines)
		}
		if c, _, err := run.At(again, "best", run.Load); err != nil || bits(t, &Result{Checkpoint: c.Path}) !=
			bits(t, &Result{Checkpoint: best.Path}) {
			t.Errorf("stopped at %d: another best: %v", stop, err)
		}
	}
}

// A best checkpoint that cannot be read is told and replaced; one that cannot be written, and
// scores that nothing computes, end the run before its first step.
func TestBestRefused(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := scoredRun(t, dir, 0, "steps=8"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.BestPath(dir), []byte("torn"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, troubles, err := scoredRun(t, dir, 0, "steps=16")
	const lost = "the best checkpoint until now is lost"
	if err != nil || len(troubles) == 0 || !strings.Contains(troubles[0], lost) {
		t.Errorf("a torn one: %v, told %q", err, troubles)
	}
	if c, _, err := run.At(dir, "best", run.Load); err != nil || c.Step != 16 {
		t.Errorf("it was not replaced: %v", err)
	}
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(run.BestPath(other), "in"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, _, err := scoredRun(t, other, 0); err == nil || !strings.Contains(err.Error(), "best.safetensors") {
		t.Errorf("a directory in its place: %v", err)
	}
	c := parse(t, scored...)
	_, err = Run(t.Context(), t.TempDir(), c, source(t, c), device(t, 1), Hooks{})
	const want = "train: eval.every: got 4, want 0 where there is no hook that scores"
	if err == nil || err.Error() != want {
		t.Errorf("nothing scores: %v", err)
	}
}
