package drivertest

import (
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// NoAllocs requires that the calls of a step — launches, copies, fills, events,
// graphs — leave no garbage on the Go heap. It is for the forms that call a
// driver; the emulator makes no such promise.
func NoAllocs(t *testing.T, d driver.Driver) {
	const n = 64
	if racing {
		t.Skip("the race detector makes pools allocate")
	}
	c := openDevice(t, d)
	f, s, e := c.kernel("axpy"), c.stream(), c.event()
	px, py, h := c.alloc(4*n), c.alloc(4*n), c.allocHost(4*n)
	grid, block := [3]uint32{1, 1, 1}, [3]uint32{n, 1, 1}
	args := []uint64{uint64(py), uint64(px), word(1), n}
	x := c.capture(s, func() { c.launch(f, 1, n, s, args...) })
	for _, tt := range []struct {
		name string
		call func() error
	}{
		{"CopyToDevice", func() error { return c.CopyToDevice(px, h, s) }},
		{"Fill", func() error { return c.Fill(py, 0, n, s) }},
		{"Launch", func() error { return c.Launch(f, grid, block, 0, s, args) }},
		{"CopyOnDevice", func() error { return c.CopyOnDevice(px, py, 4*n, s) }},
		{"CopyToHost", func() error { return c.CopyToHost(h, py, s) }},
		{"LaunchGraph", func() error { return c.LaunchGraph(x, s) }},
		{"Record", func() error { return c.Record(e, s) }},
		{"Wait", func() error { return c.Wait(s, e) }},
		{"Synchronize", func() error { return c.Synchronize(s) }},
	} {
		ok(t, tt.name, tt.call()) // the first call may
		if got := testing.AllocsPerRun(100, func() { ok(t, tt.name, tt.call()) }); got != 0 {
			t.Errorf("%s: %v allocations, want none", tt.name, got)
		}
	}
	c.clean()
	ok(t, "Close", c.Close())
}

// BenchmarkLaunch times what the host spends on a launch of a kernel with
// nothing to do: the call through every layer, not the work.
func BenchmarkLaunch(b *testing.B, d driver.Driver) {
	c, err := d.Open(0)
	if err != nil {
		b.Fatal(err)
	}
	m, err := c.Load(kernels)
	if err != nil {
		b.Fatal(err)
	}
	f, err := c.Function(m, "axpy")
	if err != nil {
		b.Fatal(err)
	}
	grid, block, args := [3]uint32{1, 1, 1}, [3]uint32{1, 1, 1}, make([]uint64, 4) // n = 0
	b.ReportAllocs()
	for k := 0; b.Loop(); k++ {
		if err := c.Launch(f, grid, block, 0, 0, args); err != nil {
			b.Fatal(err)
		}
		if k%256 == 255 { // a queue has an end
			if err := c.Synchronize(0); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
}
