package drivertest

import (
	"bytes"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// capture records what enqueue puts on s and makes it ready.
func (c device) capture(s driver.Stream, enqueue func()) driver.GraphExec {
	c.t.Helper()
	ok(c.t, "BeginCapture", c.BeginCapture(s))
	enqueue()
	g, err := c.EndCapture(s)
	ok(c.t, "EndCapture", err)
	x, err := c.Instantiate(g)
	ok(c.t, "Instantiate", err)
	return x
}

// A graph of copies, fills and launches does nothing while it is captured and
// everything, in order, each time it is launched, with what its host memory
// then holds.
func testGraph(t *testing.T, c device) {
	const n = 512
	f := c.kernel("axpy")
	s, other := c.stream(), c.stream()
	px, py, pz := c.alloc(4*n), c.alloc(4*n), c.alloc(4*n)
	in, out := c.allocHost(4*n), c.allocHost(4*n)
	c.write(py, floats(make([]float32, n)...))
	poison := bytes.Repeat([]byte{0xff}, 4*n)
	copy(out, poison)

	x := c.capture(s, func() {
		ok(t, "CopyToDevice", c.CopyToDevice(px, in, s))
		ok(t, "Fill", c.Fill(py, uint32(word(1)), n, s))
		c.launch(f, n/128, 128, s, uint64(py), uint64(px), word(2), n) // y = 1 + 2x
		ok(t, "CopyOnDevice", c.CopyOnDevice(pz, py, 4*n, s))
		c.launch(f, n/128, 128, s, uint64(pz), uint64(py), word(1), n) // z = 2 + 4x
		ok(t, "CopyToHost", c.CopyToHost(out, pz, s))
	})
	c.sync(s)
	if !bytes.Equal(out, poison) || !bytes.Equal(c.read(py, 4*n), make([]byte, 4*n)) {
		t.Fatal("work ran while it was captured")
	}
	for round := range 4 {
		xs := make([]float32, n)
		for i := range xs {
			xs[i] = float32(i + 1000*round)
		}
		copy(in, floats(xs...))
		copy(out, poison)
		on := s
		if round%2 == 1 {
			on = other
		}
		ok(t, "LaunchGraph", c.LaunchGraph(x, on))
		c.sync(on)
		for i := range n {
			if v, want := floatAt(out, i), 2+4*xs[i]; v != want {
				t.Fatalf("round %d: z[%d] = %v, want %v", round, i, v, want)
			}
		}
	}
	ok(t, "FreeGraph", c.FreeGraph(x))
}

// The arguments of a captured launch are those of the moment, and graphs
// launched one after another on a stream run in order.
func testGraphArguments(t *testing.T, c device) {
	const n, replays = 64, 20
	f := c.kernel("axpy")
	s := c.stream()
	px, py := c.alloc(4*n), c.alloc(4*n)
	args := make([]uint64, 4)
	one, block := [3]uint32{1, 1, 1}, [3]uint32{n, 1, 1}
	ok(t, "Fill", c.Fill(px, uint32(word(1)), n, s))
	ok(t, "Fill", c.Fill(py, 0, n, s))
	x := c.capture(s, func() {
		for k := range 3 {
			args[0], args[1], args[2], args[3] = uint64(py), uint64(px), word(float32(k+1)), n
			ok(t, "Launch", c.Launch(f, one, block, 0, s, args))
			clear(args)
		}
	})
	for range replays {
		ok(t, "LaunchGraph", c.LaunchGraph(x, s))
	}
	c.sync(s)
	got := c.read(py, 4*n)
	for i := range n {
		if v := floatAt(got, i); v != (1+2+3)*replays {
			t.Fatalf("y[%d] = %v after %d replays, want %d", i, v, replays, (1+2+3)*replays)
		}
	}
}

// A stream that waits for an event of the capture joins it; its work runs beside
// the first stream's, and before what follows its return.
func testGraphFork(t *testing.T, c device) {
	const n, replays = 256, 3
	f := c.kernel("axpy")
	s, side, fork, join := c.stream(), c.stream(), c.event(), c.event()
	one, y, z := c.alloc(4*n), c.alloc(4*n), c.alloc(4*n)
	ok(t, "Fill", c.Fill(one, uint32(word(1)), n, s))
	x := c.capture(s, func() {
		ok(t, "Fill", c.Fill(y, 0, n, s))
		ok(t, "Record", c.Record(fork, s))
		ok(t, "Wait", c.Wait(side, fork))
		ok(t, "Fill", c.Fill(z, uint32(word(5)), n, side))
		c.launch(f, 1, n, side, uint64(z), uint64(one), word(2), n) // z = 7
		c.launch(f, 1, n, s, uint64(y), uint64(one), word(3), n)    // y = 3
		ok(t, "Record", c.Record(join, side))
		ok(t, "Wait", c.Wait(s, join))
		c.launch(f, 1, n, s, uint64(y), uint64(z), word(1), n) // y = 10
	})
	for range replays {
		ok(t, "LaunchGraph", c.LaunchGraph(x, s))
	}
	c.sync(s)
	got := c.read(y, 4*n)
	for i := range n {
		if v := floatAt(got, i); v != 10 {
			t.Fatalf("y[%d] = %v, want 10", i, v)
		}
	}
	ok(t, "Fill on the stream that had joined", c.Fill(z, 0, n, side))
	c.sync(side)

	// One that does not come back spoils the capture.
	ok(t, "BeginCapture", c.BeginCapture(s))
	ok(t, "Record", c.Record(fork, s))
	ok(t, "Wait", c.Wait(side, fork))
	ok(t, "Fill", c.Fill(z, 0, n, side))
	_, err := c.EndCapture(s)
	refused(t, "EndCapture while another stream is out", err, 0)
	ok(t, "Fill after it", c.Fill(z, 0, n, side))
	c.sync(side)
}

func testCaptureRefused(t *testing.T, c device) {
	s, p := c.stream(), c.alloc(64)
	refused(t, "BeginCapture on the default stream", c.BeginCapture(0), 0)
	_, err := c.EndCapture(s)
	refused(t, "EndCapture without a beginning", err, 0)
	_, err = c.Instantiate(0)
	refused(t, "Instantiate of nothing", err, driver.InvalidHandle)

	// A stream that is captured cannot be waited for; the attempt spoils the capture.
	ok(t, "BeginCapture", c.BeginCapture(s))
	ok(t, "Fill", c.Fill(p, 1, 16, s))
	refused(t, "BeginCapture twice", c.BeginCapture(s), 0)
	refused(t, "Synchronize while capturing", c.Synchronize(s), 0)
	_, err = c.EndCapture(s)
	refused(t, "EndCapture of a spoilt capture", err, 0)

	ok(t, "Fill after a spoilt capture", c.Fill(p, 0x02020202, 16, s))
	c.sync(s)
	if !bytes.Equal(c.read(p, 64), bytes.Repeat([]byte{2}, 64)) {
		t.Error("the stream does not work after a spoilt capture")
	}
	// A graph is made ready once.
	ok(t, "BeginCapture", c.BeginCapture(s))
	ok(t, "Fill", c.Fill(p, 1, 16, s))
	g, err := c.EndCapture(s)
	ok(t, "EndCapture", err)
	_, err = c.Instantiate(g)
	ok(t, "Instantiate", err)
	_, err = c.Instantiate(g)
	refused(t, "Instantiate twice", err, driver.InvalidHandle)
}
