package cuda

import (
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
	for i := range g.launches {
		if err := g.enqueue(i); err != nil {
			return nil, err
		}
		if err := mark(); err != nil {
			return nil, err
		}
	}
	if err := g.ctx.Synchronize(g.main); err != nil {
		return nil, err
	}
	for i := range g.launches {
		l := &g.launches[i]
		s := plan.Span{Step: l.Step, Op: g.plan.Title(l.Step), Kernel: l.Name(),
			Grid: l.Grid, Block: l.Block, Shared: l.Shared}
		if g.plan.Ended(l.Step) {
			s.Op += ", then " + g.plan.Title(l.Step+1)
		}
		if s.Start, err = g.ctx.Elapsed(events[0], events[i]); err != nil {
			return nil, err
		}
		if s.Duration, err = g.ctx.Elapsed(events[i], events[i+1]); err != nil {
			return nil, err
		}
		spans = append(spans, s)
	}
	return spans, nil
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
