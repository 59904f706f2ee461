package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/chip"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// reserve is what a GPU's driver is taken to want beside a plan, in bytes.
const reserve = 1e9

// printFootprint says what p takes on a GPU, where e names one: by itself, and beside the memory
// of this machine's and of those that package chip knows. Nothing is loaded.
func printFootprint(ctx context.Context, w io.Writer, e *experiment.Experiment, p *plan.Plan) error {
	form, index, ok := experiment.ParseDevice(e.Config.Device)
	if !ok || form != "cuda" && form != "emu" {
		return nil
	}
	major, minor, here := 9, 0, "no GPU here: as on compute capability 9.0"
	found, err := cuda.List()
	if err == nil && form == "cuda" && index < len(found) && found[index].Err == nil {
		f := found[index]
		major, minor = f.Major, f.Minor
		here = fmt.Sprintf("%s here has %s free of %s", f.Name, gigabytes(f.Free), gigabytes(f.Memory))
	}
	f, err := cuda.Measure(ctx, p, major, minor)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "device   %s: %s of states, %s of their copies in bf16, %s of inputs and staging, "+
		"%s of temporaries, %s of workspace, %s of programs; %d launches in one graph\n",
		gigabytes(f.Total()), gigabytes(f.States), gigabytes(f.Copies), gigabytes(f.Inputs+f.Staging),
		gigabytes(f.Arena), gigabytes(f.Workspace), gigabytes(f.Constants), f.Launches)
	var fits, not []string
	for _, name := range chip.Names() {
		c, err := chip.Find(name)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%s (%s)", name, gigabytes(uint64(c.Memory)))
		if float64(f.Total())+reserve <= c.Memory {
			fits = append(fits, what)
		} else {
			not = append(not, what)
		}
	}
	fmt.Fprintf(w, "room     %s; with %s for the driver it fits %s, and not %s\n", here, gigabytes(reserve),
		listed(fits), listed(not))
	return nil
}

// listed is names in a row, "none" of no names.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// gigabytes prints bytes with three digits.
func gigabytes(n uint64) string {
	x := float64(n)
	for _, unit := range []string{"B", "kB", "MB"} {
		if x < 999.5 {
			return fmt.Sprintf("%.3g %s", x, unit)
		}
		x /= 1000
	}
	return fmt.Sprintf("%.3g GB", x)
}
