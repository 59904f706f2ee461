package emu

import (
	"fmt"
	"hash/maphash"
	"time"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

var hostSeed = maphash.MakeSeed()

// hostPoison fills the destination of a copy to the host until it lands.
const hostPoison = 0xcb

// span is a checked range of device memory.
type span struct {
	a      *allocation
	off, n uint64
}

// span checks that n bytes at p lie in one live allocation.
func (c *Context) span(call string, p driver.Ptr, n uint64) (span, error) {
	a := c.mem.find(uint64(p))
	if a == nil || !a.holds(uint64(p), n) {
		return span{}, fail(driver.InvalidValue, call, "%d bytes at %#x: %s", n, uint64(p),
			place(a, uint64(p)))
	}
	return span{a, uint64(p) - a.start, n}, nil
}

// live checks, when the work runs, that the memory has not been freed since.
func (s span) live(o *operation) error {
	if s.a.base == nil {
		return &Finding{Kind: UseAfterFree, What: fmt.Sprintf("%s on stream %d: %s was freed before it ran",
			o.what, o.stream, s.a.describe())}
	}
	return nil
}

// bytes is the memory of s.
func (s span) bytes() []byte { return s.a.data[s.off : s.off+s.n] }

// unit is the largest power of two, up to 4, that divides the span.
func (s span) unit() uint64 {
	b := s.off | s.n | 4
	return b & -b
}

// touch notes an access of a whole span and checks it against the other streams.
func (c *Context) touch(o *operation, s span, safe uint32, write bool) error {
	if c.opt.Unchecked || s.n == 0 {
		return nil
	}
	a := s.a
	a.cells(s.unit())
	tag := o.tag + 1
	for k, end := s.off>>a.grain, (s.off+s.n-1)>>a.grain; k <= end; k++ {
		t := a.writers[k] &^ byAtomics
		if write {
			t = max(t, a.readers[k]&^byAtomics)
		}
		if t >= safe && t < o.tag {
			if p, _ := c.operationOf(t); p != nil && !p.before(o) {
				return c.found(StreamOrder,
					"%s on stream %d and %s on stream %d touch byte %d of %s and nothing orders the two",
					o.what, o.stream, p.what, p.stream, k<<a.grain, a.describe())
			}
		}
		if write {
			a.writers[k] = tag
		} else {
			a.readers[k] = tag
		}
	}
	return nil
}

// watchHost notes host memory of a copy and, if no other pending work shares
// it, its contents.
func (c *Context) watchHost(o *operation, poison bool) {
	if c.opt.Unchecked || len(o.host) == 0 {
		return
	}
	if c.pendingHost(o.host, len(o.host)) == nil {
		if poison {
			for i := range o.host {
				o.host[i] = hostPoison
			}
		}
		o.sum, o.watch = maphash.Bytes(hostSeed, o.host), true
	}
	c.pending = append(c.pending, o)
}

// hostUntouched reports host memory that changed while the copy was pending.
func (c *Context) hostUntouched(o *operation, what string) error {
	if !o.watch || maphash.Bytes(hostSeed, o.host) == o.sum {
		return nil
	}
	return c.found(HostTouch, "the host changed %s of %s on stream %d before it ran", what, o.what, o.stream)
}

// CopyToDevice enqueues a copy of src, which must be page-locked, and is read
// when the copy runs. A change of src before that is a finding.
func (c *Context) CopyToDevice(dst driver.Ptr, src []byte, s driver.Stream) error {
	call := fmt.Sprintf("CopyToDevice %d bytes", len(src))
	q, err := c.stream(call, s)
	if err != nil {
		return err
	}
	if !c.isPinned(src) {
		return fail(driver.InvalidValue, call, "the source is not page-locked: want memory of AllocHost")
	}
	to, err := c.span(call, dst, uint64(len(src)))
	if err != nil {
		return err
	}
	return c.enqueue(q, &operation{
		what: call, host: src,
		uses:    func(a *allocation) bool { return a == to.a },
		prepare: func(o *operation) { c.watchHost(o, false) },
		run: func(o *operation) error {
			if err := to.live(o); err != nil {
				return err
			}
			if err := c.hostUntouched(o, "the source"); err != nil {
				return err
			}
			_, safe := c.stamp(o, 1)
			copy(to.bytes(), src)
			if !c.opt.Unchecked {
				to.a.defineRange(to.off, to.n)
			}
			return c.touch(o, to, safe, true)
		},
	})
}

// CopyToHost enqueues a copy to dst, which must be page-locked. Until it runs
// dst holds a pattern, not what was there.
func (c *Context) CopyToHost(dst []byte, src driver.Ptr, s driver.Stream) error {
	call := fmt.Sprintf("CopyToHost %d bytes", len(dst))
	q, err := c.stream(call, s)
	if err != nil {
		return err
	}
	if !c.isPinned(dst) {
		return fail(driver.InvalidValue, call, "the destination is not page-locked: want memory of AllocHost")
	}
	from, err := c.span(call, src, uint64(len(dst)))
	if err != nil {
		return err
	}
	return c.enqueue(q, &operation{
		what: call, host: dst,
		uses:    func(a *allocation) bool { return a == from.a },
		prepare: func(o *operation) { c.watchHost(o, true) },
		run: func(o *operation) error {
			if err := from.live(o); err != nil {
				return err
			}
			if err := c.hostUntouched(o, "the destination"); err != nil {
				return err
			}
			_, safe := c.stamp(o, 1)
			copy(dst, from.bytes())
			if bad := from.a.undefinedIn(from.off, from.n); bad >= 0 {
				err := c.found(Uninitialised, "%s reads byte %d of %s, which was never written",
					o.what, bad, from.a.describe())
				if err != nil {
					return err
				}
			}
			return c.touch(o, from, safe, false)
		},
	})
}

// CopyOnDevice enqueues a copy of n bytes; the ranges must not overlap. Which
// bytes have been written is copied along.
func (c *Context) CopyOnDevice(dst, src driver.Ptr, n uint64, s driver.Stream) error {
	call := fmt.Sprintf("CopyOnDevice %d bytes", n)
	confined := c.takeConfined()
	q, err := c.stream(call, s)
	if err != nil {
		return err
	}
	to, err := c.span(call, dst, n)
	if err != nil {
		return err
	}
	from, err := c.span(call, src, n)
	if err != nil {
		return err
	}
	if to.a == from.a && to.off < from.off+n && from.off < to.off+n {
		return fail(driver.InvalidValue, call, "the ranges overlap by their bytes at %#x and %#x",
			uint64(dst), uint64(src))
	}
	if c.opt.Survey {
		return nil
	}
	return c.enqueue(q, &operation{
		what: call, bounds: confined,
		uses: func(a *allocation) bool { return a == to.a || a == from.a },
		run: func(o *operation) error {
			if err := to.live(o); err != nil {
				return err
			}
			if err := from.live(o); err != nil {
				return err
			}
			_, safe := c.stamp(o, 1)
			o.bounds.begin()
			if err := c.confine(o, from, false); err != nil {
				return err
			}
			if err := c.confine(o, to, true); err != nil {
				return err
			}
			copy(to.bytes(), from.bytes())
			if !c.opt.Unchecked {
				copyDefined(to.a, to.off, from.a, from.off, n)
			}
			if err := c.touch(o, from, safe, false); err != nil {
				return err
			}
			return c.touch(o, to, safe, true)
		},
	})
}

// Fill enqueues the setting of n words to v.
func (c *Context) Fill(dst driver.Ptr, v uint32, n uint64, s driver.Stream) error {
	call := fmt.Sprintf("Fill %d words", n)
	confined := c.takeConfined()
	q, err := c.stream(call, s)
	if err != nil {
		return err
	}
	if dst%4 != 0 || n > 1<<60 {
		return fail(driver.InvalidValue, call, "%d words at %#x: want a multiple of 4", n, uint64(dst))
	}
	to, err := c.span(call, dst, 4*n)
	if err != nil || c.opt.Survey {
		return err
	}
	return c.enqueue(q, &operation{
		what: call, bounds: confined,
		uses: func(a *allocation) bool { return a == to.a },
		run: func(o *operation) error {
			if err := to.live(o); err != nil || n == 0 {
				return err
			}
			_, safe := c.stamp(o, 1)
			o.bounds.begin()
			if err := c.confine(o, to, true); err != nil {
				return err
			}
			w := unsafe.Slice((*uint32)(unsafe.Pointer(&to.bytes()[0])), n)
			for i := range w {
				w[i] = v
			}
			if !c.opt.Unchecked {
				to.a.defineRange(to.off, to.n)
			}
			return c.touch(o, to, safe, true)
		},
	})
}

var started = time.Now()

func (c *Context) milliseconds() float64 { return float64(time.Since(started).Nanoseconds()) / 1e6 }
