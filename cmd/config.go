package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/choice"
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
		return nil, fmt.Errorf("config: got %q, want %s", arg, unread(arg, name))
	}
	return experiment.Parse(name+".yaml", text, set)
}

// unread is what is wanted in the place of arg, which is no file and not the name of an experiment.
// Whoever wrote a path meant a file or data, which the names of experiments do not help to find.
func unread(arg, name string) string {
	if !isDir(arg) && (filepath.Base(arg) != arg || filepath.Ext(arg) != "") {
		return "a file or directory that is there, or the name of an experiment, which list prints"
	}
	return "a file or " + choice.OneOf(name, configs.Names())
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
