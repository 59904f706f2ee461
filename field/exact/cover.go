package exact

import (
	"math"
	"slices"
)

const (
	// explained is how far the bound of a span may lie above its nodes: a narrow
	// peak between two nodes shows as a bound that no node explains.
	explained = 6
	// mostLeaves is where refinement gives up.
	mostLeaves = 1 << 13
	// leap is how far the log-weight in the middle of a span, times the span's width,
	// may lie above the largest there will be: a peak fills little of a wide span.
	leap = 25
)

// open is a span that may hold mass, with the components that may.
type open struct {
	sp           *span
	bound, least float64
	list         []int32
}

// slack is how far the log of the mass of all components on a span may lie above
// the bound of the span.
func (q *query) slack() float64 { return q.a.logMass + math.Log(float64(len(q.a.all))) }

// open bounds sp and lists the components of list that may matter there.
func (q *query) open(sp *span, list []int32, cut float64) open {
	floor := max(q.best, q.guess) - cut - q.slack()
	o := open{sp: sp, list: q.s.ints.take(len(list))}
	o.bound, o.least, o.list = q.sight.narrow(sp, list, floor, o.list[:0])
	m := sp.middle()
	if least := o.least + m.logPrior - leap; least > q.guess {
		q.guess = least
	}
	return o
}

// cover finds the spans that hold all of the posterior but exp(−cut) of it:
// best bound first, halving those whose bound their nodes do not explain.
func (q *query) cover(cut float64) ([]*leaf, error) {
	leaves, err := q.tryCover(cut)
	if err == nil && q.guess > q.best { // components may have been left out by a wrong guess
		q.guess = math.Inf(1)
		leaves, err = q.tryCover(cut)
	}
	return leaves, err
}

// tryCover is cover for the guess that q has. A guess of +Inf is none.
func (q *query) tryCover(cut float64) (leaves []*leaf, err error) {
	guessing := !math.IsInf(q.guess, 1)
	queue := q.s.queue[:0]
	leaves = q.s.covered[:0]
	defer func() { q.s.queue, q.s.covered = queue[:0], leaves[:0] }()
	push := func(sp *span, list []int32) {
		if !guessing {
			q.guess = math.Inf(-1)
		}
		o := q.open(sp, list, cut)
		if len(o.list) > 0 {
			queue = append(queue, o)
		}
	}
	for _, sp := range q.a.spans {
		push(sp, q.all)
	}
	for steps := 0; len(queue) > 0; steps++ {
		next := 0
		for i := range queue {
			if queue[i].bound > queue[next].bound {
				next = i
			}
		}
		o := queue[next]
		if math.IsInf(o.bound, -1) || o.bound+q.slack() < q.best-cut {
			break
		}
		queue = slices.Delete(queue, next, next+1)
		if steps > mostLeaves {
			return nil, q.unresolved(o.sp)
		}
		if o.bound-o.least <= 2*explained || !o.sp.halvable() {
			l := q.leaf(o.sp, o.list, cut)
			if o.bound-l.likely <= explained {
				leaves = append(leaves, l)
				q.best = max(q.best, l.top)
				continue
			}
			if !o.sp.halvable() {
				return nil, q.unresolved(o.sp)
			}
		}
		for _, h := range o.sp.halves(q.s) {
			push(h, o.list)
		}
	}
	if !guessing {
		q.guess = math.Inf(-1)
	}
	return leaves, nil
}
