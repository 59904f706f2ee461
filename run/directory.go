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
	"github.com/stillfield/stillfield/format/bounded"
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
	text, err := bounded.ReadFile(path, experiment.MaxConfig)
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

// sweep removes what processes that were killed had begun to write, in a draw of
// samples too.
func sweep(dir string) error {
	dirs := []string{dir, filepath.Join(dir, checkpointDir), filepath.Join(dir, SampleDir),
		filepath.Join(dir, averageDir)}
	draws, err := os.ReadDir(filepath.Join(dir, SampleDir))
	if err == nil {
		for _, d := range draws {
			if d.IsDir() {
				dirs = append(dirs, filepath.Join(dir, SampleDir, d.Name()))
			}
		}
	}
	for _, d := range dirs {
		if info, err := os.Stat(d); err != nil || !info.IsDir() {
			continue // Ready reports what is wrong with it
		}
		if _, err := atomicfile.Sweep(d); err != nil {
			return fmt.Errorf("run: run directory: %w", err)
		}
	}
	return nil
}

// Ready says, before there is work to lose, what would keep a run in dir from writing
// what it has to: a directory that is not ours to write in, a file in the place of
// one, or a directory in the place of a checkpoint of a step that saves.
func Ready(dir string, saves func(step int) bool) error {
	for _, sub := range []string{"", checkpointDir, SampleDir, averageDir} {
		at := filepath.Join(dir, sub)
		if info, err := os.Stat(at); err == nil && !info.IsDir() {
			return fmt.Errorf("run: run directory: %s is a file, want a directory", bounded.Name(at))
		}
		if err := atomicfile.Ready(filepath.Join(at, configFile)); err != nil { // as for any name in it
			return fmt.Errorf("run: run directory: %w", err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, checkpointDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run: checkpoints: %w", err)
	}
	for _, e := range entries {
		if step := stepOf(e.Name()); step < 0 || !saves(step) || e.Type().IsRegular() {
			continue
		}
		if err := atomicfile.Ready(filepath.Join(dir, checkpointDir, e.Name())); err != nil {
			return fmt.Errorf("run: checkpoints: %w", err)
		}
	}
	return nil
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
