package cuda

import (
	"context"
	"fmt"
	"strings"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// surveyMemory is more than any plan takes: a survey holds none of it.
const surveyMemory = 1 << 45

// OpenSurvey opens an emulated device of that compute capability whose programs can be counted
// (Program.Work) and not run, however large they are: see Options.Survey of package emu. So many
// goroutines share the counting.
func OpenSurvey(major, minor, workers int) (*Device, error) {
	return New(openSurvey(major, minor, workers), 0)
}

// Work is what one launch does.
type Work struct {
	Count
	// Least is what the step's operands and its workspace are in bytes, each once: the least that
	// passes through the device's memory where the step has one launch, and the most of it that a
	// launch has a use for. A copy or fill of the driver moves just that.
	Least uint64
}

// Known are counts of launches, by what these have in common with others that count the same.
type Known map[string]driver.Counts

// Work counts every launch of the plan, the driver's copies and fills included. Launches that
// differ in nothing but where their operands lie are counted once, in known, which may have those
// of other programs.
func (g *Program) Work(ctx context.Context, known Known) ([]Work, error) {
	counter, ok := g.ctx.(driver.Counter)
	if !ok {
		return nil, ErrNotCounted
	}
	if err := g.ready("Work"); err != nil {
		return nil, err
	}
	_, uses, err := g.bind(ctx, g.weightCopies, valueAlign, valueAlign)
	if err != nil {
		return nil, g.fail("Work", err)
	}
	work := make([]Work, len(g.launches))
	for i := range g.launches {
		l := &g.launches[i]
		w := &work[i]
		w.Step = l.Step
		if l.Kernel == nil {
			w.Counts = driver.Counts{Kernel: l.Name(), Launches: 1, BytesWritten: l.Bytes}
			w.Least = l.Bytes
			if l.Src != 0 {
				w.BytesRead, w.Least = l.Bytes, 2*l.Bytes
			}
			continue
		}
		w.Least = g.least(l.Step) + 2*uses[l.Step].scratch
		key := g.likeness(l)
		c, seen := known[key]
		if !seen {
			if c, err = g.counted(ctx, counter, i); err != nil {
				return nil, g.fail("Work", err)
			}
			known[key] = c
		}
		w.Counts = c
	}
	return work, nil
}

// counted runs launch i and returns what it did.
func (g *Program) counted(ctx context.Context, counter driver.Counter, i int) (driver.Counts, error) {
	if ctx.Err() != nil {
		return driver.Counts{}, context.Cause(ctx)
	}
	counter.ResetCounts()
	if err := g.enqueue(i); err != nil {
		return driver.Counts{}, err
	}
	if err := g.ctx.Synchronize(g.main); err != nil {
		return driver.Counts{}, err
	}
	return counter.Counts()[0], nil
}

// least are the bytes of the operands of step s and of its epilogue, if it has one.
func (g *Program) least(s int) uint64 {
	n := g.plan.Bytes(s)
	if g.plan.Ended(s) {
		n += g.plan.Bytes(s + 1)
	}
	return uint64(n)
}

// likeness is equal for launches that count the same: the kernel, its grid and arguments, of
// addresses how they are aligned, and of a chain its program
// and how its operands are stored.
func (g *Program) likeness(l *kernels.Launch) string {
	const line = 128
	var b strings.Builder
	fmt.Fprint(&b, l.Kernel.Name, l.Grid, l.Block, l.Shared)
	for k, a := range l.Args {
		if l.Kernel.Params[k] == 'p' && a != 0 {
			a = line + a%line
		}
		fmt.Fprint(&b, " ", a)
	}
	if ch := g.plan.Steps[l.Step].Chain; ch != nil {
		fmt.Fprintf(&b, "%d %#v", ch.Len, ch.Code)
		for _, list := range [][]plan.Arg{ch.Args, ch.Outs} {
			for _, a := range list {
				fmt.Fprintf(&b, " %d %v %#v", g.addr[a.Value]%line, g.plan.Values[a.Value].Storage, a.View)
			}
		}
	}
	return b.String()
}
