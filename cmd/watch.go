package cmd

import (
	"fmt"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/sample"
)

// drawWatch shows how far a draw has come: when it is told, and as time goes by, for a
// stage may take minutes.
type drawWatch struct {
	mu      sync.Mutex
	st      *progress
	kept, n int // samples that were there before, and in all
	begin   time.Time
	at      sample.Progress
	told    bool
	over    chan struct{}
	ended   sync.WaitGroup
}

// watchDraw watches a draw of n samples of which some were there before, until end.
func watchDraw(st *progress, kept, n int) *drawWatch {
	w := &drawWatch{st: st, kept: kept, n: n, begin: time.Now(), over: make(chan struct{})}
	every := 30 * time.Second
	if st.screen.rewrite && !st.json {
		every = time.Second
	}
	tick := time.NewTicker(every)
	w.ended.Go(func() {
		defer tick.Stop()
		w.beat(tick.C)
	})
	return w
}

// beat shows where the draw stands at every tick.
func (w *drawWatch) beat(ticks <-chan time.Time) {
	for {
		select {
		case <-w.over:
			return
		case now := <-ticks:
			w.tick(now)
		}
	}
}

func (w *drawWatch) tick(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.show(now)
}

// tell is for sample.Draw.
func (w *drawWatch) tell(p sample.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.told = p, true
	w.show(time.Now())
}

// end leaves the line as it is.
func (w *drawWatch) end() {
	close(w.over)
	w.ended.Wait()
	w.st.done()
}

func (w *drawWatch) show(now time.Time) {
	spent := now.Sub(w.begin)
	done := w.kept + w.at.Samples
	if !w.told {
		w.st.show(false, fmt.Sprintf("sampling %d/%d samples: the field is made ready, %s so far", done, w.n,
			spent.Round(time.Second)), "sampling", logrus.Fields{"samples": done, "of": w.n})
		return
	}
	remain := left(w.at.Bound-w.at.Evaluations, float64(w.at.Evaluations)/spent.Seconds())
	rate := float64(w.at.Samples) / spent.Seconds()
	text := fmt.Sprintf("sampling %d/%d samples  %d/%d evaluations", done, w.n, w.at.Evaluations, w.at.Bound)
	if w.at.Samples > 0 {
		text += fmt.Sprintf("  %.3g samples/s", rate)
	}
	w.st.show(done == w.n, fmt.Sprintf("%s  %s left", text, leftText(remain)), "sampling", logrus.Fields{
		"samples": done, "of": w.n, "evaluations": w.at.Evaluations, "at_most": w.at.Bound,
		"samples_per_second": rate, "seconds_left": remain.Seconds()})
}
