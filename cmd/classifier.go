package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/format/atomicfile"
)

// classifierFlags are the flags of classifier.
type classifierFlags struct {
	set     []string
	out     string
	device  string
	workers int
}

func newClassifier() *cobra.Command {
	var o classifierFlags
	keys := features.RecipeTable()
	long := `Classifier trains the network whose features eval compares images in, by a recipe:
one that comes with the program, a YAML file, or a source of data, for the usual
recipe. It writes the weights with the accuracy on the test set, and prints that;
eval --features FILE takes them. A recipe gives the same weights every time. Its keys,
in the file or with --set:
`
	for _, p := range keys.Common {
		long += fmt.Sprintf("\n  %-9s %s: %s, default %s", p.Name, p.About, p.Wants(), p.Usually())
	}
	c := &cobra.Command{
		Use:   "classifier RECIPE|DATA",
		Short: "Train a classifier in whose features eval compares images",
		Long:  long,
		Example: `  stillfield classifier digits
  stillfield classifier mnist --set steps=2000 --out mnist.safetensors
  stillfield eval runs/mine --features mnist.safetensors`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 { // which may have parameters, name=value
				return nil
			}
			return arguments(1, 1, "a recipe or a source of data")(c, args)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return configs.Classifiers(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(c *cobra.Command, args []string) error { return runClassifier(c, args[0], &o) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.set, "set", nil, "change one key of the recipe: steps=2000")
	f.StringVar(&o.out, "out", "", "file to write (default: NAME.safetensors here)")
	f.StringVar(&o.device, "device", "auto", "what runs it: auto, cpu, cuda, cuda:N or emu")
	f.IntVar(&o.workers, "workers", 0, "threads of the CPU, 0 for all")
	return c
}

// recipe reads what is named, and its name.
func (o *classifierFlags) recipe(what string) (*features.Recipe, string, error) {
	if slices.Contains(configs.Classifiers(), what) {
		text, err := configs.ReadClassifier(what)
		if err != nil {
			return nil, "", err
		}
		r, err := features.ParseRecipe(text, o.set)
		return r, what, err
	}
	if ext := filepath.Ext(what); ext == ".yaml" || ext == ".yml" {
		text, err := os.ReadFile(what)
		if err != nil {
			return nil, "", fmt.Errorf("classifier: %w", err)
		}
		r, err := features.ParseRecipe(text, o.set)
		return r, strings.TrimSuffix(filepath.Base(what), ext), err
	}
	c, err := choice.Parse(what)
	if _, known := datasets.Sources.Find(c.Kind); err != nil || !known {
		return nil, "", &choice.Fault{Path: "classifier", Got: choice.Show(what),
			Want: "a YAML file, a source of data, or one of " + strings.Join(configs.Classifiers(), ", ")}
	}
	r, err := features.UsualRecipe(c, o.set)
	return r, c.Kind, err
}

func runClassifier(c *cobra.Command, what string, o *classifierFlags) error {
	r, name, err := o.recipe(what)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = name + ".safetensors"
	}
	if err := atomicfile.Ready(o.out); err != nil {
		return fmt.Errorf("classifier: %w", err)
	}
	dev, err := openDevice(o.device, o.workers)
	if err != nil {
		return err
	}
	defer dev.Close()
	st := newProgress()
	show := shown(st, "training")
	t, err := r.Train(c.Context(), dev, func(l features.Line) {
		show(l.Step, l.Steps)
		logrus.WithFields(logrus.Fields{"step": l.Step, "loss": fmt.Sprintf("%.4f", l.Loss)}).Debug("trained")
	})
	st.done()
	if err != nil {
		return err
	}
	if err := t.Save(o.out); err != nil {
		return err
	}
	text, err := json.Marshal(classifierSummary{o.out, t.Data, len(t.Weights), t.Accuracy, t.Tested})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", text)
	return err
}

// classifierSummary is what classifier prints.
type classifierSummary struct {
	File     string  `json:"file"`
	Data     string  `json:"data"`
	Weights  int     `json:"weights"`
	Accuracy float64 `json:"accuracy"` // on the test set
	Tested   int     `json:"tested_on"`
}
