package cuda

import (
	"errors"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// sources is a driver that notes where copies to its device come from.
type sources struct {
	driver.Driver
	all []source
}

// source is host memory that was copied.
type source struct {
	first *byte
	len   int
}

type sourcesContext struct {
	driver.Context
	to *sources
}

func (d *sources) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return sourcesContext{c, d}, err
}

func (c sourcesContext) CopyToDevice(dst driver.Ptr, src []byte, s driver.Stream) error {
	c.to.all = append(c.to.all, source{&src[0], len(src)})
	return c.Context.CopyToDevice(dst, src, s)
}

// buffersOf are two buffers for x.
func buffersOf(t *testing.T, g *Program) (turn [2][]float32) {
	t.Helper()
	for k := range turn {
		b, err := g.Buffer("x")
		must(t, err)
		turn[k] = b
	}
	return turn
}

// What is written from a buffer is copied by the device from the buffer itself,
// once, whenever it does so; two in turn are enough.
func TestBufferIsNotCopied(t *testing.T) {
	const n, runs = 100, 9
	for _, o := range landings {
		d := &sources{Driver: emu.New(o)}
		dev := open(t, d)
		g := load(t, dev, running(t, n))
		turn := buffersOf(t, g)
		must(t, g.Write("acc", make([]float32, n)))
		d.all = nil
		var want []source
		for k := range runs {
			b := turn[k%2]
			copy(b, filled(n, float32(k)))
			must(t, g.Write("x", b))
			must(t, g.Run())
			want = append(want, source{&floatBytes(b)[0], 4 * n})
		}
		if !slices.Equal(d.all, want) {
			t.Errorf("%+v: the device copied from %v, want %v: the buffers in turn", o, d.all, want)
		}
		got := make([]float32, n)
		must(t, g.Read("acc", got))
		if !slices.Equal(got, filled(n, runs*(runs-1)/2)) {
			t.Errorf("%+v: acc = %v, want %v", o, got[0], runs*(runs-1)/2)
		}
		must(t, g.Close())
		must(t, dev.Close())
	}
}

// Without the wait of Write a buffer would be filled again while it is copied,
// which the emulator finds.
func TestBufferUnordered(t *testing.T) {
	d := open(t, unsynchronised{emu.New(emu.Options{}), true})
	g := load(t, d, running(t, 100))
	turn := buffersOf(t, g)
	g.ctx.(*unsynchronisedContext).now = true
	var err error
	for k := range 4 {
		copy(turn[k%2], filled(100, float32(k)))
		err = errors.Join(err, g.Write("x", turn[k%2]), g.Run())
	}
	err = errors.Join(err, g.Close())
	var f *emu.Finding
	if !errors.As(err, &f) || f.Kind != emu.HostTouch {
		t.Errorf("got %v, want the emulator's finding that a source has changed", err)
	}
}

// A buffer that cannot be had leaves the program as it was.
func TestBufferOutOfMemory(t *testing.T) {
	d := &noHost{Driver: emu.New(emu.Options{})}
	dev := open(t, d)
	g := load(t, dev, running(t, 100))
	d.none = true
	if _, err := g.Buffer("x"); !errors.Is(err, driver.OutOfMemory) {
		t.Errorf("got %v, want %v", err, driver.OutOfMemory)
	}
	d.none = false
	must(t, g.Write("x", buffersOf(t, g)[1]))
	must(t, g.Run())
	must(t, g.Close())
	must(t, dev.Close())
}

// noHost is a driver with no page-locked memory to give, for a while.
type noHost struct {
	driver.Driver
	none bool
}

type noHostContext struct {
	driver.Context
	of *noHost
}

func (d *noHost) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return noHostContext{c, d}, err
}

func (c noHostContext) AllocHost(n int) ([]byte, error) {
	if c.of.none {
		return nil, &driver.Error{Call: "AllocHost", Code: driver.OutOfMemory, Reason: "out of memory"}
	}
	return c.Context.AllocHost(n)
}
