package emu

import (
	"math/rand/v2"
	"slices"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// A stream holds work that has not run. It runs when something has to wait for
// it: Synchronize, an event, another stream's Wait, Close.
type stream struct {
	id       driver.Stream
	queue    []*operation
	queueID  int
	clock    vector
	capture  *capture
	frontier []int // nodes the next captured work comes after
}

// newStream makes a stream with a queue of its own.
func (c *Context) newStream(id driver.Stream) *stream {
	s := &stream{id: id, queueID: c.queues}
	c.queues++
	return s
}

// NewStream makes a stream that does not wait for the default stream.
func (c *Context) NewStream() (driver.Stream, error) {
	if err := c.ready("NewStream"); err != nil {
		return 0, err
	}
	id := driver.Stream(c.handle())
	c.streams[id] = c.newStream(id)
	return id, nil
}

// FreeStream runs what is pending on s and frees it.
func (c *Context) FreeStream(s driver.Stream) error {
	q, err := c.stream("FreeStream", s)
	if err != nil {
		return err
	}
	if s == 0 || q.capture != nil {
		return fail(driver.InvalidHandle, "FreeStream", "stream %d cannot be freed now", s)
	}
	err = c.drain(q, nil)
	delete(c.streams, s)
	return err
}

// stream finds a stream for a call.
func (c *Context) stream(call string, s driver.Stream) (*stream, error) {
	if err := c.ready(call); err != nil {
		return nil, err
	}
	q := c.streams[s]
	if q == nil {
		return nil, fail(driver.InvalidHandle, call, "no stream %d", s)
	}
	return q, nil
}

// enqueue puts work on a stream, or into the graph it captures.
func (c *Context) enqueue(q *stream, o *operation) error {
	o.stream = q.id
	if q.capture != nil {
		q.capture.add(q, o)
		return nil
	}
	q.clock = q.clock.join(c.host).tick(q.queueID)
	o.queue, o.at, o.clock = q.queueID, q.clock[q.queueID], q.clock.clone()
	if o.prepare != nil {
		o.prepare(o)
	}
	q.queue = append(q.queue, o)
	coin := rand.New(rand.NewPCG(c.opt.Seed, c.next+o.at)).IntN(2) == 0
	if c.opt.Land == LandEarly || c.opt.Land == LandRandom && coin {
		c.early(q)
	}
	return nil
}

// early runs what it can without an error showing before a call that waits.
func (c *Context) early(q *stream) {
	if err := c.drain(q, nil); err != nil {
		q.queue = append(q.queue, &operation{what: "failed work", stream: q.id, clock: q.clock,
			run: func(*operation) error { return err }})
	}
}

// drain runs the work of a stream up to and including an operation, all of it
// for nil. An error of a kernel kills the context, as on a device.
func (c *Context) drain(q *stream, until *operation) error {
	if until != nil && until.done {
		return nil
	}
	for len(q.queue) > 0 {
		o := q.queue[0]
		q.queue = q.queue[1:]
		if o.after != nil && !o.after.done {
			if p := c.streams[o.after.stream]; p != nil {
				if err := c.drain(p, o.after); err != nil {
					return err
				}
			}
		}
		o.done = true
		if o.run != nil {
			if err := o.run(o); err != nil {
				c.dead = err
				return err
			}
		}
		if o == until {
			break
		}
	}
	if len(q.queue) == 0 {
		q.queue = nil
	}
	return nil
}

// Synchronize runs everything enqueued on s and what it waits for.
func (c *Context) Synchronize(s driver.Stream) error {
	q, err := c.stream("Synchronize", s)
	if err != nil {
		return err
	}
	if q.capture != nil {
		q.capture.spoilt = true
		return fail(captureUnsupported, "Synchronize", "stream %d captures", s)
	}
	if err := c.drain(q, nil); err != nil {
		return err
	}
	c.host = c.host.join(q.clock)
	c.pending = slices.DeleteFunc(c.pending, func(o *operation) bool { return o.done })
	c.settle()
	return nil
}

// Wait makes later work on s come after what e recorded.
func (c *Context) Wait(s driver.Stream, e driver.Event) error {
	q, err := c.stream("Wait", s)
	if err != nil {
		return err
	}
	ev, err := c.event("Wait", e)
	if err != nil {
		return err
	}
	switch {
	case ev.capture != nil:
		return ev.capture.wait(q, ev)
	case q.capture != nil && ev.record != nil:
		return fail(captureIsolation, "Wait", "event %d was recorded outside the capture of stream %d", e, s)
	case ev.record == nil:
		return nil // never recorded: nothing to wait for
	}
	q.clock = q.clock.join(ev.record.clock)
	return c.enqueue(q, &operation{what: "a wait", after: ev.record})
}

// pendingHost returns work not yet run whose host memory overlaps n bytes at b.
func (c *Context) pendingHost(b []byte, n int) *operation {
	if len(b) == 0 {
		return nil
	}
	at := uintptr(unsafe.Pointer(&b[0]))
	for _, o := range c.pending {
		if o.done || len(o.host) == 0 {
			continue
		}
		p := uintptr(unsafe.Pointer(&o.host[0]))
		if at < p+uintptr(len(o.host)) && p < at+uintptr(n) {
			return o
		}
	}
	return nil
}

// An event is a point in a stream's work.
type event struct {
	record   *operation
	capture  *capture
	frontier []int
	ms       float64
}

// event finds an event for a call.
func (c *Context) event(call string, e driver.Event) (*event, error) {
	if err := c.ready(call); err != nil {
		return nil, err
	}
	ev := c.events[e]
	if ev == nil {
		return nil, fail(driver.InvalidHandle, call, "no event %d", e)
	}
	return ev, nil
}

// NewEvent makes an event that has not been recorded.
func (c *Context) NewEvent() (driver.Event, error) {
	if err := c.ready("NewEvent"); err != nil {
		return 0, err
	}
	id := driver.Event(c.handle())
	c.events[id] = &event{}
	return id, nil
}

// FreeEvent frees e; work that waits for it still does.
func (c *Context) FreeEvent(e driver.Event) error {
	if _, err := c.event("FreeEvent", e); err != nil {
		return err
	}
	delete(c.events, e)
	return nil
}

// Record puts e behind the work enqueued on s so far.
func (c *Context) Record(e driver.Event, s driver.Stream) error {
	q, err := c.stream("Record", s)
	if err != nil {
		return err
	}
	ev, err := c.event("Record", e)
	if err != nil {
		return err
	}
	ev.capture, ev.record = nil, nil
	if q.capture != nil {
		ev.capture, ev.frontier = q.capture, slices.Clone(q.frontier)
		return nil
	}
	o := &operation{what: "a record", run: func(*operation) error {
		ev.ms = c.milliseconds()
		return nil
	}}
	ev.record = o
	return c.enqueue(q, o)
}

// SynchronizeEvent runs the work that e recorded.
func (c *Context) SynchronizeEvent(e driver.Event) error {
	ev, err := c.event("SynchronizeEvent", e)
	if err != nil {
		return err
	}
	if ev.capture != nil {
		ev.capture.spoilt = true
		return fail(captureUnsupported, "SynchronizeEvent", "event %d was captured", e)
	}
	if ev.record == nil {
		return nil
	}
	if q := c.streams[ev.record.stream]; q != nil {
		if err := c.drain(q, ev.record); err != nil {
			return err
		}
	}
	c.host = c.host.join(ev.record.clock)
	c.pending = slices.DeleteFunc(c.pending, func(o *operation) bool { return o.done })
	c.settle()
	return nil
}

// Elapsed returns the milliseconds between two records, by the clock of the
// machine that emulates: it says nothing about a GPU.
func (c *Context) Elapsed(start, end driver.Event) (float64, error) {
	a, err := c.event("Elapsed", start)
	if err != nil {
		return 0, err
	}
	b, err := c.event("Elapsed", end)
	if err != nil {
		return 0, err
	}
	for i, e := range []*event{a, b} {
		id := [2]driver.Event{start, end}[i]
		if e.record == nil {
			return 0, fail(driver.InvalidHandle, "Elapsed", "event %d was never recorded", id)
		}
		if !e.record.done {
			return 0, fail(driver.NotReady, "Elapsed", "event %d has not completed", id)
		}
	}
	return b.ms - a.ms, nil
}
