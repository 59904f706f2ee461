package drivertest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

func testLoad(t *testing.T, c device) {
	m := c.load()
	for _, name := range []string{"axpy", "words", "block_sum", "reverse", "place"} {
		f, err := c.Function(m, name)
		ok(t, "Function "+name, err)
		if f == 0 {
			t.Errorf("Function(%q) is 0", name)
		}
	}
	for _, name := range []string{"", "axp", "axpy2", "AXPY", "axpy\x00"} {
		_, err := c.Function(m, name)
		refused(t, fmt.Sprintf("Function(%q)", name), err, driver.NotFound)
	}
	ok(t, "Unload", c.Unload(m))

	// The fault is in line 6, and the error says so.
	const broken = ".version 6.3\n.target sm_70\n.address_size 64\n" +
		".visible .entry k()\n{\n\tbogus.u32 %r1, 5;\n\tret;\n}\n"
	_, err := c.Load([]byte(broken))
	refused(t, "Load of a bogus instruction", err, driver.InvalidPTX)
	if err != nil && (!strings.Contains(err.Error(), "line 6") || strings.Contains(err.Error(), "\n")) {
		t.Errorf("Load of a bogus instruction: %v: want one line that names line 6", err)
	}
	for name, image := range map[string]string{
		"nothing":       "",
		"a word":        "hello",
		"half a kernel": string(kernels[:len(kernels)/2]),
	} {
		_, err := c.Load([]byte(image))
		refused(t, "Load of "+name, err, 0)
	}
	c.load() // the context is still usable
}

func testAttributes(t *testing.T, c device) {
	f := c.kernel("block_sum")
	get := func(a driver.FunctionAttribute) int {
		t.Helper()
		v, err := c.FunctionAttribute(f, a)
		ok(t, fmt.Sprintf("FunctionAttribute(%d)", a), err)
		return v
	}
	if v := get(driver.StaticSharedBytes); v != 1024 {
		t.Errorf("static shared memory of block_sum is %d bytes, want 1024", v)
	}
	if v := get(driver.MaxThreadsPerBlock); v < 256 || v > 1024 {
		t.Errorf("block_sum runs on up to %d threads, want 256 to 1024", v)
	}
	if v := get(driver.Registers); v < 1 || v > 255 {
		t.Errorf("block_sum uses %d registers, want 1 to 255", v)
	}
	if v := get(driver.LocalBytes); v != 0 {
		t.Errorf("block_sum uses %d bytes of local memory, want none", v)
	}
	p, err := c.d.Properties(0)
	ok(t, "Properties", err)
	most := p.SharedPerBlockOptin - 1024 // what the static memory leaves
	ok(t, "SetFunctionAttribute", c.SetFunctionAttribute(f, driver.MaxDynamicSharedSize, most))
	if v := get(driver.MaxDynamicSharedSize); v != most {
		t.Errorf("dynamic shared memory is limited to %d bytes, was set to %d", v, most)
	}
	err = c.SetFunctionAttribute(f, driver.MaxDynamicSharedSize, p.SharedPerBlockOptin+1)
	refused(t, "SetFunctionAttribute beyond the device", err, driver.InvalidValue)
	err = c.SetFunctionAttribute(f, driver.Registers, 8)
	refused(t, "SetFunctionAttribute of registers", err, driver.InvalidValue)
	_, err = c.FunctionAttribute(f, 1000)
	refused(t, "FunctionAttribute(1000)", err, driver.InvalidValue)
}

func testPlace(t *testing.T, c device) {
	f := c.kernel("place")
	for _, tt := range []struct{ grid, block [3]uint32 }{
		{[3]uint32{1, 1, 1}, [3]uint32{1, 1, 1}},
		{[3]uint32{3, 1, 1}, [3]uint32{33, 1, 1}},
		{[3]uint32{2, 3, 4}, [3]uint32{5, 6, 7}},
		{[3]uint32{1, 2, 1}, [3]uint32{1, 1, 64}},
		{[3]uint32{1, 1, 1}, [3]uint32{1024, 1, 1}},
	} {
		n := 1
		for i := range 3 {
			n *= int(tt.grid[i] * tt.block[i])
		}
		p := c.alloc(4 * n)
		ok(t, "Fill", c.Fill(p, ^uint32(0), uint64(n), 0))
		ok(t, "Launch", c.Launch(f, tt.grid, tt.block, 0, 0, []uint64{uint64(p)}))
		got := c.read(p, 4*n)
		for i := range n {
			if v := binary.LittleEndian.Uint32(got[4*i:]); v != uint32(i) {
				t.Errorf("grid %v, block %v: out[%d] = %d", tt.grid, tt.block, i, v)
				break
			}
		}
	}
}

func testAxpy(t *testing.T, c device) {
	f := c.kernel("axpy")
	for _, n := range []int{1, 31, 32, 33, 127, 128, 129, 1000} {
		x, y := make([]float32, n+1), make([]float32, n+1)
		for i := range x {
			x[i], y[i] = float32(i), float32(2*i+1)
		}
		px, py := c.alloc(4*(n+1)), c.alloc(4*(n+1))
		c.write(px, floats(x...))
		c.write(py, floats(y...))
		c.launch(f, (n+127)/128, 128, 0, uint64(py), uint64(px), word(-3), uint64(n))
		got := c.read(py, 4*(n+1))
		for i := range y {
			want := y[i] - 3*x[i]
			if i == n {
				want = y[i] // beyond n nothing is touched
			}
			if v := floatAt(got, i); v != want {
				t.Errorf("n = %d: y[%d] = %v, want %v", n, i, v, want)
				break
			}
		}
	}
}

