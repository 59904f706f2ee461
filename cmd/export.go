package cmd

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/interchange"
	"github.com/stillfield/stillfield/run"
)

// exportFlags are the flags of export.
type exportFlags struct {
	weightsFlags
	out, format string
}

func newExport() *cobra.Command {
	var o exportFlags
	c := &cobra.Command{
		Use:   "export RUN",
		Short: "Write a model for PyTorch, or as ONNX",
		Long: `Export writes the average of a run's newest checkpoint, or of a checkpoint file,
alone.

safetensors is a state dict in PyTorch's layout, which load_state_dict takes and
import reads. A transformer's tensors have the names, and the output the sign, of
the released DiT, SiT and Equilibrium Matching; the metadata say what makes the
module and what its output is.

onnx is the field itself, for any number of points: f [batch, …] of u [batch, …]
(images are [batch, height, width, channels]), of t [batch] where the network has
a clock, and of label [batch], −1 for none, where it is told a class. The numbers
of a model of more than 2 GiB are in a file beside it.`,
		Example: `  stillfield export runs/digits-eqm
  stillfield export runs/digits-eqm --format onnx
  stillfield export runs/digits-dit --out digits.safetensors`,
		Args: arguments(1, 1, "a run's directory or a checkpoint"), ValidArgsFunction: completeRuns,
		RunE: func(c *cobra.Command, args []string) error {
			return runExport(c.Context(), c.OutOrStdout(), args[0], &o)
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "file to write (default: export.FORMAT beside the model)")
	c.Flags().StringVar(&o.format, "format", "", "safetensors or onnx (default: what --out ends in)")
	o.whose(c)
	if err := c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(
		slices.Sorted(maps.Keys(exports)), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is there
	}
	return c
}

// exports are the formats, each with what writes it and says what it wrote.
var exports = map[string]func(ctx context.Context, path string, e *experiment.Experiment, flat []float32) (
	string, error){
	"safetensors": exportState,
	"onnx":        exportField,
}

func runExport(ctx context.Context, stdout io.Writer, path string, o *exportFlags) error {
	format := o.format
	if format == "" {
		format = "safetensors"
		if strings.EqualFold(filepath.Ext(o.out), ".onnx") {
			format = "onnx"
		}
	}
	write := exports[format]
	if write == nil {
		return fmt.Errorf("format: got %q, want %s", format, choice.Or(slices.Sorted(maps.Keys(exports))))
	}
	ck, part, err := o.load(ctx, path, nil)
	if err != nil {
		return err
	}
	out := o.out
	if out == "" {
		out = filepath.Join(path, "export."+format)
		if ck.Path == path {
			out = strings.TrimSuffix(path, ".safetensors") + "-export." + format
		}
	}
	if err := spared(out, run.Describe); err != nil {
		return err
	}
	what, err := write(ctx, out, ck.Experiment, ck.Weights.Part(part))
	if err != nil {
		return err
	}
	logrus.WithFields(logrus.Fields{"checkpoint": ck.Path, "weights": o.label(ck), "model": ck.Net.String()}).
		Info("exported")
	_, err = fmt.Fprintf(stdout, "%s: %s\n", what, visible(out))
	return err
}

// exportState writes a state dict.
func exportState(_ context.Context, path string, e *experiment.Experiment, flat []float32) (string, error) {
	meta, err := interchange.Metadata(e)
	if err != nil {
		return "", err
	}
	ts := interchange.Tensors(e, flat)
	return fmt.Sprintf("%d tensors", len(ts)), safetensors.WriteFile(path, meta, ts)
}

// exportField writes a model of ONNX.
func exportField(ctx context.Context, path string, e *experiment.Experiment, flat []float32) (string, error) {
	m, err := interchange.ONNX(ctx, e, flat)
	if err != nil {
		return "", err
	}
	what := fmt.Sprintf("%d operators of opset %d", len(m.Graph.Nodes), m.Opset)
	return what, onnx.WriteFile(path, m, onnx.Most)
}
