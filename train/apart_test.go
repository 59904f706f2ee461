package train

import (
	"errors"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// wantErrors holds how processes have ended: each with a text, of which one process is the first
// to know, and the others say that they have it from there.
func wantErrors(t *testing.T, errs []error, knows int, text string) {
	t.Helper()
	for rank, err := range errs {
		var from *Elsewhere
		switch elsewhere := errors.As(err, &from); {
		case err == nil || !strings.Contains(err.Error(), text):
			t.Errorf("process %d: got error %v, want one with %q", rank, err, text)
		case elsewhere != (rank != knows) || elsewhere && from.Rank != knows:
			t.Errorf("process %d: %v: want it known on process %d", rank, err, knows)
		}
	}
}

// Processes that would train other things are refused before the first step, with what differs;
// so are numbers of processes that a batch cannot be divided among.
func TestTogetherRefuses(t *testing.T) {
	c := parse(t, "reduce=exact")
	for _, tt := range []struct {
		name   string
		c      *experiment.Config
		ranks  int
		change func(rank int, p *process)
		knows  int
		want   string
	}{
		{"another configuration", c, 2, func(rank int, p *process) {
			if rank == 1 {
				p.c = parse(t, "reduce=exact", "log.every=2")
			}
		}, 1, "process 0 has another configuration: log.every is 1 there and 2 here"},
		{"other data", c, 2, func(rank int, p *process) {
			if rank == 1 {
				p.src = source(t, parse(t, "data.count=41"))
			}
		}, 1, "process 0 has other data"},
		{"too many processes", parse(t, "reduce=exact", "leaves=2"), 4, nil, 0,
			"leaves: got 2, want a multiple of the 4 processes"},
		{"no power of 2", c, 3, nil, 0, "leaves: got 8, want a multiple of the 3 processes"},
		{"batch and processes", parse(t, "reduce=fast"), 3, nil, 0,
			"batch: got 8, want a multiple of the 3 processes"},
		{"a run of another reduce", c, 2, func(_ int, p *process) {
			p.c = parse(t, "reduce=fast")
		}, 0, "reduce is exact there and fast here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.name == "a run of another reduce" {
				wellTogether(t, 1, dir, parse(t, "reduce=exact", "steps=1"))
			}
			wantErrors(t, together(t, tt.ranks, dir, tt.c, tt.change), tt.knows, tt.want)
		})
	}
	_, err := experiment.Parse("tiny.yaml", []byte(tiny), []string{"reduce=exact", "batch=12"})
	if err == nil || !strings.Contains(err.Error(), "batch: got 12, want a multiple of the 8 leaves") {
		t.Errorf("a batch that leaves do not divide: %v", err)
	}
}

// wrong is a device one bit of whose weights is wrong from a step on.
type wrong struct{ plan.Program }

func (g wrong) Read(name string, dst []float32) error {
	err := g.Program.Read(name, dst)
	if name == experiment.StateV {
		dst[100] = math.Float32frombits(math.Float32bits(dst[100]) ^ 1)
	}
	return err
}

// A process whose weights have other bits ends the run, which names the first tensor; no checkpoint
// of them is written.
func TestOtherBits(t *testing.T) {
	for _, set := range []string{"log.compare=1", "log.compare=0"} {
		dir := t.TempDir()
		errs := together(t, 4, dir, parse(t, "reduce=exact", set), func(rank int, p *process) {
			if rank == 2 {
				p.dev = loaded{p.dev, func(g plan.Program) plan.Program { return wrong{g} }}
			}
		})
		step := map[string]string{"log.compare=1": "step 1: ", "log.compare=0": "step 5: "}[set]
		wantErrors(t, errs, 0, "train: "+step+"adam.v.")
		wantErrors(t, errs, 0, "has other bits on process 2 than on process 0")
		if _, _, err := run.Newest(dir, run.Load); !errors.Is(err, run.ErrNoCheckpoint) {
			t.Errorf("%s: a checkpoint was written: %v", set, err)
		}
	}
}

// spoilt is a source in which one sample is NaN.
type spoilt struct {
	datasets.Source
	at int
}

func (s spoilt) Read(dst []float32, i int) (int32, error) {
	label, err := s.Source.Read(dst, i)
	if i == s.at {
		dst[0] = float32(math.NaN())
	}
	return label, err
}

// A value that is not finite on one process ends all after the same step, with the weights as
// they were before it, and the cause is named with the process that met it.
func TestNaNTogether(t *testing.T) {
	c := parse(t, "reduce=exact", "log.checkpoint=1")
	at, _ := datasets.NewOrder(c.Seed, 40).At(2*8 + 5) // the sample of row 5 of step 3
	errs := together(t, 4, t.TempDir(), c, func(_ int, p *process) { p.src = spoilt{p.src, at} })
	wantErrors(t, errs, 0, "train: step 3: loss NaN, gradient norm NaN: x[6] is NaN on process 2; the last "+
		"good checkpoint is ")
}

// Pictures are drawn and lines told by process 0 alone; what it cannot write ends all.
func TestOneWriter(t *testing.T) {
	var mu sync.Mutex
	told := map[string][]int{}
	dir := t.TempDir()
	tell := func(what string, rank int) {
		mu.Lock()
		defer mu.Unlock()
		told[what] = append(told[what], rank)
	}
	errs := together(t, 4, dir, parse(t, "reduce=exact", "log.pictures=4", "log.every=5"),
		func(rank int, p *process) {
			p.hooks.Line = func(l run.Line) {
				tell("line", rank)
				if l.Step == 10 { // from now on no checkpoint can be written
					if err := os.RemoveAll(filepath.Join(dir, checkpointDir)); err != nil {
						t.Error(err)
					}
					if err := os.WriteFile(filepath.Join(dir, checkpointDir), nil, 0o666); err != nil {
						t.Error(err)
					}
				}
			}
			p.hooks.Picture = func(int, *experiment.Experiment, []float32) (image.Image, error) {
				tell("picture", rank)
				return nil, nil
			}
		})
	wantErrors(t, errs, 0, "checkpoints: file exists")
	if want := []int{0, 0}; !slices.Equal(told["line"], want) || !slices.Equal(told["picture"], want) {
		t.Errorf("told %v, want two lines and two pictures on process 0", told)
	}
}

// seen is a source that tells of what is read.
type seen struct {
	datasets.Source
	tell func(i int)
}

func (s seen) Read(dst []float32, i int) (int32, error) {
	s.tell(i)
	return s.Source.Read(dst, i)
}

// In an epoch each sample is read by one process.
func TestSamplesAreReadOnce(t *testing.T) {
	const ranks, batch, epoch = 4, 8, 40
	read := make([][]int, ranks)
	errs := together(t, ranks, t.TempDir(), parse(t, "reduce=exact"), func(rank int, p *process) {
		p.src = seen{p.src, func(i int) { read[rank] = append(read[rank], i) }}
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	times := make([]int, epoch)
	for _, r := range read {
		for _, i := range r[:epoch/ranks] {
			times[i]++
		}
	}
	for i, n := range times {
		if n != 1 {
			t.Errorf("sample %d is read %d times in an epoch, want once", i, n)
		}
	}
}
