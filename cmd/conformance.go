package cmd

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/drivertest"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
)

// suite says which suite of tests to hold which device to.
type suite struct {
	device, precision string
	small, driver     bool
	blocks            int
}

func newConformance() *cobra.Command {
	var s suite
	c := &cobra.Command{
		Use:   "conformance",
		Short: "Hold a device to the definition of every operator",
		Long: `Conformance runs the suite of tests that every device must pass: each operator, at
sizes on either side of where kernels change path, against its definition in float64.
With --driver it runs the suite of drivers instead: memory, modules, launches, streams,
events, captured graphs and their errors, as the engine relies on them.

Both are part of the program, so that a machine with a GPU needs nothing else.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !s.driver {
				return s.runDevice()
			}
			for _, f := range []string{"precision", "small", "blocks"} {
				if c.Flags().Changed(f) {
					return fmt.Errorf("--%s is of the suite of devices, --driver asks for that of drivers", f)
				}
			}
			return s.runDriver()
		},
	}
	c.Flags().StringVar(&s.device, "device", "auto", experiment.Devices.Want)
	c.Flags().StringVar(&s.precision, "precision", "float32", precisionUsage)
	c.Flags().BoolVar(&s.small, "small", false, "leave out the large cases, for the emulator")
	intVar(c, &s.blocks, choice.Param{Name: "blocks", Default: 0,
		In: choice.AtLeast(0, "blocks, 0 for all"),
		About: "on a GPU or the emulator: run kernels whose blocks take turns on at most this many, so " +
			"that small cases have the later turns of great ones"})
	c.Flags().BoolVar(&s.driver, "driver", false,
		"the suite of drivers, for cuda or emu: what the engine asks of one")
	return c
}

// runDevice runs plantest.
func (s suite) runDevice() error {
	p, err := parsePrecision(s.precision)
	if err != nil {
		return err
	}
	opt := plantest.Options{Small: s.small, Precision: p}
	dev, err := openDevice(s.device, 0)
	if err != nil {
		return err
	}
	if err := plan.CheckPrecision(dev, p); err != nil {
		dev.Close()
		return err
	}
	if gpu, ok := dev.(*cuda.Device); ok {
		gpu.LimitBlocks(s.blocks)
	} else if s.blocks > 0 {
		dev.Close()
		return fmt.Errorf("--blocks: got %d for %s, want a GPU or the emulator", s.blocks, dev.Name())
	}
	return s.run(dev.Name()+", "+s.precision, func(t *testing.T) {
		plantest.Run(t, func(*testing.T) plan.Device { return dev }, opt)
	})
}

// runDriver runs drivertest, on device 0.
func (s suite) runDriver() error {
	form, index, err := parseDevice(s.device)
	if err != nil {
		return err
	}
	if form == "auto" {
		form = "cuda"
	}
	if form == "cpu" || index != 0 {
		return fmt.Errorf("device: got %q, want cuda or emu: "+
			"a driver is held to its contract on its first device",
			s.device)
	}
	d, err := cuda.Driver(form)
	if err != nil {
		return err
	}
	p, err := d.Properties(0)
	if err != nil {
		return err
	}
	return s.run(fmt.Sprintf("driver %s, %s", d.Name(), p.Name), func(t *testing.T) {
		drivertest.Run(t, func() driver.Driver { return d })
	})
}

// run runs a test with the machinery of go test, which prints the cases that
// fail, and ends the process, with status 1 if there are any.
func (s suite) run(what string, test func(t *testing.T)) error {
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil {
		return err
	}
	all := func(string, string) (bool, error) { return true, nil }
	begin := time.Now()
	testing.Main(all, []testing.InternalTest{{Name: s.device, F: func(t *testing.T) {
		test(t)
		if !t.Failed() {
			_, err := fmt.Printf("%s: conforms, %.1f s\n", what, time.Since(begin).Seconds())
			if err != nil {
				logrus.Errorf("standard output: %v", err)
				t.Fail()
			}
		}
	}}}, nil, nil)
	return nil
}
