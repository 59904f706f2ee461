package binding

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Load implements driver.Context. The error for PTX that does not compile
// holds the start of the compiler's log, its lines joined by "; ".
func (c *Context) Load(image []byte) (driver.Module, error) {
	if len(image) == 0 {
		return 0, &driver.Error{Call: "Load 0 bytes", Code: driver.InvalidValue, Reason: "the image is empty"}
	}
	if err := c.enter("Load"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	text := make([]byte, len(image)+1) // the driver reads PTX up to a zero byte
	copy(text, image)
	m, log, r := c.calls.Load(text)
	if r != 0 {
		err := fail(c.calls, r, "Load %d bytes", len(image))
		if log := oneLine(log); log != "" {
			err.Reason += ": " + log
		}
		return 0, err
	}
	c.live.add(module, uint64(m), entry{})
	return m, nil
}

// logLines is how much of a compiler's log an error repeats: one mistake may
// cost hundreds of lines, and the first name it.
const logLines = 4

// oneLine is the log of a compiler as one line, cut after a few.
func oneLine(log string) string {
	var lines []string
	for line := range strings.SplitSeq(log, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if n := len(lines); n > logLines {
		lines = append(lines[:logLines], fmt.Sprintf("and %d lines more", n-logLines))
	}
	return strings.Join(lines, "; ")
}

// Unload implements driver.Context.
func (c *Context) Unload(m driver.Module) error { return c.drop("Unload", module, uint64(m)) }

// Function implements driver.Context.
func (c *Context) Function(m driver.Module, name string) (driver.Function, error) {
	if err := c.enter("Function"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("Function", module, uint64(m)); err != nil {
		return 0, err
	}
	f, r := driver.Function(0), driver.NotFound
	if strings.IndexByte(name, 0) < 0 { // which C would take for the end
		f, r = c.calls.Function(m, name)
	}
	if r != 0 {
		return 0, c.fail(r, "Function %q", name)
	}
	c.live.add(function, uint64(f), entry{owner: uint64(m), params: c.calls.ParameterCount(f)})
	return f, nil
}

// FunctionAttribute implements driver.Context.
func (c *Context) FunctionAttribute(f driver.Function, a driver.FunctionAttribute) (int, error) {
	if err := c.enter("FunctionAttribute"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("FunctionAttribute", function, uint64(f)); err != nil {
		return 0, err
	}
	v, r := c.calls.FunctionAttribute(f, a)
	if r != 0 {
		return 0, c.fail(r, "FunctionAttribute %d", a)
	}
	return v, nil
}

// SetFunctionAttribute implements driver.Context.
func (c *Context) SetFunctionAttribute(f driver.Function, a driver.FunctionAttribute, v int) error {
	if err := c.enter("SetFunctionAttribute"); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("SetFunctionAttribute", function, uint64(f)); err != nil {
		return err
	}
	if r := c.calls.SetFunctionAttribute(f, a, v); r != 0 {
		return c.fail(r, "SetFunctionAttribute %d to %d", a, v)
	}
	return nil
}

// Launch implements driver.Context. It allocates nothing: the words are copied
// to the context's parameter memory, from which the driver reads as many bytes
// as each parameter has. Words are little-endian, so their low bytes come first.
func (c *Context) Launch(f driver.Function, grid, block [3]uint32, shared uint32, s driver.Stream,
	args []uint64) error {
	if err := c.enterOn("Launch", s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("Launch", function, uint64(f)); err != nil {
		return err
	}
	if err := c.checkArgs(f, len(args)); err != nil {
		return err
	}
	copy(c.params.slot[:], args)
	if r := c.calls.Launch(f, grid, block, shared, s, unsafe.Pointer(&c.params.to)); r != 0 {
		return c.fail(r, "Launch %#x, grid %v, block %v, %d bytes of shared memory, %d parameters",
			uint64(f), grid, block, shared, len(args))
	}
	return nil
}

// checkArgs is an error if f does not take n arguments.
func (c *Context) checkArgs(f driver.Function, n int) error {
	want := c.live.live[function][uint64(f)].params
	switch {
	case want >= 0 && n != want:
		return &driver.Error{Call: fmt.Sprintf("Launch with %d parameters", n), Code: driver.InvalidValue,
			Reason: fmt.Sprintf("the kernel takes %d", want)}
	case n > maxParams:
		return &driver.Error{Call: fmt.Sprintf("Launch with %d parameters", n), Code: driver.InvalidValue,
			Reason: fmt.Sprintf("at most %d fit", maxParams)}
	}
	return nil
}
