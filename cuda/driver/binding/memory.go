package binding

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Alloc implements driver.Context.
func (c *Context) Alloc(n uint64) (driver.Ptr, error) {
	if err := c.enter("Alloc"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	p, r := c.calls.Alloc(n)
	if r != 0 {
		return 0, c.fail(r, "Alloc %d bytes", n)
	}
	c.live.add(memory, uint64(p), entry{})
	return p, nil
}

// Free implements driver.Context.
func (c *Context) Free(p driver.Ptr) error { return c.drop("Free", memory, uint64(p)) }

// AllocHost implements driver.Context.
func (c *Context) AllocHost(n int) ([]byte, error) {
	if n <= 0 {
		return nil, &driver.Error{Call: fmt.Sprintf("AllocHost %d bytes", n), Code: driver.InvalidValue,
			Reason: "the size must be positive"}
	}
	if err := c.enter("AllocHost"); err != nil {
		return nil, err
	}
	defer runtime.UnlockOSThread()
	p, r := c.calls.AllocHost(n)
	if r != 0 {
		return nil, c.fail(r, "AllocHost %d bytes", n)
	}
	c.live.add(host, uint64(uintptr(p)), entry{host: p, size: n})
	return unsafe.Slice((*byte)(p), n), nil
}

// FreeHost implements driver.Context; b must start where the allocation does.
func (c *Context) FreeHost(b []byte) error {
	return c.drop("FreeHost", host, uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))))
}

// CopyToDevice implements driver.Context.
func (c *Context) CopyToDevice(dst driver.Ptr, src []byte, s driver.Stream) error {
	if err := c.enterCopy("CopyToDevice", src, s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if len(src) == 0 {
		return nil
	}
	r := c.calls.CopyToDevice(dst, unsafe.Pointer(&src[0]), uint64(len(src)), s)
	if r != 0 {
		return c.fail(r, "CopyToDevice %d bytes to %#x", len(src), uint64(dst))
	}
	return nil
}

// CopyToHost implements driver.Context.
func (c *Context) CopyToHost(dst []byte, src driver.Ptr, s driver.Stream) error {
	if err := c.enterCopy("CopyToHost", dst, s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if len(dst) == 0 {
		return nil
	}
	r := c.calls.CopyToHost(unsafe.Pointer(&dst[0]), src, uint64(len(dst)), s)
	if r != 0 {
		return c.fail(r, "CopyToHost %d bytes from %#x", len(dst), uint64(src))
	}
	return nil
}

// enterCopy is enter for a copy with host memory. The copy is asynchronous, so
// memory that the collector may take away, or that the driver would have to
// stage, is refused.
func (c *Context) enterCopy(op string, b []byte, s driver.Stream) error {
	if err := c.enterOn(op, s); err != nil {
		return err
	}
	if len(b) > 0 && !c.live.pinned(b) {
		runtime.UnlockOSThread()
		return &driver.Error{Call: fmt.Sprintf("%s %d bytes", op, len(b)), Code: driver.InvalidValue,
			Reason: "the host memory is not from AllocHost"}
	}
	return nil
}

// enterOn is enter for work on stream s.
func (c *Context) enterOn(op string, s driver.Stream) error {
	if err := c.enter(op); err != nil {
		return err
	}
	if err := c.known(op, stream, uint64(s)); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	return nil
}

// CopyOnDevice implements driver.Context.
func (c *Context) CopyOnDevice(dst, src driver.Ptr, n uint64, s driver.Stream) error {
	if err := c.enterOn("CopyOnDevice", s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if n == 0 {
		return nil
	}
	if r := c.calls.CopyOnDevice(dst, src, n, s); r != 0 {
		return c.fail(r, "CopyOnDevice %d bytes from %#x to %#x", n, uint64(src), uint64(dst))
	}
	return nil
}

// Fill implements driver.Context.
func (c *Context) Fill(dst driver.Ptr, v uint32, n uint64, s driver.Stream) error {
	if err := c.enterOn("Fill", s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if n == 0 {
		return nil
	}
	if r := c.calls.Fill(dst, v, n, s); r != 0 {
		return c.fail(r, "Fill %d words at %#x", n, uint64(dst))
	}
	return nil
}
