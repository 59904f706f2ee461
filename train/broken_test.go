package train

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// spoiled is a source with one bad sample.
type spoiled struct {
	datasets.Source
	at, element int
	value       float32
	fault       error // instead, where there is one
}

func (s spoiled) Read(dst []float32, i int) (int32, error) {
	label, err := s.Source.Read(dst, i)
	if i == s.at {
		dst[s.element] = s.value
		err = s.fault
	}
	return label, err
}

// firstUse is the step, counted from 1, and the row at which a run of batches of
// 8 sees sample i.
func firstUse(t *testing.T, c *experiment.Config, src datasets.Source, i int) (step, row int) {
	t.Helper()
	o := datasets.NewOrder(c.Seed, src.Info().Count)
	for s := range uint64(src.Info().Count) {
		if k, _ := o.At(s); k == i {
			return int(s)/c.Batch + 1, int(s) % c.Batch
		}
	}
	t.Fatalf("sample %d is never seen", i)
	return 0, 0
}

// lateSample is the last of an epoch but one batch.
func lateSample(c *experiment.Config, src datasets.Source) int {
	o := datasets.NewOrder(c.Seed, src.Info().Count)
	k, _ := o.At(uint64(src.Info().Count - 3))
	return k
}

// The first value that is not finite ends the run, however seldom the log looks:
// its tensor and step are named, the last good checkpoint is kept and holds the
// weights of the step before or earlier, and the error is one line.
func TestFirstNonFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, every := range []int{1, 3, 4, 100} {
		for _, bad := range []struct {
			value float32
			want  string
		}{
			{inf, "loss NaN, gradient norm NaN: x[%d] is +Inf"},
			{float32(math.NaN()), "loss NaN, gradient norm NaN: x[%d] is NaN"},
		} {
			t.Run(fmt.Sprintf("every=%d/%v", every, bad.value), func(t *testing.T) {
				c := parse(t, fmt.Sprintf("log.every=%d", every), "log.checkpoint=2", "steps=30")
				src := source(t, c)
				i := lateSample(c, src)
				step, row := firstUse(t, c, src, i)
				dir := t.TempDir()
				r, err := Run(t.Context(), dir, c, spoiled{src, i, 4, bad.value, nil}, device(t, 2), Hooks{})
				want := fmt.Sprintf("train: step %d: "+bad.want+"; the last good checkpoint is %s",
					step, row*6+4, run.CheckpointPath(dir, 4))
				if step != 5 || err == nil || err.Error() != want {
					t.Fatalf("got  %v\nwant %s", err, want)
				}
				if r.Steps != 4 {
					t.Errorf("%d steps, want the 4 good ones", r.Steps)
				}
				clean := t.TempDir()
				err = stopped(t, clean, parse(t, "steps=30", "log.checkpoint=2"), 4)
				if !errors.Is(err, ErrStopped) {
					t.Fatal(err)
				}
				good, _, err := run.Newest(dir, run.Load)
				if err != nil {
					t.Fatal(err)
				}
				same, _, err := run.Newest(clean, run.Load)
				if err != nil {
					t.Fatal(err)
				}
				if good.Step != 4 || fingerprint(good.Weights) != fingerprint(same.Weights) {
					t.Errorf("step %d is kept, with other weights than those of good data", good.Step)
				}
				for _, l := range lines(t, dir) {
					if l.Step > 4 {
						t.Errorf("the log has a line of step %d", l.Step)
					}
				}
			})
		}
	}
}

// A finite sample that overflows is found at the operator that it overflows in;
// the device's weights are as they were before.
func TestOverflow(t *testing.T) {
	c := parse(t, "log.every=100", "log.checkpoint=0")
	src := source(t, c)
	r := &trainer{group: comm.Solo(), dir: t.TempDir(), c: c, hooks: Hooks{}}
	var err error
	if r.e, err = experiment.New(c, src.Info().Shape); err != nil {
		t.Fatal(err)
	}
	i := lateSample(c, src)
	r.src = spoiled{src, i, 0, 1e38, nil}
	if err := r.restore(); err != nil {
		t.Fatal(err)
	}
	if err := r.load(t.Context(), device(t, 1)); err != nil {
		t.Fatal(err)
	}
	defer r.prog.Close()
	loader, err := r.loader(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	var before uint64
	for s := range 12 {
		if s == 4 {
			if err := r.fetch(); err != nil {
				t.Fatal(err)
			}
			before = fingerprint(r.w)
		}
		batch, err := loader.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.take(batch); err != nil {
			t.Fatal(err)
		}
	}
	err = r.look()
	if err == nil || !strings.HasPrefix(err.Error(), "train: step 5: loss +Inf, gradient norm NaN: noise[") ||
		!strings.HasSuffix(err.Error(), "] is -Inf; no checkpoint was written yet") {
		t.Errorf("got %v", err)
	}
	if err := r.fetch(); err != nil {
		t.Fatal(err)
	}
	if fingerprint(r.w) != before {
		t.Error("the weights are not those of step 4")
	}
}

// A weight that an update made infinite is never saved, and is named with its
// tensor.
func TestPoisonedWeights(t *testing.T) {
	dir, c := t.TempDir(), parse(t)
	if err := stopped(t, dir, c, 5); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	r := &trainer{group: comm.Solo(), dir: dir, c: c, src: source(t, c), step: 6,
		path: run.CheckpointPath(dir, 5)}
	ck, _, err := run.Newest(dir, run.Load)
	if err != nil {
		t.Fatal(err)
	}
	r.e, r.w = ck.Experiment, ck.Weights
	if err := r.load(t.Context(), device(t, 1)); err != nil {
		t.Fatal(err)
	}
	defer r.prog.Close()
	for _, p := range ck.Params.List {
		r.w.V[p.Offset+p.Size()-1] = float32(math.Inf(1))
		if err := r.prog.Write(experiment.StateV, r.w.V); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("train: step 6: adam.v.%s[%d] is +Inf after the update; the last good "+
			"checkpoint is %s",
			p.Name, p.Size()-1, r.path)
		if err := r.save(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		r.w.V[p.Offset+p.Size()-1] = 0
	}
	if got := names(t, dir, checkpointDir); len(got) != 1 {
		t.Errorf("checkpoints: %v", got)
	}
	name, i := experiment.TensorOf(ck.Params, experiment.StateRecord, 3)
	if name != experiment.StateRecord || i != 3 {
		t.Errorf("the record became %s[%d]", name, i)
	}
}

// unready is a device on which the search itself fails.
type unready struct{ plan.Program }

func (unready) Check() (*plan.NonFinite, error) { return nil, errors.New("device lost") }

func TestSearchFails(t *testing.T) {
	dir, c := t.TempDir(), parse(t)
	r := &trainer{group: comm.Solo(), dir: dir, c: c, src: source(t, c), hooks: Hooks{}}
	var err error
	if r.e, err = experiment.New(c, r.src.Info().Shape); err != nil {
		t.Fatal(err)
	}
	r.w = r.e.NewWeights()
	if err := r.load(t.Context(), device(t, 1)); err != nil {
		t.Fatal(err)
	}
	defer r.prog.Close()
	r.prog, r.step = unready{r.prog}, 9
	r.log[plan.ClipFailed] = 2
	if err := r.prog.Write(experiment.StateRecord, r.log); err != nil {
		t.Fatal(err)
	}
	want := "train: step 8: loss 0, gradient norm 0; the search for the cause failed: device lost; no " +
		"checkpoint was written yet"
	if err := r.look(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
