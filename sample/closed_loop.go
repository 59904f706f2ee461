package sample

import (
	"math"

	"github.com/stillfield/stillfield/choice"
)

var _ = add(choice.Entry[Method]{
	Name: "closed-loop", Example: "closed-loop:steps=50,stop_time=0.01",
	Paper: "after \"The geometry of noise\", arXiv 2602.18428, section 6: gains at the noise level that the" +
		" point is read to have",
	About: "ddim by t̂ of each point and not by the clock: what is late or early is made up for; steps + 1" +
		" evaluations",
	Params: []choice.Param{readouts, stopTime, stop, end, grid, clean},
	Make: Method{Registers: 2, Order: 1, Clock: true, Adaptive: true, Reads: true, Refuses: ofStep,
		Path: closedLoop},
})

// closedLoop follows u̇ = μ(t̂)u + ν(t̂)f(u) by the exact step from the time t̂ that the point
// is read to have, and not from that at which the clock would have it, to the next time t'
// of the grid:
//
//	u' = κ u + η f(u),   κ, η = field.Process.Step(t̂, t')
//
// So the point is where the grid says if t̂ is right, and what one step leaves of noise the
// next takes too. Times of the grid that a point has passed already are left out. Where t̂ is
// the clock this is ddim, of order 1. A field that is told the time is told t'.
//
// t̂ is known when f is, so a stage makes the move of the last field value and then asks:
//
//	y = κ s₀ + η s₁,   s₀ ← y,   s₁ ← f(y)
func closedLoop(r Recipe) func() Path {
	return func() Path {
		w := &looping{r: r}
		w.stage.Ask, w.stage.Set = make([]float64, 2), [][]float64{make([]float64, 3), {0, 0, 1}}
		w.Reset()
		return w
	}
}

// looping is the path of one point in a closed loop.
type looping struct {
	r     Recipe
	stage Stage
	next  int // time of the grid to go to
}

func (w *looping) Reset() { w.next = 0 }

func (w *looping) Err() error { return nil }

func (w *looping) Len() int { return len(w.r.Times) }

func (w *looping) Next(known []float64) (*Stage, bool) {
	times := w.r.Times
	kappa, eta := 1., 0.
	if w.next > 0 {
		seen := math.Min(known[2], w.r.Start)
		for w.next < len(times) && times[w.next] >= seen {
			w.next++
		}
		if w.next == len(times) {
			return nil, false
		}
		kappa, eta = w.r.Process.Step(seen, times[w.next])
	}
	w.stage.Step, w.stage.T = w.next, times[w.next]
	for _, row := range [][]float64{w.stage.Ask, w.stage.Set[0]} {
		row[0], row[1] = kappa, eta
	}
	w.next++
	return &w.stage, true
}
