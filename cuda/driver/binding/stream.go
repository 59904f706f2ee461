package binding

import (
	"runtime"

	"github.com/stillfield/stillfield/cuda/driver"
)

// NewStream implements driver.Context. The stream has no implicit order with
// the default stream.
func (c *Context) NewStream() (driver.Stream, error) {
	if err := c.enter("NewStream"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	s, r := c.calls.NewStream()
	if r != 0 {
		return 0, c.fail(r, "NewStream")
	}
	c.live.add(stream, uint64(s), entry{})
	return s, nil
}

// FreeStream implements driver.Context. Work already enqueued still completes.
func (c *Context) FreeStream(s driver.Stream) error { return c.drop("FreeStream", stream, uint64(s)) }

// Synchronize implements driver.Context.
func (c *Context) Synchronize(s driver.Stream) error {
	if err := c.enterOn("Synchronize", s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if r := c.calls.Synchronize(s); r != 0 {
		return c.fail(r, "Synchronize")
	}
	return nil
}

// Wait implements driver.Context. An event that was never recorded counts as
// complete.
func (c *Context) Wait(s driver.Stream, e driver.Event) error {
	if err := c.enterEvent("Wait", e, s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if r := c.calls.Wait(s, e); r != 0 {
		return c.fail(r, "Wait")
	}
	return nil
}

// enterEvent is enter for a call with an event and a stream.
func (c *Context) enterEvent(op string, e driver.Event, s driver.Stream) error {
	if err := c.enterOn(op, s); err != nil {
		return err
	}
	if err := c.known(op, event, uint64(e)); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	return nil
}

// NewEvent implements driver.Context.
func (c *Context) NewEvent() (driver.Event, error) {
	if err := c.enter("NewEvent"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	e, r := c.calls.NewEvent()
	if r != 0 {
		return 0, c.fail(r, "NewEvent")
	}
	c.live.add(event, uint64(e), entry{})
	return e, nil
}

// FreeEvent implements driver.Context.
func (c *Context) FreeEvent(e driver.Event) error { return c.drop("FreeEvent", event, uint64(e)) }

// Record implements driver.Context.
func (c *Context) Record(e driver.Event, s driver.Stream) error {
	if err := c.enterEvent("Record", e, s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if r := c.calls.Record(e, s); r != 0 {
		return c.fail(r, "Record")
	}
	return nil
}

// SynchronizeEvent implements driver.Context.
func (c *Context) SynchronizeEvent(e driver.Event) error {
	if err := c.enterEvent("SynchronizeEvent", e, 0); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if r := c.calls.SynchronizeEvent(e); r != 0 {
		return c.fail(r, "SynchronizeEvent")
	}
	return nil
}

// Elapsed implements driver.Context.
func (c *Context) Elapsed(start, end driver.Event) (float64, error) {
	if err := c.enterEvent("Elapsed", start, 0); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("Elapsed", event, uint64(end)); err != nil {
		return 0, err
	}
	ms, r := c.calls.Elapsed(start, end)
	if r != 0 {
		return 0, c.fail(r, "Elapsed")
	}
	return float64(ms), nil
}
