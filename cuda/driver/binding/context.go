package binding

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// destroyed is CUDA_ERROR_CONTEXT_IS_DESTROYED, for calls after Close.
const destroyed driver.Code = 709

// Context is a driver.Context over Calls.
type Context struct {
	calls  Calls
	dev    int32
	ctx    uintptr
	closed bool
	live   *ledger
	params *params
}

var _ driver.Context = (*Context)(nil)

// enter locks the thread and makes the context current on it; unless it fails,
// the caller must runtime.UnlockOSThread.
func (c *Context) enter(op string) error {
	if c.closed {
		return &driver.Error{Call: op, Code: destroyed, Reason: "the context is closed"}
	}
	runtime.LockOSThread()
	if r := c.calls.SetCurrent(c.ctx); r != 0 {
		runtime.UnlockOSThread()
		return c.fail(r, "%s: make the context current", op)
	}
	return nil
}

// fail makes the error of a call, nil if the result is success.
func (c *Context) fail(r driver.Code, format string, args ...any) error {
	return fail(c.calls, r, format, args...)
}

// Memory implements driver.Context.
func (c *Context) Memory() (free, total uint64, err error) {
	if err := c.enter("Memory"); err != nil {
		return 0, 0, err
	}
	defer runtime.UnlockOSThread()
	free, total, r := c.calls.MemoryInfo()
	if r != 0 {
		return 0, 0, c.fail(r, "Memory")
	}
	return free, total, nil
}

// Close implements driver.Context. Streams are waited for, then everything
// that is still live is freed, users before what they use. The second call
// does nothing.
func (c *Context) Close() error {
	if c.closed {
		return nil
	}
	if err := c.enter("Close"); err != nil {
		return errors.Join(err, c.release())
	}
	defer runtime.UnlockOSThread()
	var first error // where one call fails for the device's fault, all do
	failed := 0
	note := func(r driver.Code, what string, h uint64) {
		if r != 0 {
			failed++
		}
		if failed == 1 && first == nil {
			first = c.fail(r, "Close: %s %#x", what, h)
		}
	}
	note(c.calls.Synchronize(0), "wait for stream", 0)
	for _, s := range c.live.handles(stream) {
		note(c.calls.Synchronize(driver.Stream(s)), "wait for stream", s)
	}
	for _, k := range []kind{exec, graph, event, stream, module, host, memory} {
		for _, h := range c.live.handles(k) {
			note(c.free(k, h), "free "+k.String(), h)
		}
	}
	note(c.calls.FreeHost(unsafe.Pointer(c.params)), "free parameters", 0)
	if failed > 1 {
		first = fmt.Errorf("%w, and %d calls more", first, failed-1)
	}
	return errors.Join(first, c.release())
}

// release gives the primary context back.
func (c *Context) release() error {
	c.closed = true
	if r := c.calls.Release(c.dev); r != 0 {
		return c.fail(r, "Close: release device %d", c.dev)
	}
	return nil
}

// free frees one handle of a kind.
func (c *Context) free(k kind, h uint64) driver.Code {
	switch k {
	case exec:
		return c.calls.FreeExec(driver.GraphExec(h))
	case graph:
		return c.calls.FreeGraph(driver.Graph(h))
	case event:
		return c.calls.FreeEvent(driver.Event(h))
	case stream:
		return c.calls.FreeStream(driver.Stream(h))
	case module:
		return c.calls.Unload(driver.Module(h))
	case host:
		return c.calls.FreeHost(c.live.address(h))
	default:
		return c.calls.Free(driver.Ptr(h))
	}
}

// drop frees h if the ledger has it, and forgets it whatever the driver says.
func (c *Context) drop(op string, k kind, h uint64) error {
	if err := c.enter(op); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if err := c.known(op, k, h); err != nil {
		return err
	}
	r := c.free(k, h)
	c.live.remove(k, h)
	if r != 0 {
		return c.fail(r, "%s %#x", op, h)
	}
	return nil
}

// known returns an error unless h is live. The default stream always is.
func (c *Context) known(op string, k kind, h uint64) error {
	if k == stream && h == 0 || c.live.has(k, h) {
		return nil
	}
	code := driver.InvalidHandle
	if k == memory || k == host {
		code = driver.InvalidValue
	}
	return &driver.Error{Call: op, Code: code,
		Reason: fmt.Sprintf("no %s %#x in this context", k, h)}
}
