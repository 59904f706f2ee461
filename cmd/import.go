package cmd

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/interchange"
	"github.com/stillfield/stillfield/run"
)

func newImport() *cobra.Command {
	var o overrides
	var dir string
	c := &cobra.Command{
		Use:   "import FILE CONFIG",
		Short: "Make a run of the weights in a PyTorch file",
		Long: `Import reads a state dict, as safetensors or as a .pt file of torch.save, of which
nothing is executed, and makes a run at step 0 of it, which sample draws from and
train goes on with. CONFIG says what the network is, as for train.

A transformer's tensors have the names of the released DiT, SiT and Equilibrium
Matching; other networks have the names that export gives them. A checkpoint of a
training program, {"model": …, "ema": …}, gives the weights and their average. Every
tensor that is missing, unknown or of another shape is said in a line.`,
		Example: `  stillfield import EqM-B-2.pt eqm-b2 --run runs/eqm-b2
  stillfield import tiny.safetensors digits-dit --set model.depth=2`,
		Args: arguments(2, 2, "a file of weights and a configuration"), ValidArgsFunction: completeImport,
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := readConfig(args[1], "", o.assignments(c))
			if err != nil {
				return err
			}
			if dir == "" {
				dir = filepath.Join("runs", cfg.Name)
			}
			return runImport(c.OutOrStdout(), args[0], dir, cfg)
		},
	}
	c.Flags().StringVar(&dir, "run", "", "run directory (default runs/NAME)")
	o.config(c)
	return c
}

// completeImport offers files, and then what completeConfigs does.
func completeImport(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return completeConfigs(c, nil, begun)
}

func runImport(out io.Writer, path, dir string, cfg *experiment.Config) error {
	f, err := interchange.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	e, data, err := imported(f, cfg)
	if err != nil {
		return err
	}
	lock, err := run.Enter(dir, e.Config)
	if err != nil {
		return err
	}
	defer lock.Leave()
	switch old, err := run.Checkpoints(dir); {
	case err != nil:
		return err
	case len(old) > 0:
		return fmt.Errorf("import: %s holds the checkpoint %s; choose another directory with --run",
			visible(dir), visible(filepath.Base(old[0])))
	}
	ck := &run.Checkpoint{Experiment: e, Path: run.CheckpointPath(dir, 0), Data: data}
	if err := run.Ready(dir, func(int) bool { return true }); err != nil {
		return err
	}
	if ck.Weights, err = interchange.Begin(e, f); err != nil {
		return err
	}
	if err := errors.Join(run.KeepConfig(dir, e.Config), ck.Save()); err != nil {
		return err
	}
	logrus.WithFields(logrus.Fields{"file": path, "model": e.Net.String(), "weights": e.Params.Len,
		"field": e.Process.String()}).Info("imported")
	_, err = fmt.Fprintf(out, "checkpoint: %s\nnext:       stillfield sample %s -n 64 --seed 1\n",
		visible(ck.Path), shellPath(dir))
	return err
}

// imported is the experiment of cfg for the points of its data, and the fingerprint of these;
// where the data are not there, for those of the file, and no fingerprint.
func imported(f *interchange.File, cfg *experiment.Config) (*experiment.Experiment, string, error) {
	if err := cfg.SettleData(); err != nil {
		return nil, "", err
	}
	src, missing := cfg.OpenData()
	if missing == nil {
		info := src.Info()
		if err := cfg.CheckData(info); err != nil {
			return nil, "", err
		}
		e, err := experiment.New(cfg, info.Shape)
		return e, info.Fingerprint, err
	}
	_, average, err := f.Sources()
	if err != nil {
		return nil, "", err
	}
	shape, ok := interchange.ImageShape(average)
	if !ok {
		return nil, "", fmt.Errorf("import: the file does not say what shape points have: %w", missing)
	}
	logrus.Warn("the data are not there, and the points are those of the file, ", shape, ": ", missing)
	e, err := experiment.New(cfg, shape)
	return e, "", err
}
