package wholerun

import (
	"maps"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// calls counts what a run asks of the driver that costs the host time.
type calls struct {
	driver.Driver
	n map[string]int
}

type callsContext struct {
	driver.Context
	n map[string]int
}

func (d *calls) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return callsContext{c, d.n}, err
}

func (c callsContext) Alloc(n uint64) (driver.Ptr, error) {
	c.n["alloc"]++
	return c.Context.Alloc(n)
}

func (c callsContext) AllocHost(n int) ([]byte, error) {
	c.n["alloc host"]++
	return c.Context.AllocHost(n)
}

func (c callsContext) CopyToDevice(dst driver.Ptr, src []byte, s driver.Stream) error {
	c.n["copy to device"]++
	return c.Context.CopyToDevice(dst, src, s)
}

func (c callsContext) Launch(f driver.Function, grid, block [3]uint32, shared uint32, s driver.Stream,
	args []uint64) error {
	c.n["launch"]++
	return c.Context.Launch(f, grid, block, shared, s, args)
}

func (c callsContext) LaunchGraph(g driver.GraphExec, s driver.Stream) error {
	c.n["graph"]++
	return c.Context.LaunchGraph(g, s)
}

func (c callsContext) Synchronize(s driver.Stream) error {
	c.n["synchronise"]++
	return c.Context.Synchronize(s)
}

// Whatever the precision, forty steps more are forty replays and two copies for each, of the data
// and of the controls, with no launch beside them, no memory, and no stream that is waited for.
func TestStepCalls(t *testing.T) {
	for _, precision := range []string{"float32", "bf16"} {
		trainOn := func(steps string) map[string]int {
			d := &calls{emu.New(emu.Options{Unchecked: true}), map[string]int{}}
			dev, err := cuda.New(d, 0)
			if err != nil {
				t.Fatal(err)
			}
			closeDevice(t, dev)
			trained(t, t.TempDir(), parse(t, rings, "steps="+steps, "log.every=10", "log.checkpoint=0",
				"precision="+precision, "optimizer.schedule=constant"), dev)
			return d.n
		}
		few, many := trainOn("20"), trainOn("60")
		want := map[string]int{"graph": 40, "copy to device": 80}
		got := map[string]int{}
		for name, n := range many {
			if n != few[name] {
				got[name] = n - few[name]
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: 40 steps more make %v, want %v", precision, got, want)
		}
	}
}
