package cmd

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/train"
)

func newSample() *cobra.Command {
	return &cobra.Command{
		Use: "sample RUN", Short: "Draw samples from a run or a checkpoint", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ck, _, err := train.Newest(args[0])
			if err != nil {
				return err
			}
			dev, err := openDevice("auto", 0)
			if err != nil {
				return err
			}
			defer dev.Close()
			_, err = draw(c.Context(), newStatus(os.Stderr), ck.Experiment, dev, ck.Weights.Average, filepath.Join(args[0], "x.png"))
			return err
		},
	}
}
