package emu

import (
	"maps"
	"slices"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Codes of stream capture.
const (
	captureUnsupported driver.Code = 900
	captureInvalidated driver.Code = 901
	captureUnmatched   driver.Code = 903
	captureUnjoined    driver.Code = 904
	captureIsolation   driver.Code = 905
)

// A capture collects work of the stream it began on and of streams that waited
// for events recorded in it.
type capture struct {
	origin *stream
	nodes  []node
	joined []*stream // origin first
	spoilt bool      // something had to wait for work that is being captured
}

// node is captured work; it comes after its deps.
type node struct {
	op     operation
	branch int // the captured stream
	deps   []int
}

// add makes an operation enqueued on q a node, which depends on what q waits for.
func (cp *capture) add(q *stream, o *operation) {
	n := node{op: *o, branch: slices.Index(cp.joined, q), deps: slices.Clone(q.frontier)}
	cp.nodes = append(cp.nodes, n)
	q.frontier = []int{len(cp.nodes) - 1}
}

// wait orders a stream after an event of the capture, and takes it in if it
// does not capture yet.
func (cp *capture) wait(q *stream, e *event) error {
	switch q.capture {
	case cp:
	case nil:
		if len(q.queue) > 0 && q.id == 0 {
			return fail(captureUnsupported, "Wait", "the default stream cannot be captured")
		}
		q.capture, q.frontier = cp, nil
		cp.joined = append(cp.joined, q)
	default:
		return fail(captureIsolation, "Wait", "the event belongs to another capture")
	}
	for _, n := range e.frontier {
		if !slices.Contains(q.frontier, n) {
			q.frontier = append(q.frontier, n)
		}
	}
	return nil
}

// BeginCapture starts to capture s.
func (c *Context) BeginCapture(s driver.Stream) error {
	q, err := c.stream("BeginCapture", s)
	if err != nil {
		return err
	}
	if s == 0 || q.capture != nil {
		return fail(captureUnsupported, "BeginCapture", "stream %d cannot be captured now", s)
	}
	q.capture = &capture{origin: q, joined: []*stream{q}}
	q.frontier = nil
	return nil
}

// EndCapture ends it. Every stream taken in must have been joined: s has to
// have waited, directly or through others, for all work captured.
func (c *Context) EndCapture(s driver.Stream) (driver.Graph, error) {
	q, err := c.stream("EndCapture", s)
	if err != nil {
		return 0, err
	}
	cp := q.capture
	if cp == nil || cp.origin != q {
		return 0, fail(captureUnmatched, "EndCapture", "no capture began on stream %d", s)
	}
	frontier := q.frontier
	for _, j := range cp.joined {
		j.capture, j.frontier = nil, nil
	}
	if cp.spoilt {
		return 0, fail(captureInvalidated, "EndCapture", "stream %d was synchronised while it captured", s)
	}
	reached := map[int]bool{}
	for work := frontier; len(work) > 0; {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if !reached[n] {
			reached[n] = true
			work = append(slices.Clone(work), cp.nodes[n].deps...)
		}
	}
	if n := len(cp.nodes) - len(reached); n > 0 {
		return 0, fail(captureUnjoined, "EndCapture",
			"%d of %d captured operations were not joined to stream %d",
			n, len(cp.nodes), s)
	}
	g := driver.Graph(c.handle())
	c.graphs[g] = &graph{nodes: cp.nodes, branches: len(cp.joined)}
	return g, nil
}

// A graph is captured work.
type graph struct {
	nodes    []node
	branches int
}

// graphExec is a graph with a queue for each branch, so that the order of its
// branches can be told in vector clocks.
type graphExec struct {
	graph
	queues []int
	clocks []uint64
}

// Instantiate makes g ready to run and frees it.
func (c *Context) Instantiate(g driver.Graph) (driver.GraphExec, error) {
	if err := c.ready("Instantiate"); err != nil {
		return 0, err
	}
	gr := c.graphs[g]
	if gr == nil {
		return 0, fail(driver.InvalidHandle, "Instantiate", "no graph %d", g)
	}
	delete(c.graphs, g)
	x := &graphExec{graph: *gr}
	for range gr.branches {
		x.queues = append(x.queues, c.queues)
		x.clocks = append(x.clocks, 0)
		c.queues++
	}
	id := driver.GraphExec(c.handle())
	c.execs[id] = x
	return id, nil
}

// FreeGraph frees g.
func (c *Context) FreeGraph(g driver.GraphExec) error {
	if err := c.ready("FreeGraph"); err != nil {
		return err
	}
	if c.execs[g] == nil {
		return fail(driver.InvalidHandle, "FreeGraph", "no graph %d", g)
	}
	delete(c.execs, g)
	return nil
}

// LaunchGraph enqueues the captured work on s.
func (c *Context) LaunchGraph(g driver.GraphExec, s driver.Stream) error {
	q, err := c.stream("LaunchGraph", s)
	if err != nil {
		return err
	}
	x := c.execs[g]
	if x == nil {
		return fail(driver.InvalidHandle, "LaunchGraph", "no graph %d", g)
	}
	if q.capture != nil {
		return fail(captureUnsupported, "LaunchGraph", "stream %d captures", s)
	}
	base := q.clock.join(c.host).clone()
	q.clock = base.clone()
	ops := make([]*operation, len(x.nodes))
	for i := range x.nodes {
		n := &x.nodes[i]
		o := n.op
		o.stream, o.clock = s, base.clone()
		for _, d := range n.deps {
			o.clock = o.clock.join(ops[d].clock)
		}
		k := n.branch
		x.clocks[k]++
		o.queue, o.at = x.queues[k], x.clocks[k]
		for len(o.clock) <= o.queue {
			o.clock = append(o.clock, 0)
		}
		o.clock[o.queue] = o.at
		if o.kernels > 0 {
			if err := c.countLaunch(&o); err != nil {
				return err
			}
		}
		ops[i] = &o
		if o.prepare != nil {
			o.prepare(&o)
		}
		q.clock = q.clock.join(o.clock)
	}
	return c.enqueue(q, &operation{
		what: "a graph",
		run:  func(*operation) error { return c.runGraph(x.nodes, ops) },
		uses: func(a *allocation) bool {
			return slices.ContainsFunc(ops, func(o *operation) bool { return o.uses != nil && o.uses(a) })
		},
	})
}

// runGraph runs the nodes, of those whose deps are done the one the schedule picks.
func (c *Context) runGraph(nodes []node, ops []*operation) error {
	s := newScheduler(c.opt.Order, c.opt.Seed, uint64(len(nodes)))
	left := make(map[int]bool)
	for i := range nodes {
		left[i] = true
	}
	for len(left) > 0 {
		var ready []int
		for _, i := range slices.Sorted(maps.Keys(left)) {
			if !slices.ContainsFunc(nodes[i].deps, func(d int) bool { return left[d] }) {
				ready = append(ready, i)
			}
		}
		k := ready[s.pick(len(ready))]
		if s.how == Reverse {
			k = ready[len(ready)-1]
		}
		delete(left, k)
		ops[k].done = true
		if err := ops[k].run(ops[k]); err != nil {
			return err
		}
	}
	return nil
}
