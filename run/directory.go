package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
)

// The files of a run directory.
const (
	configFile = "config.yaml"
	logFile    = "log.jsonl"
	lockFile   = ".lock"
	SampleDir  = "samples"
)

// ReadConfig reads the configuration a run directory keeps.
func ReadConfig(dir string, set []string) (*experiment.Config, error) {
	path := filepath.Join(dir, configFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("run: %s is not a run: %w", dir, err)
	}
	return experiment.ParseKept(path, text, set)
}

// Is reports whether dir holds a run.
func Is(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, configFile))
	return err == nil
}

// Enter locks dir, which it makes if it must, for a run of c. A directory that holds
// a run of another configuration, that another process is in, or in which the run
// could not be written is refused, and no file of a run in it is touched.
func Enter(dir string, c *experiment.Config) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("run: run directory: %w", err)
	}
	l, err := lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("run: run directory %s: %w", dir, err)
	}
	if err := compare(dir, c); err != nil {
		l.Leave()
		return nil, err
	}
	if err := sweep(dir); err != nil {
		l.Leave()
		return nil, err
	}
	return l, nil
}

// compare holds c to the configuration that dir has, if any.
func compare(dir string, c *experiment.Config) error {
	_, err := os.Lstat(filepath.Join(dir, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run: run directory: %w", err)
	}
	old, err := ReadConfig(dir, nil)
	if err != nil {
		what := strings.ReplaceAll(err.Error(), "\n", "; ")
		return fmt.Errorf("run: %s holds a %s that is not a run's: %s", dir, configFile, what)
	}
	if ds := experiment.Differences(old, c); len(ds) > 0 {
		return fmt.Errorf("run: %s holds a run of another configuration: %s; "+
			"choose another directory with --run", dir, strings.Join(ds, "; "))
	}
	return nil
}

// sweep removes what processes that were killed had begun to write.
func sweep(dir string) error {
	for _, base := range []string{configFile, logFile, filepath.Join(checkpointDir, "step-*"+checkpointExt)} {
		sub, name := filepath.Split(base)
		stale, err := filepath.Glob(filepath.Join(escape(dir), sub, "."+name+".*.tmp"))
		if err != nil {
			return fmt.Errorf("run: run directory: %w", err)
		}
		for _, path := range stale {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("run: run directory: %w", err)
			}
		}
	}
	return nil
}

// escape takes the meaning from glob characters in a directory's name.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// KeepConfig writes c to dir.
func KeepConfig(dir string, c *experiment.Config) error {
	text, err := c.Encode()
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(dir, configFile), text); err != nil {
		return fmt.Errorf("run: run directory: %w", err)
	}
	return nil
}

// writeWhole puts a file in place whole or not at all.
func writeWhole(path string, text []byte) error {
	return atomicfile.Replace(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
