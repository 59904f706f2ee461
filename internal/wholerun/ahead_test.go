package wholerun

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

// kept is a driver that keeps the context it has opened.
type kept struct {
	driver.Driver
	ctx *emu.Context
}

func (d *kept) Open(k int) (driver.Context, error) {
	c, err := d.Driver.Open(k)
	d.ctx = c.(*emu.Context)
	return c, err
}

// When a line is written, the step after it has been started: on a device that
// does everything as late as it may, none of that step has run, and it is there
// to be run while the host writes. Only a checkpoint and the end let the device
// run dry.
func TestDeviceIsAhead(t *testing.T) {
	for _, every := range []int{1, 2} {
		c := parse(t, rings, fmt.Sprintf("log.every=%d", every), "log.checkpoint=4")
		k := &kept{Driver: emu.New(emu.Options{})}
		d, err := cuda.New(k, 0)
		if err != nil {
			t.Fatal(err)
		}
		closeDevice(t, d)
		started, lines := 0, 0
		_, err = train.Run(t.Context(), t.TempDir(), c, source(t, c), counting{d, func() { started++ }},
			train.Hooks{
				Line: func(l run.Line) {
					lines++
					finished := 0
					for _, n := range k.ctx.Counts() {
						if n.Kernel == "adamw_f32" {
							finished = int(n.Launches)
						}
					}
					ahead := 1
					if l.Step == 4 || l.Step == c.Steps {
						ahead = 0
					}
					if finished != l.Step || started != l.Step+ahead {
						t.Errorf("line %d comes after %d steps were started and %d finished, want %d and %d",
							l.Step, started, finished, l.Step+ahead, l.Step)
					}
				}})
		if err != nil || lines != 6/every {
			t.Errorf("%d lines, %v", lines, err)
		}
	}
}
