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

	"github.com/stillfield/stillfield/choice"
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

// Checkpoints lists a run's checkpoints by their names, newest first. They are not
// opened. What is called like a checkpoint and is no file, a directory say, is none.
func Checkpoints(run string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(run, checkpointDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: checkpoints: %w", err)
	}
	var paths []string
	for _, e := range slices.Backward(entries) { // which are in the order of names, and so of steps
		if stepOf(e.Name()) < 0 {
			continue
		}
		path := filepath.Join(run, checkpointDir, e.Name())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// ErrNoCheckpoint is a run, or a directory, without one.
var ErrNoCheckpoint = errors.New("no checkpoint")

// InRuns says which run may be meant by its name alone, where there is one; otherwise nothing.
func InRuns(name string) string {
	if dir := filepath.Join("runs", name); !filepath.IsAbs(name) && Is(dir) {
		return ": " + dir + " is one"
	}
	return ""
}

// Newest reads the newest checkpoint of a run that is whole; skipped says why
// each newer one was not. path may also be a checkpoint file, of any name.
func Newest(path string, read Reader) (c *Checkpoint, skipped []error, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("run: %s: no such run or checkpoint%s", path, InRuns(path))
	case err != nil:
		return nil, nil, fmt.Errorf("run: %w", err)
	case !info.IsDir():
		c, err := read(path)
		return c, nil, err
	}
	paths, err := Checkpoints(path)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range paths {
		c, err := named(p, read)
		if err == nil || errors.Is(err, ErrNoAverage) { // which none of the run's has
			return c, skipped, err
		}
		skipped = append(skipped, err)
	}
	if len(skipped) > 0 {
		return nil, skipped, fmt.Errorf("run: %s: none of its %d checkpoints can be read, "+
			"the newest because of %w", path, len(skipped), skipped[0])
	}
	return nil, nil, fmt.Errorf("run: %s: %w", path, ErrNoCheckpoint)
}

// At reads a checkpoint of the run in dir: the newest that is whole for "" or "newest", the best by
// eval.keep for "best", else that of the step in which.
func At(dir, which string, read Reader) (c *Checkpoint, skipped []error, err error) {
	switch which {
	case "", "newest":
		return Newest(dir, read)
	case "best":
		path := BestPath(dir)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("run: %s: checkpoint: got best, want another: only a run with "+
				"eval.keep has a best one, once that was scored", dir)
		}
		c, err = read(path)
		return c, nil, err
	}
	step, err := strconv.ParseUint(which, 10, 31)
	if err != nil {
		return nil, nil, &choice.Fault{Path: "checkpoint", Got: choice.Show(which),
			Want: "newest, best or a number of steps"}
	}
	path := CheckpointPath(dir, int(step))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("run: %s: checkpoint: got %d, want a step that has one: %s is not there",
			dir, step, path)
	}
	c, err = named(path, read)
	return c, nil, err
}

// named reads a checkpoint of a run, whose name must say its step.
func named(path string, read Reader) (*Checkpoint, error) {
	c, err := read(path)
	if err == nil && c.Step != stepOf(filepath.Base(path)) {
		return nil, fmt.Errorf("run: checkpoint: %s: it is of step %d, want that of its name", path, c.Step)
	}
	return c, err
}
