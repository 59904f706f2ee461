package emu

import (
	"sort"

	"github.com/stillfield/stillfield/cuda/driver"
)

// A vector clock says how much of each queue — a stream, or a branch of a graph
// launch — something is ordered after.
type vector []uint64

// join makes v at least u, entry by entry.
func (v vector) join(u vector) vector {
	for len(v) < len(u) {
		v = append(v, 0)
	}
	for i, x := range u {
		v[i] = max(v[i], x)
	}
	return v
}

// tick advances queue q.
func (v vector) tick(q int) vector {
	for len(v) <= q {
		v = append(v, 0)
	}
	v[q]++
	return v
}

// clone is a copy of v.
func (v vector) clone() vector { return append(vector(nil), v...) }

// An operation is one piece of work on a stream.
type operation struct {
	what    string // for findings: "kernel sgemm", "copy to device"
	stream  driver.Stream
	queue   int
	at      uint64 // its number in the queue
	clock   vector // what it is ordered after, itself included
	tag     uint32 // in shadow cells; 0 until it runs
	tags    uint32 // how many from tag on are its own
	done    bool
	run     func(o *operation) error
	prepare func(o *operation)       // when it is enqueued
	uses    func(a *allocation) bool // whether it names memory of a
	host    []byte                   // the host memory it reads or writes
	sum     uint64                   // of host, when it was enqueued
	watch   bool                     // sum is valid
	after   *operation               // of another stream, which must have run
	kernels int                      // launches in it
	fail    bool                     // injected
	bounds  *bounds                  // nil: all memory there is
}

// before says whether o is ordered before p.
func (o *operation) before(p *operation) bool {
	return o.queue < len(p.clock) && o.at <= p.clock[o.queue]
}

// stamp gives a starting operation n+1 tags for shadow cells and returns the
// first, and the tag below which all cells are of work ordered before it.
func (c *Context) stamp(o *operation, n uint64) (tag, safe uint32) {
	if uint64(c.nextTag)+n+2 > byAtomics {
		c.resetTags()
	}
	o.tag, o.tags = c.nextTag, uint32(n)+1
	c.nextTag += o.tags
	safe = o.tag
	for _, p := range c.history {
		if !p.before(o) {
			safe = p.tag
			break
		}
	}
	c.history = append(c.history, o)
	return o.tag, safe
}

// resetTags forgets who touched what, when the 31 bits of a tag run out.
func (c *Context) resetTags() {
	c.nextTag, c.history = 1, nil
	for _, a := range c.mem.table {
		if a != nil {
			clear(a.writers)
			clear(a.readers)
		}
	}
}

// operationOf returns the operation a tag belongs to and where its tags end; nil
// if it is so old that everything is ordered after it.
func (c *Context) operationOf(tag uint32) (o *operation, end uint32) {
	i := sort.Search(len(c.history), func(i int) bool { return c.history[i].tag > tag })
	if i == 0 {
		return nil, 0
	}
	if o = c.history[i-1]; tag-o.tag >= o.tags {
		return nil, 0 // of one forgotten since
	}
	return o, o.tag + o.tags
}

// settle forgets operations that everything from now on is ordered after.
func (c *Context) settle() {
	for _, s := range c.streams {
		if len(s.queue) > 0 {
			return
		}
	}
	keep := c.history[:0]
	for _, o := range c.history {
		if o.queue >= len(c.host) || o.at > c.host[o.queue] {
			keep = append(keep, o)
		}
	}
	clear(c.history[len(keep):])
	c.history = keep
}
