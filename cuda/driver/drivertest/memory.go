package drivertest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

func testDevice(t *testing.T, d driver.Driver) {
	if d.Name() == "" {
		t.Error("the driver has no name")
	}
	v, err := d.Version()
	ok(t, "Version", err)
	if v < 11000 {
		t.Errorf("Version() = %d, want at least 11000", v)
	}
	n, err := d.Devices()
	ok(t, "Devices", err)
	if n < 1 {
		t.Fatalf("Devices() = %d, want one to test", n)
	}
	p, err := d.Properties(0)
	ok(t, "Properties", err)
	if p.Name == "" || p.Memory == 0 || p.Major < 7 || p.Multiprocessors < 1 ||
		p.SharedPerBlockOptin < 48<<10 {
		t.Errorf("Properties(0) = %+v: want a name, memory, capability ≥ 7.0, multiprocessors and ≥ 48 KiB",
			p)
	}
	for _, k := range []int{-1, n, n + 1<<20} {
		_, err := d.Properties(k)
		refused(t, fmt.Sprintf("Properties(%d)", k), err, driver.InvalidDevice)
		_, err = d.Open(k)
		refused(t, fmt.Sprintf("Open(%d)", k), err, driver.InvalidDevice)
	}
}

func testAlloc(t *testing.T, c device) {
	type span struct{ from, to driver.Ptr }
	var spans []span
	for _, n := range []int{1, 2, 255, 256, 257, 4096, 1<<20 + 1} {
		p := c.alloc(n)
		if p == 0 || p%256 != 0 {
			t.Errorf("Alloc(%d) = %#x, want a multiple of 256 and not 0", n, p)
		}
		for _, s := range spans {
			if p < s.to && s.from < p+driver.Ptr(n) {
				t.Errorf("Alloc(%d) = %#x overlaps [%#x, %#x)", n, p, s.from, s.to)
			}
		}
		spans = append(spans, span{p, p + driver.Ptr(n)})
	}
	free, total, err := c.Memory()
	ok(t, "Memory", err)
	if total == 0 || free >= total {
		t.Errorf("Memory() = %d free of %d with memory in use", free, total)
	}
	for _, s := range spans {
		ok(t, "Free", c.Free(s.from))
	}
	_, err = c.Alloc(0)
	refused(t, "Alloc(0)", err, driver.InvalidValue)
}

func testOutOfMemory(t *testing.T, c device) {
	_, total, err := c.Memory()
	ok(t, "Memory", err)
	for _, n := range []uint64{total + 1, 16 * total} {
		_, err := c.Alloc(n)
		refused(t, fmt.Sprintf("Alloc(%d) of %d", n, total), err, driver.OutOfMemory)
	}
	p := c.alloc(1 << 16) // the context is still usable
	c.write(p, pattern(1<<16, 1))
	if !bytes.Equal(c.read(p, 1<<16), pattern(1<<16, 1)) {
		t.Error("memory holds something else after an allocation that failed")
	}
}

// copySizes are around the word, the vector, the warp, the page, and beyond.
var copySizes = []int{1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 127, 129, 255, 256, 257,
	4095, 4096, 4097, 1<<16 + 3, 1<<20 + 1}

func testCopy(t *testing.T, c device) {
	const guard = 32
	for _, n := range copySizes {
		for _, at := range []int{0, 1, 4, 13} {
			whole := n + at + guard
			p, back := c.alloc(whole), pattern(whole, 0xa5)
			c.write(p, back)
			h := c.allocHost(n + at)
			copy(h[at:], pattern(n, 0x3c))
			ok(t, "CopyToDevice", c.CopyToDevice(p+driver.Ptr(at), h[at:], 0))
			c.sync(0)
			copy(back[at:], pattern(n, 0x3c))
			if got := c.read(p, whole); !bytes.Equal(got, back) {
				t.Errorf("%d bytes to offset %d: %s", n, at, difference(got, back))
			}
			clear(h)
			ok(t, "CopyToHost", c.CopyToHost(h[at:], p+driver.Ptr(at), 0))
			c.sync(0)
			if !bytes.Equal(h[at:], pattern(n, 0x3c)) || !bytes.Equal(h[:at], make([]byte, at)) {
				t.Errorf("%d bytes from offset %d: %s", n, at, difference(h[at:], pattern(n, 0x3c)))
			}
			ok(t, "FreeHost", c.FreeHost(h))
			ok(t, "Free", c.Free(p))
		}
	}
	p, h := c.alloc(8), c.allocHost(8)
	ok(t, "CopyToDevice of nothing", c.CopyToDevice(p, h[:0], 0))
	ok(t, "CopyToHost of nothing", c.CopyToHost(h[:0], p, 0))
	ok(t, "CopyOnDevice of nothing", c.CopyOnDevice(p, p, 0, 0))
	ok(t, "Fill of nothing", c.Fill(p, 0, 0, 0))
	c.sync(0)
}

