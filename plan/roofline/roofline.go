// Package roofline says how fast the steps of a plan could be on a machine at best: bounded by
// its arithmetic, and by the bandwidth of the level of memory that a step's data lie in.
//
// Where data lie follows from what was touched before them. A value that was read or written d
// bytes ago, itself included, is in every cache that holds d bytes; of one that was touched longer
// ago a cache of C bytes holds the share C/d at most. What a cache does not hold comes from the
// levels behind it:
//
//	T ≥ max(FLOP/peak, max over levels k of (bytes not held by the levels before k)/rate of k)
//
// Everything is on the side of the machine: levels transfer at the same time, caches keep what is
// touched again, workers find what they need in their own, and what a step writes stays in the
// cache where the step fits. So no step can be faster, as far as the rates are the machine's best.
package roofline

import (
	"context"
	"math"

	"github.com/stillfield/stillfield/plan"
)

// Level is one level of memory.
type Level struct {
	Name  string  `json:"name"`
	Bytes float64 `json:"bytes,omitempty"` // what it and the levels before it hold; 0 of the last: everything
	Rate  float64 `json:"bytes_per_second"`
}

// Ceilings are the best rates of a machine with all its workers.
type Ceilings struct {
	Products float64 `json:"products_flops"` // FLOP/s of contractions in the plan's precision
	Vector   float64 `json:"vector_flops"`   // FLOP/s of all else
	Levels   []Level `json:"levels"`         // the nearest to the processor first; at least one
}

// Raise makes the rates of c those of d, measured at another time on the same machine, where these are
// better: what else a machine does makes a measurement smaller and never larger.
func (c *Ceilings) Raise(d *Ceilings) {
	c.Products, c.Vector = max(c.Products, d.Products), max(c.Vector, d.Vector)
	for i := range c.Levels {
		c.Levels[i].Rate = max(c.Levels[i].Rate, d.Levels[i].Rate)
	}
}

// A Device that can measure its ceilings does so in well under a second.
type Device interface {
	Ceilings(ctx context.Context, p plan.Precision) (*Ceilings, error)
}

// A Bound is the least time of a launch and what sets it.
type Bound struct {
	Seconds float64
	By      string // "arithmetic", or the name of a level
}

// Bounds are those of the steps of p, run again and again. apart says which steps have a launch of
// their own: an epilogue that has none is part of the step before it, and its bound is 0.
func (c *Ceilings) Bounds(p *plan.Plan, apart func(s int) bool) []Bound {
	var r recency
	var bounds []Bound
	for range 2 { // the second run finds what the first has left
		bounds = make([]Bound, len(p.Steps))
		for s := 0; s < len(p.Steps); s++ {
			first := s
			l := load{products: 0}
			l.add(p, s)
			if p.Ended(s) && !apart(s+1) {
				s++
				l.add(p, s)
			}
			bounds[first] = c.bound(p, &l, &r)
		}
	}
	return bounds
}

// load is the work of one launch.
type load struct {
	products, vector float64 // FLOP
	reads, writes    []plan.Touch
}

func (l *load) add(p *plan.Plan, s int) {
	switch p.Steps[s].Op.Kind {
	case plan.MatMul, plan.Conv, plan.ConvData, plan.ConvFilter, plan.Attention, plan.AttentionGrad:
		l.products += p.FLOPs(s)
	default:
		l.vector += p.FLOPs(s)
	}
	reads, writes := p.Traffic(s)
	l.reads, l.writes = append(l.reads, reads...), append(l.writes, writes...)
}

// bound is the least time of a launch, which then is what was touched last.
func (c *Ceilings) bound(p *plan.Plan, l *load, r *recency) Bound {
	var parts []part
	total := 0.
	for _, t := range l.reads {
		parts = r.parts(parts, place(p, t.Value), t.Bytes)
		total += t.Bytes
	}
	for _, t := range l.writes {
		total += t.Bytes
	}
	for _, t := range l.writes {
		parts = append(parts, part{t.Bytes, total})
	}
	for _, ts := range [][]plan.Touch{l.reads, l.writes} {
		for _, t := range ts {
			r.touch(place(p, t.Value))
		}
	}
	b := Bound{max(l.products/c.Products, l.vector/c.Vector), "arithmetic"}
	held := 0. // by the levels before this one
	for _, level := range c.Levels {
		beyond := 0.
		for _, q := range parts {
			beyond += q.bytes * (1 - min(1, held/q.distance))
		}
		if t := beyond / level.Rate; t > b.Seconds {
			b = Bound{t, level.Name}
		}
		held = level.Bytes
	}
	return b
}

// part is so many bytes that were touched so many bytes ago, +Inf where they never were.
type part struct{ bytes, distance float64 }

// place is where value v lies: its bytes in the arena, or in a space of its own.
func place(p *plan.Plan, v int) span {
	q := &p.Values[v]
	base, offset := p.Root(v)
	b := &p.Values[base]
	s := span{space: base, from: offset * q.Storage.Bytes()}
	if b.Class == plan.Temporary {
		s.space, s.from = arena, 4*b.Offset+offset*q.Storage.Bytes()
	}
	s.to = s.from + q.Bytes()
	return s
}

// never is the distance of what was not touched yet.
var never = math.Inf(1)
