package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/run"
)

// readConfig finds the configuration a command means: a file, an experiment by
// name, or, where none is given, what the run directory holds, or the default.
func readConfig(arg, dir string, set []string) (*experiment.Config, error) {
	if arg == "" {
		if dir != "" && run.Is(dir) {
			return run.ReadConfig(dir, set)
		}
		arg = configs.Default
	}
	text, err := bounded.ReadFile(arg, experiment.MaxConfig)
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
