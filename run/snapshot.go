package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/stillfield/stillfield/experiment"
)

// averageDir is where a run keeps snapshots of its power-function averages, which are
// checkpoints of these parts alone, and averages that were made of them.
const averageDir = "averages"

// SnapshotPath is where a run keeps the snapshot of a step.
func SnapshotPath(run string, step int) string {
	return filepath.Join(run, averageDir, filepath.Base(CheckpointPath(run, step)))
}

// MadePath is where the average of that name and step goes unless another place is said.
func MadePath(run, name string, step int) string {
	return filepath.Join(run, averageDir, fmt.Sprintf("%s-step%d%s", name, step, checkpointExt))
}

// snapshots lists the steps of the snapshots that a run has, in ascending order.
func snapshots(run string) (steps []int, err error) {
	entries, err := os.ReadDir(filepath.Join(run, averageDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: averages: %w", err)
	}
	for _, e := range entries {
		if step := stepOf(e.Name()); step > 0 {
			steps = append(steps, step)
		}
	}
	return steps, nil
}

// powers are the parts of a snapshot.
func powers(c *Checkpoint) (states []string, err error) {
	for _, k := range c.Averages {
		if k.Std > 0 {
			states = append(states, k.State)
		}
	}
	if len(states) == 0 {
		return nil, errors.New("average.std: got none, want at least one")
	}
	return states, nil
}

// Snapshot is c with no more than the power-function averages, to save as a snapshot of
// the run in dir.
func (c *Checkpoint) Snapshot(dir string) (*Checkpoint, error) {
	states, err := powers(c)
	if err != nil {
		return nil, fmt.Errorf("run: snapshot: %w", err)
	}
	s := *c
	s.Path, s.Weights = SnapshotPath(dir, c.Step), &experiment.Weights{}
	for _, p := range c.Weights.Parts() {
		switch {
		case !slices.Contains(states, p.State):
		case p.State == experiment.StateAverage:
			s.Weights.Average = p.Data
		default:
			s.Weights.More = append(s.Weights.More, p)
		}
	}
	return &s, nil
}
