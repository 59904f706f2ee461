package wholerun

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// traffic counts what a driver moves between the host and its device.
type traffic struct {
	driver.Driver
	up, down, replays int // bytes, bytes, graphs launched
	copies            int // to the device
}

type trafficContext struct {
	driver.Context
	n *traffic
}

func (d *traffic) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	return trafficContext{c, d}, err
}

func (c trafficContext) CopyToDevice(dst driver.Ptr, src []byte, s driver.Stream) error {
	c.n.up += len(src)
	c.n.copies++
	return c.Context.CopyToDevice(dst, src, s)
}

func (c trafficContext) CopyToHost(dst []byte, src driver.Ptr, s driver.Stream) error {
	c.n.down += len(dst)
	return c.Context.CopyToHost(dst, src, s)
}

func (c trafficContext) LaunchGraph(g driver.GraphExec, s driver.Stream) error {
	c.n.replays++
	return c.Context.LaunchGraph(g, s)
}

// A step is one replay, takes three coefficients for each point to the device, and
// brings back a norm for each point where one is asked for. Points come back once,
// as they finish.
func TestFlowTraffic(t *testing.T) {
	const n, dim = 8, 6
	follow := func(change func(s *sample.Spec)) (*traffic, *sample.Result) {
		d := &traffic{Driver: emu.New(emu.Options{})}
		dev, err := cuda.New(d, 0)
		if err != nil {
			t.Fatal(err)
		}
		closeDevice(t, dev)
		s := sample.Defaults()
		s.N, s.Batch, s.Count, s.Eta = n, n, sample.Exact, 0.05
		change(&s)
		return d, flowed(t, rings, dev, s)
	}
	few, _ := follow(func(s *sample.Spec) { s.Steps = 16 })
	many, _ := follow(func(s *sample.Spec) { s.Steps = 48 })
	up, down, replays := many.up-few.up, many.down-few.down, many.replays-few.replays
	if up != 32*3*n*4 || down != 2*n*4 || replays != 32 {
		t.Errorf("32 steps: %d bytes to the device, %d back, %d replays; want 3 numbers a point and step, "+
			"%d norms at two of them, 32",
			up, down, replays, n)
	}
	many, r := follow(func(s *sample.Spec) { s.Steps, s.Stop = 48, math.MaxFloat32 })
	if r.Stopped != n || many.replays != 1 || many.down != 4*(n+n*dim) {
		t.Errorf("all %d points stopped at once: %d stopped, %d replays, %d bytes back; want a step, "+
			"norms and points",
			n, r.Stopped, many.replays, many.down)
	}
}

// However much a stage is told of each point, the host tells it in one copy: the move,
// the noise, the time and the label of each.
func TestStageIsToldAtOnce(t *testing.T) {
	const n = 4
	const told = rings + "field: ddpm\n"
	text := strings.Replace(told, "depth: 1}", "depth: 1, clock: true, classes: 2}", 1)
	draw := func(steps int) *traffic {
		d := &traffic{Driver: emu.New(emu.Options{})}
		dev, err := cuda.New(d, 0)
		if err != nil {
			t.Fatal(err)
		}
		closeDevice(t, dev)
		s := sample.Defaults()
		s.Sampler, s.N, s.Batch, s.Steps, s.Label = "sde", n, n, steps, []int{0, 1}
		flowed(t, text, dev, s)
		return d
	}
	few, many := draw(3), draw(8)
	wide := 1 + 3 + plan.DrawLen + 1 + 1 // y of u; u of u, f and z; draw, time, label
	if up, copies := many.up-few.up, many.copies-few.copies; up != 5*n*wide*4 || copies != 5 {
		t.Errorf("5 steps of sde: %d bytes in %d copies, want %d in 5", up, copies, 5*n*wide*4)
	}
}
