package cpu

import (
	"fmt"
	"time"

	"github.com/stillfield/stillfield/comm/sum"
	"github.com/stillfield/stillfield/plan"
)

// usualBucket is 4 MiB, the best message of those measured with Open MPI over shared memory
// and TCP.
const usualBucket = 1 << 20

// allSum is an AllSum bound to its memory. Each bucket is begun when the step that makes it
// whole has run, and summed while the steps after that run; the job of the step waits for all.
type allSum struct {
	step    int
	sum     *sum.Sum
	x       []float32
	buckets []plan.Bucket
	begun   int // buckets of the present run
	parts   []*sum.Part
	err     error // of the last run
}

// bindAllSum makes the job of the AllSum at step s, for the group of the device.
func (g *Program) bindAllSum(s int) (job, error) {
	st := &g.plan.Steps[s]
	if n := g.group.Size(); n != st.Op.Ranks {
		return nil, fmt.Errorf("the group of the device has %d processes, want %d", n, st.Op.Ranks)
	}
	a := &allSum{step: s, x: g.values[st.In[0]], buckets: g.plan.Buckets(s, g.bucket),
		sum: sum.New(g.group, st.Op.Exact, g.bucket)}
	g.sums = append(g.sums, a)
	return a, nil
}

// Do begins the buckets that are not begun and waits for the sum.
func (a *allSum) Do() {
	a.begin(a.step)
	a.parts, a.err = a.sum.Wait()
	a.begun = 0
}

// begin starts the buckets that are whole after step s.
func (a *allSum) begin(s int) {
	for ; a.begun < len(a.buckets) && a.buckets[a.begun].After <= s; a.begun++ {
		b := a.buckets[a.begun]
		a.sum.Start(a.x[b.First : b.First+b.Len])
	}
}

// ran begins the sums that can begin once step s has run. A sum at s that has failed is an
// error: what follows would compute with a part of it.
func (g *Program) ran(s int) error {
	for _, a := range g.sums {
		switch {
		case s < a.step:
			a.begin(s)
		case s == a.step && a.err != nil:
			return fmt.Errorf("cpu: %v: %w", g.plan.Steps[s].Op, a.err)
		}
	}
	return nil
}

// sumSpans are the buckets of the last run, which began at begin.
func (g *Program) sumSpans(begin time.Time) (spans []plan.Span) {
	for _, a := range g.sums {
		for k, p := range a.parts {
			spans = append(spans, plan.Span{
				Step: a.step, Op: fmt.Sprintf("bucket %d, %d numbers", k, p.Elements), Kernel: "bucket",
				Stream: plan.Sums, Start: milliseconds(p.Begin.Sub(begin)),
				Duration: milliseconds(p.End.Sub(p.Begin)),
			})
		}
	}
	return spans
}
