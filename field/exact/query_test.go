package exact

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/field"
)

// The bound of a span is above the likelihood everywhere on it and on its halves,
// for spans of every depth, few and many dimensions, near the data and far.
func TestBoundHolds(t *testing.T) {
	procs := everyProcess(t, 0, 1)
	rapid.Check(t, func(t *rapid.T) {
		a := mustAtoms(t, rapid.SampledFrom(procs).Draw(t, "process"), aMixture(t))
		m := a.law.(Mixture)
		u := aPoint(t, a.Dim(), "u")
		scale := math.Exp2(-float64(rapid.IntRange(0, 40).Draw(t, "nearness")))
		for i, x := range m.Points[0] {
			u[i] = x + scale*u[i]
		}
		q := must[*query](t)(a.query(u, new(scratch), a.all))
		sp := rapid.SampledFrom(a.spans).Draw(t, "span")
		for range rapid.IntRange(0, 50).Draw(t, "depth") {
			bound, least, _ := q.sight.narrow(sp, a.all, math.Inf(-1), nil)
			if mid := sp.middle(); mid.variance(m.Jitter*m.Jitter) > 0 {
				if got := q.logLikelihood(&mid); !(least <= got+1e-9*math.Abs(got)) {
					t.Fatalf("log p(u|t) = %v in the middle of [%v, %v], below the least, %v",
						got, sp.lo, sp.hi, least)
				}
			}
			for _, n := range sp.instants(q.s) {
				if n.variance(m.Jitter*m.Jitter) == 0 {
					continue
				}
				got := q.logLikelihood(&n) - math.Log(float64(len(a.all)))
				if !(got <= bound+1e-9*math.Abs(bound)) {
					t.Fatalf("log p(u|t)/K = %v at t = %v, beyond the bound %v on [%v, %v]",
						got, n.t, bound, sp.lo, sp.hi)
				}
			}
			sp = sp.halves(q.s)[rapid.IntRange(0, 1).Draw(t, "half")]
		}
	})
}

// The panels that cover a posterior hold every time at which it is above the cut,
// and no likelihood on them is far above those at their nodes.
func TestCoverLeavesNothingOut(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	for _, dim := range []int{1, 2, 16, 300, 3072} {
		m := Mixture{Points: [][]float64{along(dim, 1), along(dim, -1)}, Weights: []float64{1, 0.1}}
		a := mustAtoms(t, p, m)
		for _, r := range []float64{1e-9, 1e-3, 0.3, 3} {
			u := along(dim, 1+r)
			q := must[*query](t)(a.query(u, new(scratch), a.all))
			leaves := must[[]*leaf](t)(q.cover(a.cut))
			best := math.Inf(-1)
			for _, l := range leaves {
				best = max(best, l.top)
				bound, _, _ := q.sight.narrow(l.sp, a.all, math.Inf(-1), nil)
				if gap := bound - l.likely; gap > 20 {
					t.Errorf("D=%d r=%g: the bound of [%v, %v] is %v above its nodes",
						dim, r, l.sp.lo, l.sp.hi, gap)
				}
			}
			for k := range 4000 { // log-spaced from 1e-13 to 1
				at := math.Pow(10, -13*float64(k)/4000)
				br := a.near(at)
				n := br.at(br.distance(at))
				inside := false
				for _, l := range leaves {
					d := l.sp.br.distance(at)
					inside = inside || l.sp.br == br && l.sp.lo <= d && d <= l.sp.hi
				}
				if q.logLikelihood(&n) > best-a.cut && !inside {
					t.Fatalf("D=%d r=%g: t = %v is left out", dim, r, at)
				}
			}
		}
	}
}