func testBlockSum(t *testing.T, c device) {
	const blocks = 5
	x, want := make([]float32, 256*blocks), [blocks]float32{}
	for i := range x {
		x[i] = float32(i%97 - 48)
		want[i/256] += x[i]
	}
	px, out := c.alloc(4*len(x)), c.alloc(4*blocks)
	c.write(px, floats(x...))
	ok(t, "Fill", c.Fill(out, math.Float32bits(float32(math.NaN())), blocks, 0))
	c.launch(c.kernel("block_sum"), blocks, 256, 0, uint64(out), uint64(px))
	got := c.read(out, 4*blocks)
	for b, w := range want {
		if v := floatAt(got, b); v != w {
			t.Errorf("sum of block %d is %v, want %v", b, v, w)
		}
	}
}

// Each parameter is read from the low bytes of its word, whatever is above.
func testParameters(t *testing.T, c device) {
	out := c.alloc(48)
	junk := uint64(0xfeedfacecafebeef)
	args := []uint64{uint64(out), junk<<32 | 0x89abcdef, 0x0123456789abcdef, junk<<32 | word(-1.5),
		junk<<8 | 0xf1, junk<<16 | 0xf2e3, math.Float64bits(math.Pi)}
	c.launch(c.kernel("words"), 1, 1, 0, args...)
	got := c.read(out, 48)
	want := []uint64{0x89abcdef, 0x0123456789abcdef, word(-1.5), 0xf1, 0xf2e3, math.Float64bits(math.Pi)}
	for i, want := range want {
		if v := binary.LittleEndian.Uint64(got[8*i:]); v != want {
			t.Errorf("parameter %d arrived as %#x, want %#x", i+1, v, want)
		}
	}
}

func testDynamicShared(t *testing.T, c device) {
	const n = 96
	f := c.kernel("reverse")
	in, out := c.alloc(4*n), c.alloc(4*n)
	run := func(skip int) error {
		c.write(in, pattern(4*n, 0x42))
		ok(t, "Fill", c.Fill(out, 0, n, 0))
		return c.Launch(f, [3]uint32{1, 1, 1}, [3]uint32{n, 1, 1}, uint32(skip+4*n), 0,
			[]uint64{uint64(out), uint64(in), uint64(skip)})
	}
	check := func(skip int) {
		t.Helper()
		ok(t, fmt.Sprintf("Launch with %d bytes of shared memory", skip+4*n), run(skip))
		got, want := c.read(out, 4*n), pattern(4*n, 0x42)
		for i := range n {
			if g, w := got[4*i:4*i+4], want[4*(n-1-i):4*(n-i)]; string(g) != string(w) {
				t.Errorf("with %d bytes unused: out[%d] = %x, want %x", skip, i, g, w)
				break
			}
		}
	}
	check(0)
	check(48<<10 - 4*n) // the most there is without asking
	refused(t, "Launch with more than 48 KiB", run(48<<10-4*n+4), driver.InvalidValue)
	p, err := c.d.Properties(0)
	ok(t, "Properties", err)
	ok(t, "SetFunctionAttribute", c.SetFunctionAttribute(f, driver.MaxDynamicSharedSize,
		p.SharedPerBlockOptin))
	check(p.SharedPerBlockOptin - 4*n)
}

func testLaunchRefused(t *testing.T, c device) {
	f, out := c.kernel("place"), c.alloc(4096)
	args := []uint64{uint64(out)}
	for _, tt := range []struct {
		name        string
		grid, block [3]uint32
		args        []uint64
	}{
		{"an empty grid", [3]uint32{0, 1, 1}, [3]uint32{1, 1, 1}, args},
		{"an empty block", [3]uint32{1, 1, 1}, [3]uint32{1, 0, 1}, args},
		{"1025 threads", [3]uint32{1, 1, 1}, [3]uint32{1025, 1, 1}, args},
		{"65 threads in z", [3]uint32{1, 1, 1}, [3]uint32{1, 1, 65}, args},
		{"65536 blocks in y", [3]uint32{1, 65536, 1}, [3]uint32{1, 1, 1}, args},
	} {
		refused(t, "Launch on "+tt.name, c.Launch(f, tt.grid, tt.block, 0, 0, tt.args), driver.InvalidValue)
	}
	v, err := c.d.Version()
	ok(t, "Version", err)
	one := [3]uint32{1, 1, 1}
	if v >= 12040 { // earlier drivers do not tell how many parameters a kernel has
		refused(t, "Launch without its parameter", c.Launch(f, one, one, 0, 0, nil), driver.InvalidValue)
		refused(t, "Launch with one too many", c.Launch(f, one, one, 0, 0, []uint64{1, 2}),
			driver.InvalidValue)
	}
	err = c.Launch(f, one, one, 0, 0, make([]uint64, 100000))
	refused(t, "Launch with 100000 parameters", err, driver.InvalidValue)
	err = c.Launch(0, one, one, 0, 0, args)
	refused(t, "Launch of nothing", err, driver.InvalidHandle)
	if errors.Is(err, driver.OutOfMemory) {
		t.Errorf("%v is out of memory too", err)
	}
	c.launch(f, 1, 32, 0, args...) // the context is still usable
	if got := c.read(out, 128); binary.LittleEndian.Uint32(got[124:]) != 31 {
		t.Error("a launch after those that were refused did not run")
	}
}
