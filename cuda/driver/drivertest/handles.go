package drivertest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// What has been freed, or never was, is refused; freeing is refused twice.
func testStale(t *testing.T, c device) {
	p := c.alloc(64)
	ok(t, "Free", c.Free(p))
	refused(t, "Free twice", c.Free(p), driver.InvalidValue)
	refused(t, "Free(0)", c.Free(0), driver.InvalidValue)
	refused(t, "Free in the middle", c.Free(c.alloc(1024)+256), driver.InvalidValue)

	h := c.allocHost(64)
	refused(t, "FreeHost in the middle", c.FreeHost(h[1:]), driver.InvalidValue)
	ok(t, "FreeHost", c.FreeHost(h))
	refused(t, "FreeHost twice", c.FreeHost(h), driver.InvalidValue)
	refused(t, "FreeHost of pageable memory", c.FreeHost(make([]byte, 64)), driver.InvalidValue)
	refused(t, "FreeHost(nil)", c.FreeHost(nil), driver.InvalidValue)

	s, e := c.stream(), c.event()
	ok(t, "FreeStream", c.FreeStream(s))
	ok(t, "FreeEvent", c.FreeEvent(e))
	for _, tt := range []struct {
		name string
		err  error
	}{
		{"FreeStream twice", c.FreeStream(s)},
		{"Synchronize", c.Synchronize(s)},
		{"Record on the stream", c.Record(c.event(), s)},
		{"Wait on the stream", c.Wait(s, c.event())},
		{"BeginCapture", c.BeginCapture(s)},
		{"FreeEvent twice", c.FreeEvent(e)},
		{"Record", c.Record(e, 0)},
		{"Wait", c.Wait(0, e)},
		{"SynchronizeEvent", c.SynchronizeEvent(e)},
		{"an unknown event", c.SynchronizeEvent(1 << 60)},
		{"an unknown stream", c.Synchronize(1 << 60)},
	} {
		refused(t, tt.name+" after it was freed", tt.err, driver.InvalidHandle)
	}
	_, err := c.Elapsed(e, c.event())
	refused(t, "Elapsed from a freed event", err, driver.InvalidHandle)
}

func testStaleWork(t *testing.T, c device) {
	m := c.load()
	f, err := c.Function(m, "place")
	ok(t, "Function", err)
	out := c.alloc(128)
	s, dead := c.stream(), c.stream()
	ok(t, "FreeStream", c.FreeStream(dead))
	one, args := [3]uint32{1, 1, 1}, []uint64{uint64(out)}
	refused(t, "Launch on a freed stream", c.Launch(f, one, one, 0, dead, args), driver.InvalidHandle)
	refused(t, "Fill on a freed stream", c.Fill(out, 0, 1, dead), driver.InvalidHandle)
	x := c.capture(s, func() { c.launch(f, 1, 32, s, args...) })
	refused(t, "LaunchGraph on a freed stream", c.LaunchGraph(x, dead), driver.InvalidHandle)
	ok(t, "FreeGraph", c.FreeGraph(x))
	refused(t, "FreeGraph twice", c.FreeGraph(x), driver.InvalidHandle)
	refused(t, "LaunchGraph after FreeGraph", c.LaunchGraph(x, s), driver.InvalidHandle)

	ok(t, "Unload", c.Unload(m))
	refused(t, "Unload twice", c.Unload(m), driver.InvalidHandle)
	_, err = c.Function(m, "place")
	refused(t, "Function of an unloaded module", err, driver.InvalidHandle)
	_, err = c.FunctionAttribute(f, driver.Registers)
	refused(t, "FunctionAttribute of an unloaded function", err, driver.InvalidHandle)
	err = c.SetFunctionAttribute(f, driver.MaxDynamicSharedSize, 1024)
	refused(t, "SetFunctionAttribute of an unloaded function", err, driver.InvalidHandle)
	refused(t, "Launch of an unloaded function", c.Launch(f, one, one, 0, s, args), driver.InvalidHandle)
}

// A context belongs to no thread: goroutines take turns with one, and others
// work with their own meanwhile.
func testGoroutines(t *testing.T, d driver.Driver) {
	const workers, turns = 4, 8
	shared := openDevice(t, d)
	var turn sync.Mutex
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			own, err := d.Open(0)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			for k := range turns {
				seed := byte(w*turns + k)
				if err := roundTrip(own, seed); err != nil {
					t.Errorf("worker %d, turn %d, own context: %v", w, k, err)
				}
				turn.Lock()
				err := roundTrip(shared, seed)
				turn.Unlock()
				if err != nil {
					t.Errorf("worker %d, turn %d, shared context: %v", w, k, err)
				}
			}
			if err := own.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	wg.Wait()
	ok(t, "Close", shared.Close())
}

// roundTrip sends a few bytes to the device and back on a stream of its own.
func roundTrip(c driver.Context, seed byte) error {
	const n = 1000
	p, err := c.Alloc(n)
	if err != nil {
		return err
	}
	h, err := c.AllocHost(n)
	if err != nil {
		return err
	}
	s, err := c.NewStream()
	if err != nil {
		return err
	}
	copy(h, pattern(n, seed))
	for _, step := range []func() error{
		func() error { return c.CopyToDevice(p, h, s) },
		func() error { return c.Synchronize(s) },
		func() error { clear(h); return nil },
		func() error { return c.CopyToHost(h, p, s) },
		func() error { return c.Synchronize(s) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if !bytes.Equal(h, pattern(n, seed)) {
		return fmt.Errorf("what came back differs: %s", difference(h, pattern(n, seed)))
	}
	for _, err := range []error{c.FreeStream(s), c.FreeHost(h), c.Free(p)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Two contexts on one device are apart: closing one takes nothing from the other.
func testTwoContexts(t *testing.T, d driver.Driver) {
	a, b := openDevice(t, d), openDevice(t, d)
	pa, pb := a.alloc(256), b.alloc(256)
	a.write(pa, pattern(256, 1))
	b.write(pb, pattern(256, 2))
	a.clean()
	ok(t, "Close", a.Close())
	if !bytes.Equal(b.read(pb, 256), pattern(256, 2)) {
		t.Error("memory of one context changed when the other was closed")
	}
	b.clean()
	ok(t, "Close", b.Close())
}

// Close frees what is live, and may complain of it; afterwards everything is
// refused.
func testClose(t *testing.T, d driver.Driver) {
	first := openDevice(t, d)
	before, _, err := first.Memory()
	ok(t, "Memory", err)
	leak := openDevice(t, d)
	for range 4 {
		leak.alloc(8 << 20)
	}
	leak.allocHost(1 << 16)
	s := leak.stream()
	leak.event()
	f, out := leak.kernel("place"), leak.alloc(128)
	leak.capture(s, func() { leak.launch(f, 1, 32, s, uint64(out)) })
	if err := leak.Close(); err != nil {
		t.Logf("Close with everything live: %v", err)
	}
	after, _, err := first.Memory()
	ok(t, "Memory", err)
	if after+16<<20 < before {
		t.Errorf("%d bytes are still in use after Close", before-after)
	}
	_, err = leak.Alloc(1)
	refused(t, "Alloc after Close", err, 0)
	_, err = leak.NewStream()
	refused(t, "NewStream after Close", err, 0)
	one := [3]uint32{1, 1, 1}
	refused(t, "Launch after Close", leak.Launch(f, one, one, 0, 0, []uint64{uint64(out)}), 0)
	refused(t, "Synchronize after Close", leak.Synchronize(0), 0)
	ok(t, "Close", first.Close())
}
