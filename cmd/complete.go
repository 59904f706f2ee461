package cmd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/run"
)

// completeRuns offers the runs below what has been typed, or below runs/, and files,
// for a checkpoint is one.
func completeRuns(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return runsAt(begun), cobra.ShellCompDirectiveDefault
}

// completeConfigs offers the experiments, the runs, and files and directories, which may be data.
func completeConfigs(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return append(configs.Names(), runsAt(begun)...), cobra.ShellCompDirectiveDefault
}

// runsAt lists the runs in the directory of a path that has been begun.
func runsAt(begun string) []string {
	dir, _ := filepath.Split(begun)
	if dir == "" {
		dir = "runs"
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var runs []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); run.Is(path) && strings.HasPrefix(path, begun) {
			runs = append(runs, path)
		}
	}
	return runs
}

// devicesByName are the devices that --device may name, as completion shows them.
var devicesByName = []string{
	"auto\tthe first GPU, or the CPU", "cpu", "cuda\tthe first GPU", "emu\tthe GPU's kernels, emulated",
}
