package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/run"
)

func newInspect() *cobra.Command {
	var o overrides
	var plan, tensors bool
	c := &cobra.Command{
		Use:   "inspect PATH",
		Short: "Say what a run, a checkpoint or a configuration is",
		Long: `Inspect prints what PATH holds: the field, the network with its parts, and what one
evaluation and the training cost. With --tensors it prints the weights by name and
shape, with --plan the compiled training step: operators, shapes, FLOPs, bytes and
places in the arena; with --device cuda what it takes on a GPU, which need not be here.`,
		Args:              arguments(1, 1, "a run, a checkpoint, a configuration or data"),
		ValidArgsFunction: completeConfigs,
		RunE: func(c *cobra.Command, args []string) error {
			return inspect(c.Context(), c.OutOrStdout(), args[0], o.assignments(c), plan, tensors)
		},
	}
	c.Flags().BoolVar(&plan, "plan", false, "print the compiled training step")
	c.Flags().BoolVar(&tensors, "tensors", false, "print each tensor of the weights with its shape")
	o.config(c)
	return c
}

func inspect(ctx context.Context, w io.Writer, path string, set []string, plan, tensors bool) error {
	e, what, err := inspected(path, set)
	if err != nil {
		return err
	}
	if plan {
		p, err := e.Plan(ctx)
		if err != nil {
			return err
		}
		if err := printFootprint(ctx, w, e, p); err != nil {
			return err
		}
		_, err = fmt.Fprint(w, p)
		return err
	}
	cost, err := e.Cost(ctx)
	if err != nil {
		return err
	}
	flops := cost.Evaluation
	fmt.Fprintf(w, "%s\nfield    %v\n", what, e.Process)
	for _, line := range e.Process.Warnings() {
		fmt.Fprintf(w, "warning  %s\n", line)
	}
	for _, line := range e.Process.Notes() {
		fmt.Fprintf(w, "note     %s; training and sampling do without\n", line)
	}
	fmt.Fprintf(w, "verdict  %s\n", e.Process.Stability().Verdict())
	fmt.Fprintf(w, "data     %s %v\nmodel    %v\nweights  %d (%.1f MB)\n"+
		"cost     %.4g GFLOP for each image and evaluation\ntraining %v\n"+
		"         at %g GFLOP/s on two cores, and at half of the H200's dense bf16 peak, %g TFLOP/s\n",
		e.Config.Data.Kind, e.Shape, e.Net, e.Params.Len, 4e-6*float64(e.Params.Len), flops/1e9,
		cost, experiment.TwoCores/1e9, experiment.H200/1e12)
	fmt.Fprintf(w, "%s\n", diagnosed(e.Config, flops))
	if !tensors {
		return printParts(w, e.Params.List)
	}
	for _, p := range e.Params.List {
		fmt.Fprintf(w, "%10d  %-34s %v\n", p.Size(), p.Name, p.Shape)
	}
	return nil
}

// printParts prints how many weights each part of a network has: its tensors with one name
// before the first dot.
func printParts(w io.Writer, all []model.Param) error {
	var names []string
	sizes, counts := map[string]int{}, map[string]int{}
	for _, p := range all {
		name, _, _ := strings.Cut(p.Name, ".")
		if counts[name] == 0 {
			names = append(names, name)
		}
		sizes[name] += p.Size()
		counts[name]++
	}
	for _, name := range names {
		of := "tensors"
		if counts[name] == 1 {
			of = "tensor"
		}
		fmt.Fprintf(w, "%10d  %-12s %d %s\n", sizes[name], name, counts[name], of)
	}
	_, err := fmt.Fprintf(w, "\n--tensors lists all %d with their shapes\n", len(all))
	return err
}

// diagnosed says what the diagnostics of c cost, where an evaluation costs so many FLOPs: a step
// of training takes three evaluations of each sample of the batch. It is a line, or nothing.
func diagnosed(c *experiment.Config, flops float64) string {
	if !c.Diagnostics.On() {
		return ""
	}
	cost := c.MeterCost()
	return fmt.Sprintf("meters   %s every %d steps: %.0f evaluations, %.4g GFLOP, as %.3g steps "+
		"of training; once, the exact field of the data at %.0f points\n",
		strings.Join(c.Diagnostics.Meters, ", "), c.Diagnostics.Every, cost.Evaluations,
		cost.Evaluations*flops/1e9, cost.Evaluations/float64(3*c.Batch), cost.Exact)
}

// inspected finds out what path is. Of a configuration the data is described, for its
// shape: they are opened only where nothing else tells.
func inspected(path string, set []string) (*experiment.Experiment, string, error) {
	info, err := os.Stat(path)
	named := strings.HasSuffix(path, ".safetensors") // then the error says what is wrong with the checkpoint
	if err == nil && (info.IsDir() || run.IsCheckpoint(path) || named) {
		ck, skipped, err := run.Newest(path, run.Describe)
		switch {
		case err == nil:
			what := fmt.Sprintf("checkpoint %s, step %d of %d", ck.Path, ck.Step, ck.Config.Steps)
			if ck.Average != ck.Config.Average.Kept()[0].Name {
				what += ", the average " + ck.Average
			}
			for _, s := range skipped {
				what += "\nskipped  " + s.Error()
			}
			return changed(ck.Experiment, set, what)
		case !info.IsDir() || !errors.Is(err, run.ErrNoCheckpoint):
			return nil, "", err
		case !run.Is(path):
			e, what, err := suggested(path, set)
			if none := new(datasets.Unknown); !errors.As(err, &none) {
				return e, what, err
			}
		}
		cfg, err := run.ReadConfig(path, set)
		return built(cfg, err, "run "+path+" without a checkpoint")
	}
	return suggested(path, set)
}

// suggested is the configuration at path, or the experiment for the data there.
func suggested(path string, set []string) (*experiment.Experiment, string, error) {
	r, err := recognize(path, set)
	switch {
	case err != nil:
		return nil, "", err
	case r != nil:
		e, err := experiment.New(r.cfg, r.src.Info().Shape)
		return e, "data " + path + ", with what train chooses:\n" + strings.Join(r.why, "\n"), err
	}
	cfg, err := readConfig(path, "", set)
	what := "configuration " + path
	if err == nil && len(cfg.Bases()) > 0 {
		what += ", on " + strings.Join(cfg.Bases(), ", ")
	}
	return built(cfg, err, what)
}

// changed is the experiment of a checkpoint with assignments to its configuration. The
// data need not be there unless it is what changes.
func changed(e *experiment.Experiment, set []string, what string) (*experiment.Experiment, string, error) {
	if len(set) == 0 {
		return e, what, nil
	}
	cfg, err := e.Config.With(set)
	if err != nil {
		return nil, "", err
	}
	what += "\nchanged  " + strings.Join(set, ", ")
	if cfg.Data.String() != e.Config.Data.String() {
		return built(cfg, nil, what)
	}
	e, err = experiment.New(cfg, e.Shape)
	return e, what, err
}

func built(cfg *experiment.Config, err error, what string) (*experiment.Experiment, string, error) {
	if err != nil {
		return nil, "", err
	}
	info, err := cfg.DescribeData()
	if err == nil {
		err = cfg.CheckData(info)
	}
	if err != nil {
		return nil, "", err
	}
	e, err := experiment.New(cfg, info.Shape)
	return e, what, err
}
