package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// sweepWork tells how far a sweep has come, with the time that is left of the whole: cells take
// time as their samplers have steps.
type sweepWork struct {
	costs []float64 // of the cells; 0 of one that need not be computed
	begin time.Time
	spent float64 // of costs
	st    *progress
}

// done tells that cell i is computed.
func (w *sweepWork) done(i int) { w.spent += w.costs[i] }

// show hears how far cell i has come, of so many draws.
func (w *sweepWork) show(i, draws int) func(what string, done, of int) {
	if w.st == nil {
		w.st, w.begin = newProgress(), time.Now()
	}
	all := 0.
	for _, c := range w.costs {
		all += c
	}
	drawn := 0
	return func(what string, done, of int) {
		share := float64(drawn)
		if strings.HasPrefix(what, "sampling") {
			if share += float64(done) / float64(of); done == of {
				drawn++
			}
		}
		spent := w.spent + w.costs[i]*min(1, share/float64(draws))
		remain := left(int(all-spent), spent/time.Since(w.begin).Seconds())
		text := fmt.Sprintf("cell %d/%d  %s %d/%d  %s left in all", i+1, len(w.costs), what, done, of,
			leftText(remain))
		w.st.show(done == of, text, "sweep", logrus.Fields{"cell": i + 1, "cells": len(w.costs), "what": what,
			"done": done, "of": of, "seconds_left": remain.Seconds()})
	}
}
