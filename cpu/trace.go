package cpu

import (
	"time"

	"github.com/stillfield/stillfield/plan"
)

// Trace runs the plan once and returns the time of each step. The kernel of a step is named
// by its operator, for which form of it runs depends on the machine.
func (g *Program) Trace() ([]plan.Span, error) {
	if g.closed {
		return nil, errClosed
	}
	if g.poison {
		g.fillPoison()
	}
	g.refreshPacked()
	spans := make([]plan.Span, len(g.steps))
	for i := range spans {
		kernel := "chain"
		if st := &g.plan.Steps[i]; st.Chain == nil {
			kernel = st.Op.Kind.String()
		}
		spans[i] = plan.Span{Step: i, Op: g.plan.Title(i), Kernel: kernel}
	}
	begin := time.Now()
	for i, s := range g.steps {
		start := time.Since(begin)
		s.Do()
		end := time.Since(begin)
		spans[i].Start = milliseconds(start)
		// The clock may show none for a short step; the least that it can show is a
		// nanosecond.
		spans[i].Duration = milliseconds(max(end-start, 1))
		if err := g.ran(i); err != nil {
			return nil, err
		}
	}
	return append(spans, g.sumSpans(begin)...), nil
}

// milliseconds is d in the unit of plan.Span.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Timeline describes the one timeline that Trace has: that of the program's workers.
func (g *Program) Timeline() plan.Timeline {
	return plan.Timeline{Device: g.device, Stream: "workers",
		Clock: "clock of the machine; a step ends when all workers have"}
}
