package cuda

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// landings are the times at which a device may do what it was given.
var landings = []emu.Options{{}, {Land: emu.LandEarly}, {Land: emu.LandRandom, Seed: 1},
	{Land: emu.LandRandom, Seed: 2}}

// What is sent is what the runs before left, whenever the streams get to it: the
// runs after it, the writes and the copies of other names do not show.
func TestSend(t *testing.T) {
	const n = 100
	for _, o := range landings {
		d := open(t, emu.New(o))
		g := load(t, d, running(t, n))
		must(t, g.Write("acc", filled(n, 1000)))
		must(t, g.Write("x", filled(n, 1)))
		got := make([]float32, n)
		for k := range 5 {
			must(t, g.Run())
			must(t, g.Send("acc"))
			must(t, g.Send("y"))
			must(t, g.Write("x", filled(n, 1)))
			must(t, g.Run())
			must(t, g.Run())
			want := float32(1000 + 3*k + 1)
			for name, v := range map[string]float32{"acc": want, "y": 2 * want} {
				must(t, g.Receive(name, got))
				if !slices.Equal(got, filled(n, v)) {
					t.Errorf("%+v: round %d: %s was received as %v, want %v", o, k, name, got[0], v)
				}
			}
		}
		must(t, g.Send("acc"))
		must(t, g.Run())
		must(t, g.Close()) // before the copy has landed
		must(t, d.Close()) // which reports leaks
	}
}

// Receive waits for the runs before Send and for none after it: on a device that
// does everything as late as it may, those have not begun.
func TestReceiveLeavesRuns(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, running(t, 100))
	must(t, g.Write("x", filled(100, 1)))
	must(t, g.Run())
	must(t, g.Send("acc"))
	must(t, g.Run())
	must(t, g.Run())
	got := make([]float32, 100)
	must(t, g.Receive("acc", got))
	for _, c := range g.ctx.(*emu.Context).Counts() {
		if c.Launches != 1 {
			t.Errorf("%s has run %d times, want 1: the two runs later were waited for", c.Kernel, c.Launches)
		}
	}
	must(t, g.Close())
	must(t, d.Close())
}

// unsynchronised is a driver that forgets to wait: streams for events, or the host.
type unsynchronised struct {
	driver.Driver
	host bool
}

type unsynchronisedContext struct {
	driver.Context
	host, now bool
}

func (d unsynchronised) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return &unsynchronisedContext{Context: c, host: d.host}, err
}

func (c *unsynchronisedContext) Wait(s driver.Stream, e driver.Event) error {
	if c.now && !c.host {
		return nil
	}
	return c.Context.Wait(s, e)
}

func (c *unsynchronisedContext) SynchronizeEvent(e driver.Event) error {
	if c.now && c.host {
		return nil
	}
	return c.Context.SynchronizeEvent(e)
}

// Both waits of a copy are needed, that of the copying stream for the stage and
// that of the host for the copy: without either the emulator finds work that
// nothing orders, whichever comes first.
func TestSendUnordered(t *testing.T) {
	for _, host := range []bool{false, true} {
		for _, o := range landings[:2] {
			d := open(t, unsynchronised{emu.New(o), host})
			g := load(t, d, running(t, 100))
			must(t, g.Write("x", filled(100, 1)))
			c := g.ctx.(*unsynchronisedContext)
			got := make([]float32, 100)
			var err error
			for range 2 {
				must(t, g.Run())
				must(t, g.Read("acc", got)) // what was written has arrived: only the copy is at stake
				c.now = true
				err = errors.Join(err, g.Send("acc"), g.Receive("acc", got))
				c.now = false
				if err != nil {
					break
				}
			}
			err = errors.Join(err, g.Close())
			var f *emu.Finding
			if !errors.As(err, &f) || f.Kind != emu.StreamOrder && f.Kind != emu.Uninitialised {
				t.Errorf("host %v, %+v: %v, want a finding of the emulator", host, o, err)
			}
		}
	}
}

// Where there is no memory for the copy, Send says so, and everything else goes on.
func TestSendOutOfMemory(t *testing.T) {
	const n = 4096
	d := open(t, emu.New(emu.Options{OutOfMemoryAfter: 7*4*n + 8192})) // the plan and its constants, no copy
	g := load(t, d, running(t, n))
	must(t, g.Write("x", filled(n, 1)))
	must(t, g.Run())
	err := g.Send("acc")
	if !errors.Is(err, driver.OutOfMemory) || !strings.Contains(err.Error(), `cuda: Send: "acc": `) ||
		!strings.Contains(err.Error(), "16384 bytes") {
		t.Errorf("Send without memory: %v", err)
	}
	if err := g.Receive("acc", make([]float32, n)); err == nil {
		t.Error("Receive after a Send that failed: no error")
	}
	must(t, g.Run())
	got := make([]float32, n)
	must(t, g.Read("acc", got))
	if !slices.Equal(got, filled(n, 2)) {
		t.Errorf("acc = %v after two runs, want 2", got[0])
	}
	must(t, g.Close())
	must(t, d.Close())
}

// pinnedExhausted is a driver whose pinned memory is used up, for as long as full says so.
type pinnedExhausted struct {
	driver.Driver
	full *bool
}

type pinnedExhaustedContext struct {
	driver.Context
	full *bool
}

func (d pinnedExhausted) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return pinnedExhaustedContext{c, d.full}, err
}

func (c pinnedExhaustedContext) AllocHost(n int) ([]byte, error) {
	if *c.full {
		return nil, &driver.Error{Call: "AllocHost", Code: driver.OutOfMemory, Reason: "out of memory"}
	}
	return c.Context.AllocHost(n)
}

// A Send that fails half way takes no more memory when it is tried again.
func TestSendAgain(t *testing.T) {
	const n = 1 << 16
	full := false
	d := open(t, pinnedExhausted{emu.New(emu.Options{}), &full})
	g := load(t, d, running(t, n))
	must(t, g.Write("x", filled(n, 1)))
	must(t, g.Run())
	full = true
	var left [2]uint64
	for k := range left {
		if err := g.Send("acc"); !errors.Is(err, driver.OutOfMemory) {
			t.Errorf("Send without memory: %v", err)
		}
		var err error
		left[k], _, err = d.Memory()
		must(t, err)
	}
	if left[0] != left[1] {
		t.Errorf("%d bytes are free after a Send that failed, %d after two", left[0], left[1])
	}
	full = false
	must(t, g.Send("acc"))
	got := make([]float32, n)
	must(t, g.Receive("acc", got))
	if !slices.Equal(got, filled(n, 1)) {
		t.Errorf("acc = %v, want 1", got[0])
	}
	must(t, g.Close())
	must(t, d.Close())
}
