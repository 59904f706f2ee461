package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// weightsFlags say which of a checkpoint's weights are used.
type weightsFlags struct{ weights, average, checkpoint string }

// whose adds the flags to c.
func (o *weightsFlags) whose(c *cobra.Command) {
	c.Flags().StringVar(&o.weights, "weights", "average", "average or raw")
	c.Flags().StringVar(&o.checkpoint, "checkpoint", "", "which checkpoint of a run: newest, best (by "+
		"eval.keep) or the step of one (default newest)")
	c.Flags().StringVar(&o.average, "average", "", "which average, like half_life=50000 or std=0.1; "+
		"a std that was not kept is made of the run's snapshots (default: the first that the run keeps)")
}

// reader reads the weights asked for: part is what package experiment calls them, and k
// the average, with no name where none is said.
func (o *weightsFlags) reader() (read run.Reader, part string, k experiment.Kept, err error) {
	switch {
	case o.weights == "raw" && o.average != "":
		err = fmt.Errorf("average: got %q with --weights raw, want one of them", o.average)
	case o.weights == "raw":
		return run.LoadPart(experiment.StateWeights), experiment.StateWeights, k, nil
	case o.weights != "average":
		err = fmt.Errorf("weights: got %q, want average or raw", o.weights)
	case o.average != "":
		k, err = experiment.ParseAverage(o.average)
	}
	return run.LoadAverage(k.Name), experiment.StateAverage, k, err
}

// load is the newest checkpoint of a run, or a checkpoint file, with assignments to its
// configuration and the weights asked for, whose part it names. A power-function average
// that a run has not kept is made of its snapshots.
func (o *weightsFlags) load(ctx context.Context, path string, set []string) (*run.Checkpoint, string, error) {
	read, part, k, err := o.reader()
	if err != nil {
		return nil, "", err
	}
	if o.checkpoint != "" && !isDir(path) {
		return nil, "", &choice.Fault{Path: "checkpoint", Got: choice.Show(o.checkpoint),
			Want: "none: " + path + " is no run, which may have several"}
	}
	ck, skipped, err := run.At(path, o.checkpoint, read)
	for _, s := range skipped {
		logrus.Warn("passed over: ", s)
	}
	newest := o.checkpoint == "" || o.checkpoint == "newest"
	if errors.Is(err, run.ErrNoAverage) && isDir(path) && k.Std > 0 && newest {
		made, why := run.PostHoc(ctx, path, k.Std, 0)
		switch {
		case why == nil:
			made.Path = run.MadePath(path, k.Name, made.Step)
			logrus.WithFields(logrus.Fields{"snapshots": made.Snapshots, "step": made.Step,
				"residual": made.Residual}).Info("made ", k.Name)
			warnOf(made)
			ck, err = made.Checkpoint, nil
		case !errors.Is(why, run.ErrNoSnapshots):
			return nil, "", why
		}
	}
	if err == nil {
		ck.Config, err = ck.Config.With(set)
	}
	return ck, part, err
}

// label is what a path and a log call the weights: average for the first that the run
// keeps.
func (o *weightsFlags) label(ck *run.Checkpoint) string {
	if o.weights == "raw" || ck.Average == ck.Config.Average.Kept()[0].Name {
		return o.weights
	}
	return ck.Average
}
