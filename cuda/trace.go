package cuda

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Span is one launch as the device saw it.
type Span struct {
	Step     int    // index into the plan's steps
	Op       string // of the step, with its name
	Kernel   string // "copy" and "zero" are the driver's own
	Grid     [3]uint32
	Block    [3]uint32
	Shared   uint32  // bytes of dynamic shared memory
	Start    float64 // milliseconds from the first launch
	Duration float64 // milliseconds, the launch's overhead included
}

// Trace runs the plan once, launch by launch, with an event before and after
// each. The times are of work that does not overlap: their sum is more than a
// Run takes.
func (g *Program) Trace() ([]Span, error) {
	if err := g.ready("Trace"); err != nil {
		return nil, err
	}
	spans, err := g.trace()
	return spans, g.fail("Trace", err)
}

func (g *Program) trace() (spans []Span, err error) {
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
		st := &g.plan.Steps[l.Step]
		op := st.Op.String()
		if st.Chain != nil {
			op = fmt.Sprintf("chain of %d", len(st.Chain.Code))
		}
		if st.Name != "" {
			op += " " + st.Name
		}
		s := Span{Step: l.Step, Op: op, Kernel: l.Name(), Grid: l.Grid, Block: l.Block, Shared: l.Shared}
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

// WriteTrace writes spans in the JSON form that Chrome's tracing page and
// Perfetto open, one event for each launch.
func WriteTrace(w io.Writer, spans []Span) error {
	type event struct {
		Name  string         `json:"name"`
		Phase string         `json:"ph"`
		Pid   int            `json:"pid"`
		Tid   int            `json:"tid"`
		Start float64        `json:"ts"` // microseconds
		Dur   float64        `json:"dur"`
		Args  map[string]any `json:"args"`
	}
	events := make([]event, len(spans))
	for i, s := range spans {
		events[i] = event{s.Kernel, "X", 0, 0, 1e3 * s.Start, 1e3 * s.Duration,
			map[string]any{"step": s.Step, "op": s.Op, "grid": s.Grid, "block": s.Block, "shared": s.Shared}}
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"traceEvents": events}); err != nil {
		return fmt.Errorf("cuda: WriteTrace: %w", err)
	}
	return nil
}
