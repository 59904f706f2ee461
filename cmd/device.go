package cmd

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// openDevice opens what a configuration calls a device. auto is the first GPU,
// or the CPU where there is none, and warns of one that cannot be used; a device
// that is named and is not there is an error, never another device.
func openDevice(name string, workers int) (plan.Device, error) {
	form, index, err := parseDevice(name)
	if err != nil {
		return nil, err
	}
	switch form {
	case "cpu":
		return opened(cpu.New(cpu.Options{Workers: workers}))
	case "auto":
		d, err := cuda.Open("cuda", 0)
		if err == nil {
			return d, nil
		}
		if cuda.Absent(err) {
			logrus.WithField("why", err).Debug("no GPU: running on the CPU")
		} else {
			logrus.WithField("why", err).Warn("the GPU cannot be used: running on the CPU")
		}
		return opened(cpu.New(cpu.Options{Workers: workers}))
	}
	return opened(cuda.Open(form, index))
}

// opened is a device of a package as one of plan: nil, not a pointer that is nil, where it could
// not be opened.
func opened[D plan.Device](d D, err error) (plan.Device, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// openFor opens the device that e names. Where that lacks e's precision, the error ends with
// what would do.
func openFor(e *experiment.Experiment, remedy string) (plan.Device, error) {
	dev, err := openDevice(e.Config.Device, e.Config.Workers)
	if err != nil {
		return nil, err
	}
	if err := plan.CheckPrecision(dev, e.Precision()); err != nil {
		dev.Close()
		return nil, fmt.Errorf("%w: %s", err, remedy)
	}
	return dev, nil
}

// parseDevice is experiment.ParseDevice of what a flag says.
func parseDevice(name string) (form string, index int, err error) {
	form, index, ok := experiment.ParseDevice(name)
	if !ok {
		return "", 0, &choice.Fault{Path: "device", Got: choice.Show(name), Want: experiment.Devices.Want}
	}
	return form, index, nil
}

// precisionUsage is what a flag says of the precisions.
var precisionUsage = plan.ListPrecisions(plan.Precisions())

// parsePrecision is the precision that a flag names.
func parsePrecision(name string) (plan.Precision, error) {
	p, ok := plan.ParsePrecision(name)
	if !ok {
		return 0, fmt.Errorf("precision: got %q, want %s", name, precisionUsage)
	}
	return p, nil
}

func newDevice() *cobra.Command {
	return &cobra.Command{
		Use:   "device",
		Short: "Show what can run plans on this machine, and why not",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			found, err := devices()
			if err != nil {
				return err
			}
			if asJSON, err := c.Flags().GetBool("json"); err == nil && asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(found)
			}
			for _, d := range found {
				fmt.Fprintln(c.OutOrStdout(), d)
			}
			return nil
		},
	}
}

// found is a device of this machine, or one that might have been.
type found struct {
	Device string `json:"device"` // what --device takes
	Usable bool   `json:"usable"`
	About  string `json:"about"`
	Why    string `json:"why,omitempty"` // it cannot be used
	// Bytes of memory and those of them that are free; of a GPU alone.
	Memory uint64 `json:"memory,omitempty"`
	Free   uint64 `json:"free,omitempty"`
}

// String is one line for people.
func (f found) String() string {
	const gib = 1 << 30
	line := fmt.Sprintf("%-8s %s", f.Device, f.About)
	switch {
	case !f.Usable && f.About == "":
		line += "none: " + f.Why
	case !f.Usable:
		line += ", cannot be used: " + f.Why
	case f.Memory > 0:
		line += fmt.Sprintf(", %.1f of %.1f GiB free", float64(f.Free)/gib, float64(f.Memory)/gib)
	}
	return visible(line)
}

// devices lists what there is: each is opened to see whether it can be used.
func devices() ([]found, error) {
	d, err := cpu.New(cpu.Options{})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	list := []found{{Device: "cpu", Usable: true,
		About: fmt.Sprintf("%s, %s/%s", nameAt(d, plan.BFloat16), runtime.GOOS, runtime.GOARCH)}}
	if err := whySlower(d, plan.BFloat16); err != nil {
		list[0].About += "; " + err.Error()
	}
	gpus, err := cuda.List()
	if err != nil {
		list = append(list, found{Device: "cuda", Why: err.Error()})
	}
	for k, g := range gpus {
		f := found{Device: fmt.Sprintf("cuda:%d", k), Usable: g.Err == nil, Memory: g.Memory, Free: g.Free,
			About: fmt.Sprintf("%s, compute capability %d.%d, %d multiprocessors",
				g.Name, g.Major, g.Minor, g.Multiprocessors)}
		if g.Err != nil {
			f.Why = g.Err.Error()
		}
		list = append(list, f)
	}
	return append(list, found{Device: "emu", Usable: true,
		About: "the kernels of cuda, run from their PTX on the CPU: slow and thorough"}), nil
}
