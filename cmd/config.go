package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// overrides are the flags that change a configuration.
type overrides struct {
	set     []string
	device  string
	workers int
	seed    uint64
	steps   int
}

// flags adds the overrides to a command.
func (o *overrides) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&o.set, "set", nil, "change one key of the configuration: optimizer.lr=1e-3")
	f.StringVar(&o.device, "device", "", deviceNames+" (default: the configuration's)")
	f.IntVar(&o.workers, "workers", 0, "CPU workers; 0 is one for each core")
	f.Uint64Var(&o.seed, "seed", 0, "seed of the run")
	f.IntVar(&o.steps, "steps", 0, "optimizer steps in all, not more of them")
}

// assignments are the flags that were given, as --set would say them. A flag
// comes after --set of the same key.
func (o *overrides) assignments(c *cobra.Command) []string {
	set := o.set
	for _, f := range []struct{ flag, value string }{
		{"device", o.device}, {"workers", fmt.Sprint(o.workers)},
		{"seed", fmt.Sprint(o.seed)}, {"steps", fmt.Sprint(o.steps)},
	} {
		if c.Flags().Changed(f.flag) {
			set = append(set[:len(set):len(set)], f.flag+"="+f.value)
		}
	}
	return set
}

// readConfig finds the configuration a command means: a file, an experiment by
// name, or, where none is given, what the run directory holds, or the default.
func readConfig(arg, dir string, set []string) (*experiment.Config, error) {
	if arg == "" {
		if dir != "" && run.Is(dir) {
			return run.ReadConfig(dir, set)
		}
		arg = configs.Default
	}
	text, err := os.ReadFile(arg)
	switch {
	case err == nil:
		return experiment.Parse(arg, text, set)
	case !errors.Is(err, fs.ErrNotExist) && !isDir(arg):
		return nil, fmt.Errorf("config: %w", err)
	}
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(arg), "configs/"), ".yaml")
	if text, err = configs.Read(name); err != nil {
		names := strings.Join(configs.Names(), ", ")
		return nil, fmt.Errorf("config: got %q, want a file or one of %s", arg, names)
	}
	return experiment.Parse(name+".yaml", text, set)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
