package cuda

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/sum"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Join has programs that are loaded from now on sum over the processes of g: an AllSum ends a
// graph of launches, goes through page-locked memory of the host, bucket by bucket, and the
// next graph follows.
func (d *Device) Join(g *comm.Group) { d.group = g }

// bucketElements is how long the ranges are that go to the host, and are summed while the next
// ones do: 4 MiB.
const bucketElements = 1 << 20

// segment is the launches up to a sum over processes, or to the end, captured as one graph.
type segment struct {
	first, end int              // launches
	graph      driver.GraphExec // 0 where there are none
	sum        *allSum          // nil at the end
}

// allSum is an AllSum on its way through the host.
type allSum struct {
	step  int
	at    driver.Ptr
	host  []byte // pinned, all of it
	sums  *sum.Sum
	ranks int
	parts []*sum.Part
}

// divide cuts the launches at the sums.
func (g *Program) divide() error {
	next := 0
	for s := range g.plan.Steps {
		st := &g.plan.Steps[s]
		if st.Op.Kind != plan.AllSum {
			continue
		}
		if n := g.dev.group.Size(); n != st.Op.Ranks {
			return fmt.Errorf("step %d %v: the group of the device has %d processes, want %d", s, st.Op, n,
				st.Op.Ranks)
		}
		seg := segment{first: next, sum: &allSum{step: s, at: g.addr[st.In[0]], ranks: st.Op.Ranks,
			sums: sum.New(g.dev.group, st.Op.Exact, bucketElements)}}
		for next < len(g.launches) && g.launches[next].Step < s {
			next++
		}
		var err error
		if seg.sum.host, err = g.allocHost(4 * g.plan.Values[st.In[0]].Size); err != nil {
			return err
		}
		seg.end = next
		g.segments = append(g.segments, seg)
	}
	g.segments = append(g.segments, segment{first: next, end: len(g.launches)})
	return nil
}

// capture makes a graph of the launches of each segment.
func (g *Program) capture(ctx context.Context) error {
	for k := range g.segments {
		if err := g.captureSegment(ctx, &g.segments[k]); err != nil {
			return err
		}
	}
	return nil
}

// runSegments starts what a run is made of. It waits for the device at each sum.
func (g *Program) runSegments() error {
	for _, seg := range g.segments {
		if seg.graph != 0 {
			if err := g.ctx.LaunchGraph(seg.graph, g.main); err != nil {
				return err
			}
		}
		if seg.sum != nil {
			if err := g.allSum(seg.sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// allSum makes one sum: the host sums a bucket while the next comes from the device.
func (g *Program) allSum(a *allSum) error {
	if a.ranks == 1 {
		return nil
	}
	all := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(a.host))), len(a.host)/4)
	var copied error
	for first := 0; first < len(all) && copied == nil; first += bucketElements {
		end := min(first+bucketElements, len(all))
		copied = firstError(g.ctx.CopyToHost(a.host[4*first:4*end], a.at+driver.Ptr(4*first), g.main),
			g.ctx.Synchronize(g.main))
		if copied == nil {
			a.sums.Start(all[first:end])
		}
	}
	var err error
	if a.parts, err = a.sums.Wait(); err != nil {
		return fmt.Errorf("%v: %w", g.plan.Steps[a.step].Op, err)
	}
	return firstError(copied, g.ctx.CopyToDevice(a.at, a.host, g.main))
}

// sumSpans are the buckets of a sum that began at begin, after so many milliseconds.
func (a *allSum) sumSpans(begin time.Time, after float64) (spans []plan.Span) {
	for k, p := range a.parts {
		spans = append(spans, plan.Span{
			Step: a.step, Op: fmt.Sprintf("bucket %d, %d numbers", k, p.Elements), Kernel: "bucket",
			Stream: plan.Sums, Start: after + milliseconds(p.Begin.Sub(begin)),
			Duration: milliseconds(p.End.Sub(p.Begin)),
		})
	}
	return spans
}

// milliseconds is d in the unit of plan.Span.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