func difference(got, want []byte) string {
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return fmt.Sprintf("byte %d of %d differs", i, len(want))
		}
	}
	return "equal"
}

func testCopyOnDevice(t *testing.T, c device) {
	for _, n := range copySizes {
		p, q := c.alloc(n+8), c.alloc(n+8)
		c.write(p, pattern(n+8, 0x11))
		c.write(q, pattern(n+8, 0x77))
		ok(t, "CopyOnDevice", c.CopyOnDevice(q+3, p+1, uint64(n), 0))
		want := pattern(n+8, 0x77)
		copy(want[3:3+n], pattern(n+8, 0x11)[1:])
		if got := c.read(q, n+8); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %s", n, difference(got, want))
		}
	}
}

func testCopyRefused(t *testing.T, c device) {
	p, h := c.alloc(64), c.allocHost(64)
	refused(t, "CopyToDevice to 0", c.CopyToDevice(0, h, 0), driver.InvalidValue)
	refused(t, "CopyToHost from 0", c.CopyToHost(h, 0, 0), driver.InvalidValue)
	refused(t, "CopyOnDevice to 0", c.CopyOnDevice(0, p, 64, 0), driver.InvalidValue)
	refused(t, "Fill at 0", c.Fill(0, 1, 16, 0), driver.InvalidValue)
	refused(t, "Fill across words", c.Fill(p+1, 1, 1, 0), driver.InvalidValue)
	pageable := make([]byte, 64)
	refused(t, "CopyToDevice from pageable memory", c.CopyToDevice(p, pageable, 0), driver.InvalidValue)
	refused(t, "CopyToHost to pageable memory", c.CopyToHost(pageable, p, 0), driver.InvalidValue)
	c.write(p, pattern(64, 9)) // the context is still usable
	if !bytes.Equal(c.read(p, 64), pattern(64, 9)) {
		t.Error("memory holds something else after copies that were refused")
	}
}

func testFill(t *testing.T, c device) {
	for _, n := range []int{1, 2, 31, 32, 33, 127, 1023, 1<<18 + 1} {
		p := c.alloc(4 * (n + 2))
		want := pattern(4*(n+2), 0x5a)
		c.write(p, want)
		ok(t, "Fill", c.Fill(p+4, 0xdeadbeef, uint64(n), 0))
		for i := 1; i <= n; i++ {
			binary.LittleEndian.PutUint32(want[4*i:], 0xdeadbeef)
		}
		if got := c.read(p, len(want)); !bytes.Equal(got, want) {
			t.Errorf("Fill %d words: %s", n, difference(got, want))
		}
	}
}

func testHostMemory(t *testing.T, c device) {
	for _, n := range []int{1, 3, 4096, 1<<20 + 5} {
		a, b := c.allocHost(n), c.allocHost(n)
		copy(a, pattern(n, 1))
		copy(b, pattern(n, 2))
		if !bytes.Equal(a, pattern(n, 1)) || !bytes.Equal(b, pattern(n, 2)) {
			t.Errorf("two allocations of %d bytes share memory", n)
		}
		ok(t, "FreeHost", c.FreeHost(a))
		ok(t, "FreeHost", c.FreeHost(b))
	}
	for _, n := range []int{0, -1} {
		_, err := c.AllocHost(n)
		refused(t, fmt.Sprintf("AllocHost(%d)", n), err, driver.InvalidValue)
	}
}
