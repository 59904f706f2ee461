package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	checkpointDir  = "checkpoints"
	checkpointName = "step-"
	checkpointExt  = ".safetensors"
	stepDigits     = 9 // of experiment.MaxSteps
)

// CheckpointPath is where a run keeps the checkpoint of a step.
func CheckpointPath(run string, step int) string {
	name := fmt.Sprintf("%s%0*d%s", checkpointName, stepDigits, step, checkpointExt)
	return filepath.Join(run, checkpointDir, name)
}

// stepOf is the step in the name of a checkpoint, −1 for other names.
func stepOf(name string) int {
	digits, ok := strings.CutPrefix(name, checkpointName)
	digits, whole := strings.CutSuffix(digits, checkpointExt)
	step, err := strconv.ParseUint(digits, 10, 32)
	if !ok || !whole || err != nil || len(digits) != stepDigits {
		return -1
	}
	return int(step)
}

// Checkpoints lists a run's checkpoints, newest first. They are not opened.
func Checkpoints(run string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(run, checkpointDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: checkpoints: %w", err)
	}
	var paths []string
	for _, e := range slices.Backward(entries) { // which are in the order of names, and so of steps
		if stepOf(e.Name()) >= 0 {
			paths = append(paths, filepath.Join(run, checkpointDir, e.Name()))
		}
	}
	return paths, nil
}

// ErrNoCheckpoint is a run, or a directory, without one.
var ErrNoCheckpoint = errors.New("no checkpoint")

// Newest loads the newest checkpoint of a run that is whole; skipped says why
// each newer one was not. path may also be a checkpoint file.
func Newest(path string) (c *Checkpoint, skipped []error, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("run: %s: no such run or checkpoint", path)
	case err != nil:
		return nil, nil, fmt.Errorf("run: %w", err)
	case !info.IsDir():
		c, err := Load(path)
		return c, nil, err
	}
	paths, err := Checkpoints(path)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range paths {
		c, err := Load(p)
		if err == nil {
			return c, skipped, nil
		}
		skipped = append(skipped, err)
	}
	if len(skipped) > 0 {
		return nil, skipped, fmt.Errorf("run: %s: none of its %d checkpoints can be read, "+
			"the newest because of %w", path, len(skipped), skipped[0])
	}
	return nil, nil, fmt.Errorf("run: %s: %w", path, ErrNoCheckpoint)
}

// Prune removes all but the newest keep checkpoints of a run that is at step.
// Later ones are of no use, but none of this process: they are left alone.
func Prune(run string, step, keep int) error {
	paths, err := Checkpoints(run)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if stepOf(filepath.Base(p)) > step {
			continue
		}
		if keep--; keep < 0 {
			if err := os.Remove(p); err != nil {
				return fmt.Errorf("run: checkpoint: %w", err)
			}
		}
	}
	return nil
}
