package emu

import (
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
)

// An engine that places many tensors in one allocation hides their ends and their lifetimes from the
// checks. Confine tells the emulator about them, launch by launch.

// bounds are what one launch, copy or fill is confined to.
type bounds struct {
	reads, writes, fresh []extent // reads include writes
}

// extent is a driver.Span with its end.
type extent struct {
	a            *allocation
	lo, hi       uint64
	bytes, pitch uint64 // of a row, and from one to the next
	name         string
}

// Confine implements driver.Confiner. It sets what is fresh to 0xff when the launch starts.
func (c *Context) Confine(reads, writes, fresh []driver.Span) error {
	if err := c.ready("Confine"); err != nil || c.opt.Unchecked {
		return err
	}
	b := &bounds{}
	for _, list := range []struct {
		to    *[]extent
		spans []driver.Span
	}{{&b.writes, writes}, {&b.reads, reads}, {&b.fresh, fresh}} {
		for _, s := range list.spans {
			e, err := c.extent(s)
			if err != nil {
				return err
			}
			if e.bytes > 0 {
				*list.to = append(*list.to, e)
			}
		}
	}
	b.reads = append(b.reads, b.writes...)
	c.confined = b
	return nil
}

// extent checks a span and finds the allocation it lies in.
func (c *Context) extent(s driver.Span) (extent, error) {
	call := "Confine " + s.Name
	rows := uint64(max(s.Rows, 1))
	if rows > 1 && (s.Pitch < s.Bytes || s.Pitch > lastAddress/rows) {
		return extent{}, fail(driver.InvalidValue, call, "%d rows of %d bytes, %d apart", rows, s.Bytes,
			s.Pitch)
	}
	n := (rows-1)*s.Pitch + s.Bytes
	at, err := c.span(call, s.Ptr, n)
	if err != nil {
		return extent{}, err
	}
	e := extent{a: at.a, lo: uint64(s.Ptr), hi: uint64(s.Ptr) + n, bytes: n, pitch: max(n, 1), name: s.Name}
	if rows > 1 {
		e.bytes, e.pitch = s.Bytes, s.Pitch
	}
	return e, nil
}

// takeConfined returns what Confine said of the work that is being enqueued.
func (c *Context) takeConfined() *bounds {
	b := c.confined
	c.confined = nil
	return b
}

// holds says whether e contains lo up to hi.
func (e *extent) holds(lo, hi uint64) bool {
	return lo >= e.lo && hi <= e.hi && (e.bytes == e.hi-e.lo || (lo-e.lo)%e.pitch+(hi-lo) <= e.bytes)
}

// inAny says whether one of list contains lo up to hi.
func inAny(list []extent, lo, hi uint64) bool {
	for i := range list {
		if list[i].holds(lo, hi) {
			return true
		}
	}
	return false
}

// list is what may be read or written.
func (b *bounds) list(write bool) []extent {
	if write {
		return b.writes
	}
	return b.reads
}

// allows says whether all n bytes from addr on may be accessed, by one access.
// Memory of a module's variables is not confined.
func (b *bounds) allows(a *allocation, addr, n uint64, write bool) bool {
	return b == nil || a.module != 0 || inAny(b.list(write), addr, addr+n)
}

// allowed says whether the accesses of all lanes of the mask are.
func (w *warp) allowed(a *allocation, mask uint32, n uint64, write bool) bool {
	return w.l.bounds == nil || w.confined(a, mask, n, write)
}

// confined says whether the accesses of n bytes by the lanes of the mask are allowed, one by one where
// they are not within one operand.
func (w *warp) confined(a *allocation, mask uint32, n uint64, write bool) bool {
	b := w.l.bounds
	if b.allows(a, w.at.lo, w.at.hi+n-w.at.lo, write) {
		return true
	}
	list := b.list(write)
	for i := range lanes { // over several operands, or rows of one
		if mask>>i&1 == 1 && !inAny(list, w.ea[i], w.ea[i]+n) {
			return false
		}
	}
	return true
}

// place says in which operand an address lies, or where in the allocation.
func (b *bounds) place(a *allocation, addr uint64) string {
	if b != nil {
		for i := range b.reads {
			if e := &b.reads[i]; e.holds(addr, addr+1) {
				return fmt.Sprintf("%d bytes into %s", addr-e.lo, e.name)
			}
		}
	}
	return place(a, addr)
}

// outside says where an access that is not allowed lies.
func (b *bounds) outside(addr, n uint64, write bool) string {
	list := b.list(write)
	if inAny(b.reads, addr, addr+n) {
		return b.place(nil, addr) + ", which it may only read"
	}
	best, least := -1, ^uint64(0)
	for i := range list {
		e := &list[i]
		d := uint64(0)
		if addr < e.lo {
			d = e.lo - addr
		} else if addr >= e.hi {
			d = addr - e.hi + 1
		}
		if d < least {
			best, least = i, d
		}
	}
	if best < 0 {
		return "outside its operands: it has none"
	}
	switch e := &list[best]; {
	case addr >= e.hi:
		return fmt.Sprintf("outside its operands, %d bytes past the end of %s of %d bytes",
			addr-e.hi, e.name, e.hi-e.lo)
	case addr < e.lo:
		return fmt.Sprintf("outside its operands, %d bytes before %s of %d bytes", e.lo-addr, e.name,
			e.hi-e.lo)
	case (addr-e.lo)%e.pitch >= e.bytes:
		return fmt.Sprintf("outside its operands, %d bytes past the end of row %d of %s",
			(addr-e.lo)%e.pitch-e.bytes, (addr-e.lo)/e.pitch, e.name)
	default:
		return fmt.Sprintf("outside its operands: it begins %d bytes into %s and ends beyond", addr-e.lo,
			e.name)
	}
}

// begin makes what is fresh undefined.
func (b *bounds) begin() {
	if b == nil {
		return
	}
	for _, e := range b.fresh {
		for lo := e.lo; lo < e.hi && e.a.base != nil; lo += e.pitch {
			e.a.undefine(lo-e.a.start, e.bytes)
		}
	}
}

// confine checks a copy or fill by the driver.
func (c *Context) confine(o *operation, s span, write bool) error {
	verb := "reads"
	if write {
		verb = "writes"
	}
	addr := s.a.start + s.off
	if o.bounds.allows(s.a, addr, s.n, write) {
		return nil
	}
	return c.found(OutOfBounds, "%s on stream %d %s %d bytes at %#x, which is %s",
		o.what, o.stream, verb, s.n, addr, o.bounds.outside(addr, s.n, write))
}
