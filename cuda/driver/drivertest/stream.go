package drivertest

import (
	"bytes"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Work on one stream runs in order: y counts the launches between two copies.
func testStreamOrder(t *testing.T, c device) {
	const n, launches = 1 << 12, 50
	f := c.kernel("axpy")
	s := c.stream()
	px, py := c.alloc(4*n), c.alloc(4*n)
	in, out := c.allocHost(4*n), c.allocHost(4*n)
	copy(in, floats(make([]float32, n)...))
	ok(t, "Fill", c.Fill(px, uint32(word(1)), n, s))
	ok(t, "CopyToDevice", c.CopyToDevice(py, in, s))
	for range launches {
		c.launch(f, n/128, 128, s, uint64(py), uint64(px), word(1), n)
	}
	ok(t, "CopyToHost", c.CopyToHost(out, py, s))
	c.sync(s)
	for i := range n {
		if v := floatAt(out, i); v != launches {
			t.Fatalf("y[%d] = %v after %d launches", i, v, launches)
		}
	}
	ok(t, "FreeStream", c.FreeStream(s))
}

// A stream that waits for an event sees everything enqueued before it.
func testWait(t *testing.T, c device) {
	const n, launches = 1 << 12, 50
	f := c.kernel("axpy")
	s1, s2, e := c.stream(), c.stream(), c.event()
	px, py, pz := c.alloc(4*n), c.alloc(4*n), c.alloc(4*n)
	out := c.allocHost(4 * n)
	ok(t, "Wait for an event not recorded", c.Wait(s2, e))
	for round := range 3 {
		ok(t, "Fill", c.Fill(px, uint32(word(1)), n, s1))
		ok(t, "Fill", c.Fill(py, 0, n, s1))
		for range launches + round {
			c.launch(f, n/128, 128, s1, uint64(py), uint64(px), word(1), n)
		}
		ok(t, "Record", c.Record(e, s1))
		ok(t, "Wait", c.Wait(s2, e))
		ok(t, "CopyOnDevice", c.CopyOnDevice(pz, py, 4*n, s2))
		ok(t, "CopyToHost", c.CopyToHost(out, pz, s2))
		c.sync(s2)
		for i := range n {
			if v := floatAt(out, i); v != float32(launches+round) {
				t.Fatalf("round %d: z[%d] = %v, want %d", round, i, v, launches+round)
			}
		}
	}
	ok(t, "FreeStream", c.FreeStream(s1))
	ok(t, "FreeStream", c.FreeStream(s2))
	ok(t, "FreeEvent", c.FreeEvent(e))
}

func testEvents(t *testing.T, c device) {
	const n = 1 << 16
	s, start, end, never := c.stream(), c.event(), c.event(), c.event()
	p, h := c.alloc(n), c.allocHost(n)
	_, err := c.Elapsed(start, end)
	refused(t, "Elapsed of events not recorded", err, driver.InvalidHandle)
	ok(t, "SynchronizeEvent of an event not recorded", c.SynchronizeEvent(never))

	ok(t, "Record", c.Record(start, s))
	ok(t, "Fill", c.Fill(p, 0x01010101, n/4, s))
	ok(t, "CopyToHost", c.CopyToHost(h, p, s))
	ok(t, "Record", c.Record(end, s))
	ok(t, "SynchronizeEvent", c.SynchronizeEvent(end))
	if !bytes.Equal(h, bytes.Repeat([]byte{1}, n)) {
		t.Error("the copy before an event had not arrived when the event had")
	}
	ms, err := c.Elapsed(start, end)
	ok(t, "Elapsed", err)
	if !(ms >= 0 && ms < 60e3) {
		t.Errorf("Elapsed() = %v ms for a copy of %d bytes", ms, n)
	}
	_, err = c.Elapsed(start, never)
	refused(t, "Elapsed up to an event not recorded", err, driver.InvalidHandle)
}
