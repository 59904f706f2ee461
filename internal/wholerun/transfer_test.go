package wholerun

import (
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/train"
)

// copying is a driver that notes the host memory that is copied to its device.
type copying struct {
	driver.Driver
	from [][]byte
}

type copyingContext struct {
	driver.Context
	to *copying
}

func (d *copying) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return copyingContext{c, d}, err
}

func (c copyingContext) CopyToDevice(dst driver.Ptr, src []byte, s driver.Stream) error {
	c.to.from = append(c.to.from, src)
	return c.Context.CopyToDevice(dst, src, s)
}

// decoding is a source that notes where its samples are written.
type decoding struct {
	datasets.Source
	mu sync.Mutex
	to map[*byte]bool
}

func (s *decoding) Read(dst []float32, i int) (int32, error) {
	s.mu.Lock()
	s.to[(*byte)(unsafe.Pointer(&dst[0]))] = true
	s.mu.Unlock()
	return s.Source.Read(dst, i)
}

// A training step is two copies to the device, of the batch and of the controls, and
// the batch goes from the memory that the source decodes its samples into.
func TestBatchIsNotCopied(t *testing.T) {
	c := parse(t, rings, "log.every=3", "log.checkpoint=0")
	d := &copying{Driver: emu.New(emu.Options{})}
	dev, err := cuda.New(d, 0)
	if err != nil {
		t.Fatal(err)
	}
	closeDevice(t, dev)
	src := &decoding{Source: source(t, c), to: map[*byte]bool{}}
	hooks := train.Hooks{Begin: func(int) { d.from = nil }}
	if _, err := train.Run(t.Context(), t.TempDir(), c, src, dev, hooks); err != nil {
		t.Fatal(err)
	}
	sample := 4 * src.Info().Shape.Len()
	controls := c.Batch*plan.DrawLen + plan.HyperLen + 2 // with a slot, and whether to stop
	sizes := []int{c.Batch * sample, 4 * controls}
	var got, want []int
	for k, b := range d.from {
		got = append(got, len(b))
		for row := 0; k%2 == 0 && row < len(b); row += sample {
			if !src.to[&b[row]] {
				t.Fatalf("copy %d to the device takes row %d from where no sample was decoded", k, row/sample)
			}
		}
	}
	for range c.Steps {
		want = append(want, sizes...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("copies to the device of %v bytes, want %v", got, want)
	}
}
