package cuda

import (
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// idle is a driver whose device does nothing: what is left is the host's part.
type idle struct{ driver.Driver }

type idleContext struct {
	driver.Context
	next uint64
}

func (d idle) Open(int) (driver.Context, error) { return &idleContext{}, nil }

func (c *idleContext) handle() uint64 { c.next += 1 << 30; return c.next }

func (c *idleContext) Close() error { return nil }

func (c *idleContext) Alloc(uint64) (driver.Ptr, error) {
	return driver.Ptr(c.handle()), nil
}

func (c *idleContext) Free(driver.Ptr) error                                { return nil }
func (c *idleContext) AllocHost(n int) ([]byte, error)                      { return make([]byte, n), nil }
func (c *idleContext) FreeHost([]byte) error                                { return nil }
func (c *idleContext) CopyToDevice(driver.Ptr, []byte, driver.Stream) error { return nil }
func (c *idleContext) CopyToHost([]byte, driver.Ptr, driver.Stream) error   { return nil }

func (c *idleContext) CopyOnDevice(_, _ driver.Ptr, _ uint64, _ driver.Stream) error {
	return nil
}

func (c *idleContext) Fill(driver.Ptr, uint32, uint64, driver.Stream) error { return nil }

func (c *idleContext) Load([]byte) (driver.Module, error) {
	return driver.Module(c.handle()), nil
}

func (c *idleContext) Unload(driver.Module) error { return nil }
func (c *idleContext) Function(driver.Module, string) (driver.Function, error) {
	return driver.Function(c.handle()), nil
}
func (c *idleContext) Launch(driver.Function, [3]uint32, [3]uint32, uint32, driver.Stream, []uint64) error {
	return nil
}
func (c *idleContext) NewStream() (driver.Stream, error)        { return driver.Stream(c.handle()), nil }
func (c *idleContext) FreeStream(driver.Stream) error           { return nil }
func (c *idleContext) Synchronize(driver.Stream) error          { return nil }
func (c *idleContext) Wait(driver.Stream, driver.Event) error   { return nil }
func (c *idleContext) NewEvent() (driver.Event, error)          { return driver.Event(c.handle()), nil }
func (c *idleContext) FreeEvent(driver.Event) error             { return nil }
func (c *idleContext) Record(driver.Event, driver.Stream) error { return nil }
func (c *idleContext) SynchronizeEvent(driver.Event) error      { return nil }
func (c *idleContext) BeginCapture(driver.Stream) error         { return nil }
func (c *idleContext) EndCapture(driver.Stream) (driver.Graph, error) {
	return driver.Graph(c.handle()), nil
}
func (c *idleContext) LaunchGraph(driver.GraphExec, driver.Stream) error { return nil }
func (c *idleContext) FreeGraph(driver.GraphExec) error                  { return nil }
func (c *idleContext) Instantiate(driver.Graph) (driver.GraphExec, error) {
	return driver.GraphExec(c.handle()), nil
}

// A step — write from a buffer and from other memory, run, send, receive, read —
// allocates nothing on the host.
func TestAllocs(t *testing.T) {
	d := open(t, idle{emu.New(emu.Options{})})
	g := load(t, d, running(t, 1000))
	x := make([]float32, 1000)
	buffer, err := g.Buffer("x")
	must(t, err)
	step := func() {
		must(t, g.Write("x", buffer))
		must(t, g.Write("x", x))
		must(t, g.Run())
		must(t, g.Send("acc"))
		must(t, g.Receive("acc", x))
		must(t, g.Read("y", x))
	}
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("a step allocates %v times, want 0", n)
	}
	must(t, g.Close())
	must(t, d.Close())
	var _ plan.Device = d
}
