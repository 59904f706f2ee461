package cmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/plan"
)

// openDevice opens what a configuration calls a device. auto is the CPU where
// there is no other; a device that was named and is not there is an error.
func openDevice(name string, workers int) (plan.Device, error) {
	switch name {
	case "auto", "cpu":
		return cpu.New(cpu.Options{Workers: workers})
	}
	return nil, fmt.Errorf("device: got %q, want auto or cpu", name)
}

func newDevice() *cobra.Command {
	return &cobra.Command{
		Use:   "device",
		Short: "Show what can run plans on this machine",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := cpu.New(cpu.Options{})
			if err != nil {
				return err
			}
			defer d.Close()
			fmt.Fprintf(c.OutOrStdout(), "%s, %s/%s\n", d.Name(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}
