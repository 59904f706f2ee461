package cuda

import (
	"time"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Trace runs the plan once, launch by launch, with an event before and after
// each. The driver's own copies and fills are launches called copy and zero. The
// times are of work that does not overlap: their sum is more than a Run takes.
func (g *Program) Trace() ([]plan.Span, error) {
	if err := g.ready("Trace"); err != nil {
		return nil, err
	}
	spans, err := g.trace()
	return spans, g.fail("Trace", err)
}

// trace does the work of Trace; its events are freed whatever happens.
func (g *Program) trace() (spans []plan.Span, err error) {
	events := make([]driver.Event, 0, len(g.launches)+1)
	defer func() {
		for _, e := range events {
			if f := g.ctx.FreeEvent(e); err == nil {
				err = f
			}
		}
	}()
	mark := func() error {
		e, err := g.ctx.NewEvent()
		if err != nil {
			return err
		}
		events = append(events, e)
		return g.ctx.Record(e, g.main)
	}
	if err := g.takeInputs(); err != nil {
		return nil, err
	}
	if err := mark(); err != nil {
		return nil, err
	}
	var sums []tracedSum
	for _, seg := range g.segments {
		for i := seg.first; i < seg.end; i++ {
			if err := firstError(g.enqueue(i), mark()); err != nil {
				return nil, err
			}
			spans = append(spans, g.launchSpan(i))
		}
		if seg.sum == nil {
			continue
		}
		begin := time.Now()
		if err := firstError(g.allSum(seg.sum), mark()); err != nil {
			return nil, err
		}
		sums = append(sums, tracedSum{seg.sum, len(spans), begin})
		spans = append(spans, plan.Span{Step: seg.sum.step, Op: g.plan.Title(seg.sum.step),
			Kernel: plan.AllSum.String()})
	}
	if err := g.ctx.Synchronize(g.main); err != nil {
		return nil, err
	}
	for k := range spans {
		if spans[k].Start, err = g.ctx.Elapsed(events[0], events[k]); err != nil {
			return nil, err
		}
		if spans[k].Duration, err = g.ctx.Elapsed(events[k], events[k+1]); err != nil {
			return nil, err
		}
	}
	for _, a := range sums {
		spans = append(spans, a.sumSpans(a.begin, spans[a.span].Start)...)
	}
	return spans, nil
}

// tracedSum is a sum that a trace has made: the span that it is, and when it began.
type tracedSum struct {
	*allSum
	span  int
	begin time.Time
}

// launchSpan is the span of launch i, but for its times.
func (g *Program) launchSpan(i int) plan.Span {
	l := &g.launches[i]
	s := plan.Span{Step: l.Step, Op: g.plan.Title(l.Step), Kernel: l.Name(),
		Grid: l.Grid, Block: l.Block, Shared: l.Shared}
	if g.plan.Ended(l.Step) {
		s.Op += ", then " + g.plan.Title(l.Step+1)
	}
	return s
}

// Timeline says what the spans of Trace are times of: the main stream, and on an emulated
// device the machine that emulates.
func (g *Program) Timeline() plan.Timeline {
	t := plan.Timeline{Device: g.dev.name, Stream: "main stream",
		Clock: "events of the GPU around each launch; launches of a run overlap, these do not"}
	if g.dev.emulated {
		t.Clock = "clock of the machine that emulates: not the times of a GPU"
	}
	return t
}
