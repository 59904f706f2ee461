package cpu

import (
	"fmt"
	"time"

	"github.com/stillfield/stillfield/plan"
)

// StepTime is what one step of a plan takes.
type StepTime struct {
	Step    int // index into Plan.Steps
	Name    string
	Seconds float64 // least of the runs
	FLOPs   float64 // as Plan.FLOPs counts
	Bytes   float64 // least traffic, as Plan.Bytes counts
}

// GFLOPs is the rate of arithmetic in 10⁹ operations a second.
func (s StepTime) GFLOPs() float64 { return s.FLOPs / s.Seconds / 1e9 }

// GBs is the rate of traffic in 10⁹ bytes a second, as if nothing were cached.
func (s StepTime) GBs() float64 { return s.Bytes / s.Seconds / 1e9 }

func (s StepTime) String() string {
	return fmt.Sprintf("%4d  %-32s %9.1f µs %8.1f GFLOP/s %7.1f GB/s",
		s.Step, s.Name, s.Seconds*1e6, s.GFLOPs(), s.GBs())
}

// Profile runs the plan n ≥ 1 times and returns the least time of each step.
// States and outputs are put back afterwards.
func (g *Program) Profile(n int) ([]StepTime, error) {
	if g.closed {
		return nil, errClosed
	}
	if n < 1 {
		return nil, fmt.Errorf("cpu: Profile: %d runs, want at least 1", n)
	}
	defer g.save()()
	ts := make([]StepTime, len(g.steps))
	for i := range ts {
		st := &g.plan.Steps[i]
		what := st.Op.String()
		if st.Chain != nil {
			what = fmt.Sprintf("chain of %d", len(st.Chain.Code))
		}
		if st.Name != "" {
			what += " " + st.Name
		}
		ts[i] = StepTime{Step: i, Name: what, FLOPs: g.plan.FLOPs(i), Bytes: g.plan.Bytes(i)}
	}
	for r := range n {
		for i, s := range g.steps {
			start := time.Now()
			s.Do()
			// The clock may not move during a small step; a nanosecond did pass.
			if t := max(1e-9, time.Since(start).Seconds()); r == 0 || t < ts[i].Seconds {
				ts[i].Seconds = t
			}
		}
	}
	return ts, nil
}

// save keeps the states and outputs, and returns what puts them back.
func (g *Program) save() (restore func()) {
	type kept struct{ at, was []float32 }
	var all []kept
	for _, ps := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, p := range ps {
			x := g.values[p.Value]
			all = append(all, kept{x, append([]float32(nil), x...)})
		}
	}
	return func() {
		for _, k := range all {
			copy(k.at, k.was)
		}
	}
}
