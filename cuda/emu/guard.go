package emu

import (
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
)

// An engine that places many tensors in one allocation hides their ends and
// their lifetimes from the checks. Guard and Undefine tell the emulator about
// them; on a real device there is nothing of the kind.

// guardTag in both cells of a grain is above every tag of a launch.
const guardTag = ^uint32(0)

// Guard makes n bytes at p a place that work must not touch, as if they were
// outside the allocation, until Unguard.
func (c *Context) Guard(p driver.Ptr, n uint64) error {
	return c.setGuard("Guard", p, n, guardTag)
}

// Unguard lifts Guard; the bytes count as never written.
func (c *Context) Unguard(p driver.Ptr, n uint64) error {
	if err := c.setGuard("Unguard", p, n, 0); err != nil {
		return err
	}
	return c.Undefine(p, n)
}

func (c *Context) setGuard(call string, p driver.Ptr, n uint64, tag uint32) error {
	call = fmt.Sprintf("%s %d bytes", call, n)
	if err := c.ready(call); err != nil {
		return err
	}
	s, err := c.span(call, p, n)
	if err != nil || c.opt.Unchecked || n == 0 {
		return err
	}
	s.a.cells(s.unit())
	for k, end := s.off>>s.a.grain, (s.off+n-1)>>s.a.grain; k <= end; k++ {
		s.a.writers[k], s.a.readers[k] = tag, tag
	}
	return nil
}

// Undefine makes n bytes at p count as never written, and sets them to 0xff: a
// tensor whose life is over.
func (c *Context) Undefine(p driver.Ptr, n uint64) error {
	call := fmt.Sprintf("Undefine %d bytes", n)
	if err := c.ready(call); err != nil {
		return err
	}
	s, err := c.span(call, p, n)
	if err != nil || c.opt.Unchecked {
		return err
	}
	for i := range s.bytes() {
		s.bytes()[i] = 0xff
	}
	s.a.unfull()
	for i := s.off; i < s.off+n; i++ {
		if i&63 == 0 && s.off+n-i >= 64 {
			s.a.init[i>>6] = 0
			i += 63
			continue
		}
		s.a.init[i>>6] &^= 1 << (i & 63)
	}
	return nil
}

// unit is the largest power of two, up to 4, that divides the span.
func (s span) unit() uint64 {
	b := s.off | s.n | 4
	return b & -b
}
