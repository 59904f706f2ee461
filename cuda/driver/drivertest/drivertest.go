// Package drivertest is the suite that every form of driver.Driver passes: the
// contract of the seam, as tests. Run(t, open) takes a driver through memory,
// modules, launches, streams, events, captured graphs and the errors of each,
// with a handful of kernels small enough to check by hand (kernels.ptx).
//
// It asks for nothing that a GPU does not promise: results are compared after a
// synchronisation and never before one, and sums are of small integers, which
// are exact in float32 whatever their order.
package drivertest

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

//go:embed kernels.ptx
var kernels []byte

// Run runs the suite on the drivers that open returns; it is called once for
// each test. There must be a device.
func Run(t *testing.T, open func() driver.Driver) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, driver.Driver)
	}{
		{"device", testDevice},
		{"alloc", onDevice(testAlloc)},
		{"out of memory", onDevice(testOutOfMemory)},
		{"copy", onDevice(testCopy)},
		{"copy on device", onDevice(testCopyOnDevice)},
		{"copy refused", onDevice(testCopyRefused)},
		{"fill", onDevice(testFill)},
		{"host memory", onDevice(testHostMemory)},
		{"load", onDevice(testLoad)},
		{"attributes", onDevice(testAttributes)},
		{"place", onDevice(testPlace)},
		{"axpy", onDevice(testAxpy)},
		{"block sum", onDevice(testBlockSum)},
		{"parameters", onDevice(testParameters)},
		{"dynamic shared", onDevice(testDynamicShared)},
		{"launch refused", onDevice(testLaunchRefused)},
		{"stream order", onDevice(testStreamOrder)},
		{"wait", onDevice(testWait)},
		{"events", onDevice(testEvents)},
		{"graph", onDevice(testGraph)},
		{"graph arguments", onDevice(testGraphArguments)},
		{"graph fork", onDevice(testGraphFork)},
		{"capture refused", onDevice(testCaptureRefused)},
		{"stale handles", onDevice(testStale)},
		{"stale work", onDevice(testStaleWork)},
		{"goroutines", testGoroutines},
		{"two contexts", testTwoContexts},
		{"close", testClose},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open()) })
	}
}

// onDevice makes a test of a context out of a test of a device that has been
// opened, and closes it afterwards.
func onDevice(test func(*testing.T, device)) func(*testing.T, driver.Driver) {
	return func(t *testing.T, d driver.Driver) {
		c := openDevice(t, d)
		test(t, c)
		c.clean()
		ok(t, "Close", c.Close())
	}
}

// device is a context whose lower-case methods must succeed, and which keeps
// what its others have made.
type device struct {
	driver.Context
	t    *testing.T
	d    driver.Driver
	live *tidy
}

func openDevice(t *testing.T, d driver.Driver) device {
	t.Helper()
	c, err := d.Open(0)
	ok(t, "Open(0)", err)
	return device{c, t, d, &tidy{free: make(map[any]func() error)}}
}

func ok(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// refused requires err to be a *driver.Error with code want (0 for any).
func refused(t *testing.T, what string, err error, want driver.Code) {
	t.Helper()
	var e *driver.Error
	switch {
	case err == nil && want == 0:
		t.Errorf("%s: no error, want one", what)
	case err == nil:
		t.Errorf("%s: no error, want one with code %d", what, want)
	case !errors.As(err, &e):
		t.Errorf("%s: %v is a %T, want a *driver.Error", what, err, err)
	case want != 0 && !errors.Is(err, want):
		t.Errorf("%s: %v, want code %d", what, err, want)
	case e.Call == "" || e.Reason == "":
		t.Errorf("%s: %+v lacks its call or its reason", what, *e)
	}
}

// alloc returns n bytes of device memory.
func (c device) alloc(n int) driver.Ptr {
	c.t.Helper()
	p, err := c.Alloc(uint64(n))
	ok(c.t, "Alloc", err)
	return p
}

func (c device) allocHost(n int) []byte {
	c.t.Helper()
	b, err := c.AllocHost(n)
	ok(c.t, "AllocHost", err)
	if len(b) != n {
		c.t.Fatalf("AllocHost(%d) returned %d bytes", n, len(b))
	}
	return b
}

// write copies b to device memory and waits.
func (c device) write(dst driver.Ptr, b []byte) {
	c.t.Helper()
	h := c.allocHost(len(b))
	copy(h, b)
	ok(c.t, "CopyToDevice", c.CopyToDevice(dst, h, 0))
	c.sync(0)
	ok(c.t, "FreeHost", c.FreeHost(h))
}

// read waits for the default stream and copies n bytes to the host.
func (c device) read(src driver.Ptr, n int) []byte {
	c.t.Helper()
	h := c.allocHost(n)
	ok(c.t, "CopyToHost", c.CopyToHost(h, src, 0))
	c.sync(0)
	b := append([]byte(nil), h...)
	ok(c.t, "FreeHost", c.FreeHost(h))
	return b
}

func (c device) sync(s driver.Stream) {
	c.t.Helper()
	ok(c.t, "Synchronize", c.Synchronize(s))
}

func (c device) stream() driver.Stream {
	c.t.Helper()
	s, err := c.NewStream()
	ok(c.t, "NewStream", err)
	return s
}

func (c device) event() driver.Event {
	c.t.Helper()
	e, err := c.NewEvent()
	ok(c.t, "NewEvent", err)
	return e
}

// load loads the suite's kernels.
func (c device) load() driver.Module {
	c.t.Helper()
	m, err := c.Load(kernels)
	ok(c.t, "Load", err)
	return m
}

func (c device) kernel(name string) driver.Function {
	c.t.Helper()
	f, err := c.Function(c.load(), name)
	ok(c.t, "Function "+name, err)
	return f
}

// launch enqueues f on blocks × threads.
func (c device) launch(f driver.Function, blocks, threads int, s driver.Stream, args ...uint64) {
	c.t.Helper()
	ok(c.t, "Launch", c.Launch(f, [3]uint32{uint32(blocks), 1, 1}, [3]uint32{uint32(threads), 1, 1}, 0, s,
		args))
}

// pattern is n bytes that differ from their neighbours.
func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7+i>>8) ^ seed
	}
	return b
}

func floats(xs ...float32) []byte {
	var b []byte
	for _, x := range xs {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func floatAt(b []byte, i int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
}

func word(x float32) uint64 { return uint64(math.Float32bits(x)) }
