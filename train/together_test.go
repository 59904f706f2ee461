package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// process is what one process of a group does in a test.
type process struct {
	ctx   context.Context
	c     *experiment.Config
	src   datasets.Source
	dev   plan.Device
	hooks Hooks
}

// together trains c in dir as that many processes, each as change has made it, and returns how
// each has ended.
func together(t testing.TB, ranks int, dir string, c *experiment.Config,
	change func(rank int, p *process)) []error {
	t.Helper()
	errs := make([]error, ranks)
	err := local.Run(ranks, comm.Options{}, func(g *comm.Group) error {
		src, err := c.OpenData()
		if err != nil {
			return err
		}
		// Buckets of 32 numbers are summed while the next are computed.
		dev, err := cpu.New(cpu.Options{Workers: 1, Poison: true, Group: g, Bucket: 32})
		if err != nil {
			return err
		}
		defer dev.Close()
		p := process{ctx: t.Context(), c: c, src: src, dev: dev}
		if change != nil {
			change(g.Rank(), &p)
		}
		_, errs[g.Rank()] = Together(p.ctx, g, dir, p.c, p.src, p.dev, p.hooks)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return errs
}

// wellTogether is together where nothing may go wrong.
func wellTogether(t testing.TB, ranks int, dir string, c *experiment.Config) {
	t.Helper()
	if err := errors.Join(together(t, ranks, dir, c, nil)...); err != nil {
		t.Fatalf("%d processes: %v", ranks, err)
	}
}

// shared is what processes train in these tests: an MLP, and a U-Net with attention that is
// told classes and forgets some.
var shared = map[string][]string{
	"mlp": {"reduce=exact"},
	"unet": {"reduce=exact", "steps=4", "batch=16", "data={name: digits, flip: true}", "log.checkpoint=2",
		"model={kind: unet, channels: 8, levels: [1, 2], blocks: 1, attention: [4], " +
			"classes: 10, label_dropout: 0.2}"},
}

// One process, two, four and eight write the same checkpoints, byte for byte; so do they in
// parts.
func TestRanksEqualBits(t *testing.T) {
	for name, set := range shared {
		for _, parts := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s in %d parts", name, parts), func(t *testing.T) {
				c := parse(t, append(set, fmt.Sprintf("accumulate=%d", parts))...)
				last := filepath.Join(checkpointDir, filepath.Base(run.CheckpointPath("", c.Steps)))
				var want []byte
				for _, ranks := range []int{1, 2, 4, 8} {
					dir := t.TempDir()
					wellTogether(t, ranks, dir, c)
					got := content(t, dir, last)
					if want == nil {
						want = got
					}
					if !bytes.Equal(got, want) {
						t.Errorf("%d processes write another checkpoint than one", ranks)
					}
				}
			})
		}
	}
}

// What two processes have begun, one or four go on with to the same checkpoint, where reduce is
// left to the run; so does a run that one process began exactly.
func TestResumeByOthers(t *testing.T) {
	c := parse(t, "reduce=exact")
	whole := t.TempDir()
	wellTogether(t, 1, whole, c)
	last := filepath.Join(checkpointDir, filepath.Base(run.CheckpointPath("", c.Steps)))
	want := content(t, whole, last)
	for _, then := range []int{1, 4} {
		dir := t.TempDir()
		stopTogether(t, 2, 1, dir, parse(t, "reduce=auto"), 7)
		c := parse(t, "reduce=auto")
		wellTogether(t, then, dir, c)
		got := content(t, dir, last)
		if !bytes.Equal(got, want) {
			t.Errorf("2 processes and then %d write another checkpoint than one", then)
		}
	}
}

// stopTogether trains c as that many processes, of which one is asked to stop at a step, and
// returns the step after which all of them have.
func stopTogether(t testing.TB, ranks, asked int, dir string, c *experiment.Config, step int) int {
	t.Helper()
	errs := together(t, ranks, dir, c, func(rank int, p *process) {
		if rank != asked {
			return
		}
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		at := 0
		p.ctx, p.dev = ctx, told{p.dev, func(call string) {
			if call == "run" {
				if at++; at == step {
					cancel()
				}
			}
		}}
	})
	for rank, err := range errs {
		if !errors.Is(err, ErrStopped) {
			t.Fatalf("process %d of %d: %v, want it stopped", rank, ranks, err)
		}
	}
	ck, _, err := run.Newest(dir, run.Load)
	if err != nil {
		t.Fatal(err)
	}
	return ck.Step
}

// When one process, whichever, is asked to stop, all do after the same step, and process 0 has
// saved it.
func TestStopTogether(t *testing.T) {
	for _, asked := range []int{0, 3} {
		// It says so in the next step, and is heard when the one after has been started.
		if step := stopTogether(t, 4, asked, t.TempDir(), parse(t, "reduce=exact"), 7); step != 9 {
			t.Errorf("process %d is asked after step 7: stopped after step %d, want 9", asked, step)
		}
	}
}

// The sum of the library has other bits for other numbers of processes, the same on all of one
// group, and is the same to rounding.
func TestFast(t *testing.T) {
	var want []float32
	for _, ranks := range []int{1, 2, 4} {
		dir := t.TempDir()
		wellTogether(t, ranks, dir, parse(t, "reduce=fast", "log.compare=1"))
		ck, _, err := run.Newest(dir, run.Load)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = ck.Weights.Theta
		}
		for i, x := range ck.Weights.Theta {
			if d := x - want[i]; d > 1e-4 || d < -1e-4 {
				t.Fatalf("%d processes: weight %d is %v, want %v", ranks, i, x, want[i])
			}
		}
	}
}

// loaded is a device that changes what it loads.
type loaded struct {
	plan.Device
	change func(g plan.Program) plan.Program
}

func (d loaded) Load(ctx context.Context, p *plan.Plan) (plan.Program, error) {
	g, err := d.Device.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	return d.change(g), nil
}
