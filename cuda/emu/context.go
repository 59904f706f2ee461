package emu

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Context is an emulated device. It implements driver.Context; Counts and
// Findings are its own.
type Context struct {
	opt        Options
	mem        *memory
	streams    map[driver.Stream]*stream
	events     map[driver.Event]*event
	modules    map[driver.Module]*loadedModule
	funcs      map[driver.Function]*kernel
	graphs     map[driver.Graph]*graph
	execs      map[driver.GraphExec]*graphExec
	pinned     map[*byte]int // page-locked memory and its size
	live       map[uint64]*allocation
	counts     map[string]*driver.Counts
	findings   []*Finding
	collecting sync.Mutex   // findings come from several goroutines with Options.Workers
	history    []*operation // executed, oldest first
	host       vector       // what the host has synchronised with
	next       uint64       // handle
	nextTag    uint32
	queues     int
	launches   int
	asked      uint64 // bytes of Alloc, ever
	dead       error  // set by a fault: every later call returns it
	closed     bool
	confined   *bounds      // of the next launch, copy or fill
	pending    []*operation // enqueued and not run, with host memory
	idle       map[blockShape][]*block
}

var _ driver.Context = (*Context)(nil)

// newContext opens an emulated device.
func newContext(o Options) *Context {
	c := &Context{
		opt: o, mem: newMemory(o.Memory, !o.Unchecked, o.Survey), next: 1, nextTag: 1,
		streams: map[driver.Stream]*stream{}, events: map[driver.Event]*event{},
		modules: map[driver.Module]*loadedModule{}, funcs: map[driver.Function]*kernel{},
		graphs: map[driver.Graph]*graph{}, execs: map[driver.GraphExec]*graphExec{},
		pinned: map[*byte]int{}, live: map[uint64]*allocation{}, counts: map[string]*driver.Counts{},
		idle: map[blockShape][]*block{},
	}
	c.streams[0] = c.newStream(0)
	return c
}

// handle is a number that no handle has had.
func (c *Context) handle() uint64 {
	c.next++
	return c.next
}

// fail makes the error of a call.
func fail(code driver.Code, call, format string, args ...any) error {
	return &driver.Error{Call: call, Code: code, Reason: fmt.Sprintf(format, args...)}
}

// ready says whether calls can be served.
func (c *Context) ready(call string) error {
	if c.closed {
		return fail(driver.NotInitialized, call, "the context is closed")
	}
	return c.dead
}

// Memory returns free and total bytes.
func (c *Context) Memory() (free, total uint64, err error) {
	if err := c.ready("Memory"); err != nil {
		return 0, 0, err
	}
	return c.mem.limit - c.mem.used, c.mem.limit, nil
}

// Alloc returns n bytes. Addresses are never used again; the memory is set to
// 0xff and counts as never written.
func (c *Context) Alloc(n uint64) (driver.Ptr, error) {
	call := fmt.Sprintf("Alloc %d bytes", n)
	if err := c.ready(call); err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, fail(driver.InvalidValue, call, "want at least one byte")
	}
	c.asked += n
	if c.opt.OutOfMemoryAfter > 0 && c.asked > c.opt.OutOfMemoryAfter {
		return 0, fail(driver.OutOfMemory, call, "out of memory: injected after %d bytes",
			c.opt.OutOfMemoryAfter)
	}
	a := c.mem.alloc(n)
	if a == nil {
		return 0, fail(driver.OutOfMemory, call, "out of memory: %d of %d bytes are free",
			c.mem.limit-c.mem.used, c.mem.limit)
	}
	c.live[a.start] = a
	return driver.Ptr(a.start), nil
}

