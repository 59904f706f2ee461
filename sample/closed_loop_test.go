package sample

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/field/readout"
)

// looped draws samples of the exact blind field of data, each at its E[t|u].
func looped(t *testing.T, a *exact.Blind, s Spec) *Result {
	t.Helper()
	h := OnHost(blind(a), a.Dim())
	h.ReadPoints(func(ts, y []float64) error {
		for i := range ts {
			p, err := a.At(y[i*a.Dim() : (i+1)*a.Dim()])
			if err != nil {
				return err
			}
			ts[i] = p.Mean
		}
		return nil
	})
	r, err := Run(t.Context(), h, a.Process, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// With t̂ = E[t|u] on data well apart, the closed loop converges to its limit with its order.
// The limit is the flow of the field that is told the time, but for the noise which the
// width of the posterior leaves unread, t/√2 at any dimension. The same blind field with a
// clock misses that flow by far more, but where the field corrects itself.
func TestClosedLoopIsTheFlow(t *testing.T) {
	const dim, n, end = 64, 3, 0.1
	for _, tt := range []struct {
		schedule, target string
		gain             float64 // of the miss of the same step with a clock
	}{{"linear", "velocity", 4}, {"vp-sde", "noise", 4}, {"linear", "eqm-linear", 0}, {"edm", "data", 0}} {
		p := custom(t, tt.schedule, tt.target, uniform(0.001, 0.999))
		a := atoms(t, p, corners(dim))
		at := func(sampler string, steps int) Spec {
			return with(func(s *Spec) {
				s.Sampler, s.N, s.Batch, s.Steps = sampler, n, n, steps
				s.Start, s.End, s.Grid = 0.7, end, Uniform
			})
		}
		var errs []float64
		last := looped(t, a, at("closed-loop", 8))
		for steps := 16; steps <= 64; steps *= 2 {
			r := looped(t, a, at("closed-loop", steps))
			errs, last = append(errs, apart(r.X, last.X)), r
		}
		order := math.Log2(errs[0]/errs[2]) / 2
		told := exactly(t, knowing(a), p, dim, at("rk4", 32))
		open := exactly(t, blind(a), p, dim, at("ddim", 64))
		miss, without := apart(last.X, told.X)/math.Sqrt(n), apart(open.X, told.X)/math.Sqrt(n)
		t.Logf("%s/%s: order %.2f, %.3g from the flow, with a clock %.3g", tt.schedule, tt.target, order,
			miss, without)
		if order < 0.85 {
			t.Errorf("%s/%s: order %.2f; moves %.3g", tt.schedule, tt.target, order, errs)
		}
		if most := 2 * p.Schedule.B.Eval(end) / math.Sqrt2; miss > most || tt.gain*miss > without {
			t.Errorf("%s/%s: %.3g from the flow, want at most %.3g, and the clock's %.3g over %v",
				tt.schedule, tt.target, miss, most, without, tt.gain)
		}
	}
}

// knowing is the exact field of a, told the time.
func knowing(a *exact.Blind) Eval {
	dim := a.Dim()
	return func(f []float64, q Query) error {
		for i := range q.N {
			c, err := a.Given(q.Y[i*dim:(i+1)*dim], q.T[i])
			if err != nil {
				return err
			}
			copy(f[i*dim:], c.Field)
		}
		return nil
	}
}

// apart is the distance between points.
func apart(x, y []float32) float64 {
	var sum float64
	for i, v := range x {
		sum += float64(v-y[i]) * float64(v-y[i])
	}
	return math.Sqrt(sum)
}

// A readout fitted to a field closes the loop as well as its posterior does: blind flow
// matching misses its points by less than half of what it misses them by with a clock.
func TestFittedReadoutCutsTheMiss(t *testing.T) {
	const dim, n = 16, 24
	p := custom(t, "linear", "velocity", uniform(0.001, 0.999))
	data := corners(dim)
	a := atoms(t, p, data)
	h := OnHost(blind(a), dim)
	r, err := readout.Fit(known(t, h, p, data, 1024))
	if err != nil {
		t.Fatal(err)
	}
	h.ReadBy(r)
	mean := func(s Spec) (miss float64) {
		got, err := Run(t.Context(), h, p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			_, far := nearest(data, got.X[i*dim:(i+1)*dim])
			miss += far / n
		}
		return miss
	}
	at := func(sampler string) Spec {
		return with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.End = sampler, n, n, 50, 0.005 })
	}
	open, closed, fitted := mean(at("euler")), mean(at("closed-loop")), r.Spread
	t.Logf("mean miss %.3g with a clock, %.3g in the loop, of a readout within %.3g", open, closed, fitted)
	if closed > open/2 {
		t.Errorf("the loop misses by %.3g, the clock by %.3g", closed, open)
	}
	// Until t̂ is below a tolerance: the points that are late go on, the others end.
	s := with(func(s *Spec) {
		s.Sampler, s.N, s.Batch, s.Steps, s.StopTime = "overtime", n, n, 50, 0.01
		s.Params = choice.Values{"overtime": 200}
	})
	got, err := Run(t.Context(), h, p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Stopped < n/2 || got.MeanNFE() > 150 {
		t.Errorf("%d of %d points are read to be below t = 0.01; evaluations %v", got.Stopped, n, got.NFE)
	}
	if over := mean(s); over > open/2 {
		t.Errorf("overtime misses by %.3g, the clock by %.3g", over, open)
	}
}

// known is pairs of known t: points of data, noised, and what h sees of them.
func known(t *testing.T, h *Host, p *field.Process, data exact.Mixture, n int) (pairs []readout.Pair) {
	q := Query{N: n, Label: make([]float64, n)}
	for i := range n {
		at := p.Prior.Quantile.Eval((float64(i) + .5) / float64(n))
		q.T = append(q.T, at)
		eps := start(99, i, h.Dim())
		for d, x := range data.Points[i%len(data.Points)] {
			q.Y = append(q.Y, p.Schedule.A.Eval(at)*x+p.Schedule.B.Eval(at)*float64(eps[d]))
		}
	}
	seen, err := Look(h, q, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range seen {
		pairs = append(pairs, readout.Pair{T: q.T[i], Scalars: s})
	}
	return pairs
}

// t̂ that nothing reads, and a t̂ that is none, are said.
func TestReadingFails(t *testing.T) {
	p := method(t, "fm")
	s := with(func(s *Spec) { s.Sampler, s.N, s.Batch = "closed-loop", 2, 2 })
	if _, err := Run(t.Context(), OnHost(Single(well), 2), p, s, nil); err == nil ||
		!strings.Contains(err.Error(), "nothing to read it with") {
		t.Errorf("no reader: %v", err)
	}
	h := OnHost(Single(well), 2)
	h.ReadPoints(func(t, y []float64) error { t[1] = math.NaN(); return nil })
	if _, err := Run(t.Context(), h, p, s, nil); !errors.Is(err, ErrNotFinite) ||
		!strings.Contains(err.Error(), "sample 1: t̂ = NaN") {
		t.Errorf("t̂ that is no number: %v", err)
	}
}

// ofPoint is a readout of the point alone, whatever its field.
type ofPoint struct{}

func (ofPoint) Time(s readout.Scalars) float64 { return s.UU / (1 + s.UU) }
