package cmd

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
)

func newConformance() *cobra.Command {
	var device, precision string
	var small bool
	c := &cobra.Command{
		Use:   "conformance",
		Short: "Hold a device to the definition of every operator",
		Long: `Conformance runs the suite of tests that every device must pass: each operator, at
sizes on either side of where kernels change path, against its definition in float64.
It is part of the program, so that a machine with a GPU needs nothing else.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return conformance(device, precision, small) },
	}
	c.Flags().StringVar(&device, "device", "auto", deviceNames)
	c.Flags().StringVar(&precision, "precision", "float32", "float32, tf32 or bf16")
	c.Flags().BoolVar(&small, "small", false, "leave out the large cases, for the emulator")
	return c
}

// conformance runs plantest with the machinery of go test, which prints the
// cases that fail, and ends the process with status 1 if there are any.
func conformance(device, precision string, small bool) error {
	opt := plantest.Options{Small: small}
	switch precision {
	case "float32":
	case "tf32":
		opt.Precision = plan.TF32
	case "bf16":
		opt.Precision = plan.BFloat16
	default:
		return fmt.Errorf("precision: got %q, want float32, tf32 or bf16", precision)
	}
	dev, err := openDevice(device, 0)
	if err != nil {
		return err
	}
	name, begin := dev.Name(), time.Now()
	_, gpu := dev.(*cuda.Device)
	if opt.Precision != plan.Float32 && !gpu {
		dev.Close()
		return fmt.Errorf("precision: got %s, want float32: %s has no other", precision, name)
	}
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil {
		return err
	}
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: device, F: func(t *testing.T) {
		plantest.Run(t, func(*testing.T) plan.Device { return dev }, opt)
		if !t.Failed() {
			fmt.Printf("%s, %s: conforms, %.1f s\n", name, precision, time.Since(begin).Seconds())
		}
	}}}, nil, nil) // which ends the process
	return nil
}
