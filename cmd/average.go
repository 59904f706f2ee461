package cmd

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/average"
	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/run"
)

// averageFlags are the flags of average.
type averageFlags struct {
	std  string
	step int
	out  string
}

func newAverage() *cobra.Command {
	var o averageFlags
	c := &cobra.Command{
		Use:   "average RUN --std LENGTH",
		Short: "Make an average of the weights of another length, after the training",
		Long: `Average makes the power-function average of the weights of any length from the
snapshots that a run with average.std keeps (EDM2, arXiv 2312.02696), as the
training would have kept it: LENGTH is the standard deviation of the steps that
it looks back over, as a share of them. What it writes is a checkpoint of the
average alone, which sample draws from like any other. It prints how far the
combination's profile is from the one that was asked for: more snapshots
(average.snapshot) bring it nearer.`,
		Example: `  stillfield train --set average.std=[0.05,0.1] --set average.snapshot=50
  stillfield average runs/digits-eqm --std 0.15
  stillfield average runs/digits-eqm --std 0.02 --step 2000 --out short.safetensors`,
		Args: arguments(1, 1, "a run's directory"), ValidArgsFunction: completeRuns,
		RunE: func(c *cobra.Command, args []string) error { return runAverage(c, args[0], &o) },
	}
	c.Flags().StringVar(&o.std, "std", "", "length of the average, like 0.1")
	intVar(c, &o.step, choice.Param{Name: "step", Default: 0, In: choice.AtLeast(0, "steps"),
		About: "step of the training, which has a snapshot, 0 for the last that has one"})
	c.Flags().StringVar(&o.out, "out", "", "file to write (default: one in RUN/averages)")
	return c
}

func runAverage(c *cobra.Command, dir string, o *averageFlags) error {
	k, err := experiment.ParseAverage("std=" + o.std)
	if err != nil {
		return fmt.Errorf("std: got %q, want a number from %g to %g", o.std, average.MinStd, average.MaxStd)
	}
	if o.out != "" {
		beside := filepath.Dir(run.SnapshotPath(dir, 0))
		snapshots, err := filepath.Glob(filepath.Join(beside, "step-*.safetensors"))
		if err == nil { // an average that was made before may be made again
			err = spared(o.out, run.Verify, snapshots...)
		}
		if err != nil {
			return err
		}
		if err := atomicfile.Ready(o.out); err != nil {
			return fmt.Errorf("average: %w", err)
		}
	}
	made, err := run.PostHoc(c.Context(), dir, k.Std, o.step)
	if err != nil {
		return err
	}
	if made.Path = o.out; made.Path == "" {
		made.Path = run.MadePath(dir, k.Name, made.Step)
	}
	if err := made.Save(); err != nil {
		return err
	}
	warnOf(made)
	text, err := json.Marshal(madeSummary{made.Path, k.Name, made.Step, made.Snapshots, made.Residual})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", text)
	return err
}

// madeSummary is what average prints.
type madeSummary struct {
	Checkpoint string  `json:"checkpoint"`
	Average    string  `json:"average"`
	Step       int     `json:"step"`
	Snapshots  int     `json:"snapshots"`
	Residual   float64 `json:"residual"` // see average.Combination
}

// warnOf says of an average that it is far from the one that was asked for.
func warnOf(m *run.Made) {
	const far = .05
	if m.Residual > far {
		logrus.Warnf("the profile is %.0f %% off that of %s: %d snapshots lie too far apart for it; "+
			"a smaller average.snapshot, or another std, comes nearer",
			100*m.Residual, m.Average, m.Snapshots)
	}
}
