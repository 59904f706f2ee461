package drivertest

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// tidy keeps what a test has made and not yet freed, so that a driver that
// looks for leaks finds none but those of the test that is about them.
type tidy struct {
	made []any // handles, oldest first
	free map[any]func() error
}

func (l *tidy) add(h any, free func() error) {
	l.made = append(l.made, h)
	l.free[h] = free
}

// kept adds h unless it was not made, and returns err.
func kept[H comparable](c device, h H, err error, free func(H) error) error {
	if err == nil {
		c.live.add(h, func() error { return free(h) })
	}
	return err
}

// gone forgets h unless it could not be freed, and returns err.
func gone(c device, h any, err error) error {
	if err == nil {
		delete(c.live.free, h)
	}
	return err
}

// clean frees what is left, newest first.
func (c device) clean() {
	c.t.Helper()
	for len(c.live.made) > 0 {
		last := len(c.live.made) - 1
		h := c.live.made[last]
		c.live.made = c.live.made[:last]
		if free := c.live.free[h]; free != nil {
			ok(c.t, "free what the test has left", free())
			delete(c.live.free, h)
		}
	}
}

func (c device) Alloc(n uint64) (driver.Ptr, error) {
	p, err := c.Context.Alloc(n)
	return p, kept(c, p, err, c.Context.Free)
}

func (c device) Free(p driver.Ptr) error { return gone(c, p, c.Context.Free(p)) }

func (c device) AllocHost(n int) ([]byte, error) {
	b, err := c.Context.AllocHost(n)
	return b, kept(c, unsafe.SliceData(b), err, func(*byte) error { return c.Context.FreeHost(b) })
}

func (c device) FreeHost(b []byte) error {
	return gone(c, unsafe.SliceData(b), c.Context.FreeHost(b))
}

func (c device) Load(image []byte) (driver.Module, error) {
	m, err := c.Context.Load(image)
	return m, kept(c, m, err, c.Context.Unload)
}

func (c device) Unload(m driver.Module) error { return gone(c, m, c.Context.Unload(m)) }

func (c device) NewStream() (driver.Stream, error) {
	s, err := c.Context.NewStream()
	return s, kept(c, s, err, c.Context.FreeStream)
}

func (c device) FreeStream(s driver.Stream) error { return gone(c, s, c.Context.FreeStream(s)) }

func (c device) NewEvent() (driver.Event, error) {
	e, err := c.Context.NewEvent()
	return e, kept(c, e, err, c.Context.FreeEvent)
}

func (c device) FreeEvent(e driver.Event) error { return gone(c, e, c.Context.FreeEvent(e)) }

func (c device) Instantiate(g driver.Graph) (driver.GraphExec, error) {
	x, err := c.Context.Instantiate(g)
	return x, kept(c, x, err, c.Context.FreeGraph)
}

func (c device) FreeGraph(x driver.GraphExec) error { return gone(c, x, c.Context.FreeGraph(x)) }