// Free gives memory back. Work still pending that names the memory is a finding.
func (c *Context) Free(p driver.Ptr) error {
	call := fmt.Sprintf("Free %#x", uint64(p))
	if err := c.ready(call); err != nil {
		return err
	}
	a := c.live[uint64(p)]
	if a == nil {
		if t := c.mem.find(uint64(p)); t != nil && t.base == nil && t.start == uint64(p) {
			return c.found(DoubleFree, "%s was freed before", t.describe())
		}
		return fail(driver.InvalidValue, call, "not the start of an allocation")
	}
	var err error
	if o := c.pendingUse(a); o != nil && !c.opt.Unchecked {
		err = c.found(StreamOrder, "frees %s while %s on stream %d, which names it, is pending",
			a.describe(), o.what, o.stream)
	}
	delete(c.live, a.start)
	c.mem.free(a)
	return err
}

// pendingUse returns a pending operation that names memory of a.
func (c *Context) pendingUse(a *allocation) *operation {
	for _, id := range slices.Sorted(maps.Keys(c.streams)) {
		for _, o := range c.streams[id].queue {
			if o.uses != nil && o.uses(a) {
				return o
			}
		}
	}
	return nil
}

// AllocHost returns n bytes of page-locked memory.
func (c *Context) AllocHost(n int) ([]byte, error) {
	call := fmt.Sprintf("AllocHost %d bytes", n)
	if err := c.ready(call); err != nil {
		return nil, err
	}
	if n <= 0 {
		return nil, fail(driver.InvalidValue, call, "want at least one byte")
	}
	b := make([]uint64, (n+7)/8)
	s := unsafe.Slice((*byte)(unsafe.Pointer(&b[0])), n)
	c.pinned[&s[0]] = n
	return s, nil
}

// FreeHost gives page-locked memory back.
func (c *Context) FreeHost(b []byte) error {
	if err := c.ready("FreeHost"); err != nil {
		return err
	}
	if len(b) == 0 || c.pinned[&b[0]] == 0 {
		return fail(driver.InvalidValue, "FreeHost", "not memory of AllocHost, or freed before")
	}
	n := c.pinned[&b[0]]
	delete(c.pinned, &b[0])
	if o := c.pendingHost(b[:1], n); o != nil {
		return c.found(HostTouch, "frees host memory while %s on stream %d is pending", o.what, o.stream)
	}
	return nil
}

// isPinned says whether b lies in page-locked memory.
func (c *Context) isPinned(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	at := uintptr(unsafe.Pointer(&b[0]))
	for p, n := range c.pinned {
		start := uintptr(unsafe.Pointer(p))
		if at >= start && at+uintptr(len(b)) <= start+uintptr(n) {
			return true
		}
	}
	return false
}

// Close runs what is pending, then reports everything that was not given back,
// as findings of kind Leak joined in one error.
func (c *Context) Close() error {
	if c.closed {
		return fail(driver.NotInitialized, "Close", "the context is closed")
	}
	var errs []error
	if c.dead == nil {
		for _, id := range slices.Sorted(maps.Keys(c.streams)) {
			if c.streams[id].capture == nil {
				errs = append(errs, c.drain(c.streams[id], nil))
			}
		}
	}
	c.closed = true
	if c.dead == nil && !c.opt.Unchecked {
		errs = append(errs, c.leaks()...)
	}
	c.mem, c.live, c.streams, c.idle = nil, nil, nil, nil
	return errors.Join(errs...)
}

// leaks finds what has not been freed.
func (c *Context) leaks() (errs []error) {
	leak := func(n int, what string) {
		if n > 0 {
			errs = append(errs, c.found(Leak, "%d %s not freed at Close", n, what))
		}
	}
	for _, start := range slices.Sorted(maps.Keys(c.live)) {
		errs = append(errs, c.found(Leak, "%s was not freed at Close", c.live[start].describe()))
	}
	leak(len(c.modules), "modules")
	leak(len(c.streams)-1, "streams")
	leak(len(c.events), "events")
	leak(len(c.graphs), "captured graphs")
	leak(len(c.execs), "graphs")
	leak(len(c.pinned), "pieces of page-locked memory")
	return errs
}
