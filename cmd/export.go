package cmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/interchange"
)

// exportFlags are the flags of export.
type exportFlags struct {
	weightsFlags
	out string
}

func newExport() *cobra.Command {
	var o exportFlags
	c := &cobra.Command{
		Use:   "export RUN",
		Short: "Write a model for PyTorch",
		Long: `Export writes the average of a run's newest checkpoint, or of a checkpoint file,
alone: as a state dict in PyTorch's layout, which torch.nn.Module.load_state_dict
takes and import reads. A transformer's tensors have the names, and the output the
sign, of the released DiT, SiT and Equilibrium Matching; the metadata say what makes
the module and what its output is.`,
		Example: `  stillfield export runs/digits-eqm
  stillfield export runs/digits-dit --out digits.safetensors`,
		Args: arguments(1, 1, "a run's directory or a checkpoint"), ValidArgsFunction: completeRuns,
		RunE: func(c *cobra.Command, args []string) error {
			return runExport(c.Context(), c.OutOrStdout(), args[0], &o)
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "file to write (default: export.safetensors beside the model)")
	o.whose(c)
	return c
}

func runExport(ctx context.Context, stdout io.Writer, path string, o *exportFlags) error {
	ck, part, err := o.load(ctx, path, nil)
	if err != nil {
		return err
	}
	out := o.out
	if out == "" {
		out = filepath.Join(path, "export.safetensors")
		if ck.Path == path {
			out = strings.TrimSuffix(path, ".safetensors") + "-export.safetensors"
		}
	}
	meta, err := interchange.Metadata(ck.Experiment)
	if err != nil {
		return err
	}
	ts := interchange.Tensors(ck.Experiment, ck.Weights.Part(part))
	if err := safetensors.WriteFile(out, meta, ts); err != nil {
		return err
	}
	logrus.WithFields(logrus.Fields{"checkpoint": ck.Path, "weights": o.label(ck), "model": ck.Net.String()}).
		Info("exported")
	_, err = fmt.Fprintf(stdout, "%d tensors: %s\n", len(ts), visible(out))
	return err
}
