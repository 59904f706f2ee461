package cmd

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/run"
)

// evalFlags are the flags of eval. The overrides change the configuration that a
// checkpoint carries, and so how points are drawn.
type evalFlags struct {
	overrides
	weightsFlags
	against, metrics, features string
	seeds                      int
	out, pictures              string
	sweep                      []string
}

func newEval() *cobra.Command {
	var o evalFlags
	c := &cobra.Command{
		Use:   "eval PATH…",
		Short: "Judge samples, or the field of a run, against data",
		Long: `Eval computes scores of runs, checkpoints, directories that sample wrote and data, such
as a directory of pictures, a parquet file or an array, each held to --against, or to
the data it was trained on: to their test set where they have one. Data are named
by their path, or as after data: in a configuration; pictures are resized to the
size of those they are held to. A metric of points draws them as sample would, with
--seeds seeds from --seed on, and prints what each scored. With --json it prints one
object, in which every score has what it was computed on; --out keeps it as a file.

Of several paths the scores stand side by side, with what is within noise; scores
that do not compare, for they are of other data, of as many points as not or seen
through other features, are refused with the difference. A file that --out wrote is a
path like any other: its scores are read and not computed.`,
		Example: `  stillfield eval runs/digits-eqm runs/digits-fm --metrics kid,prdc -n 1000
  stillfield eval runs/digits-eqm --metrics kid --sweep sample.steps=50,100,250
  stillfield eval runs/rings-8 --metrics rings -n 1024
  stillfield eval runs/digits-eqm-e runs/digits-eqm --metrics energy
  stillfield eval samples.npy --against rings:dim=8,count=4096 --json
  stillfield eval pictures --against other/pictures --metrics kid,prdc
  stillfield eval runs/rings-8 --seeds 5 --out before.json
  stillfield eval before.json after.json`,
		Args: arguments(1, math.MaxInt,
			"a run, a checkpoint, a directory of samples, data or a file of scores"),
		ValidArgsFunction: func(_ *cobra.Command, _ []string, begun string) (
			[]string, cobra.ShellCompDirective) {
			return runsAt(begun), cobra.ShellCompDirectiveDefault
		},
		RunE: func(c *cobra.Command, args []string) error { return runEval(c, args, &o) },
	}
	o.section(c, "sample")
	o.section(c, "", "device", "workers", "precision")
	f := c.Flags()
	f.StringVar(&o.against, "against", "", "the data, like "+example(datasets.Sources.Section())+
		": "+choice.Or(datasets.Sources.Names())+", or a path; default what the field was trained on")
	f.StringVar(&o.metrics, "metrics", "", "what to compute, like energy,likelihood:steps=50: "+
		choice.Or(eval.Metrics.Names())+"; default what suits the data and costs little")
	f.StringVar(&o.features, "features", "", featuresUsage)
	intVar(c, &o.seeds, choice.Param{Name: "seeds", Default: 3, In: choice.Between(1, 1024, "seeds"),
		About: "draws of points, each with its own seed, of which a score is the mean"})
	f.StringArrayVar(&o.sweep, "sweep", nil, "judge a run with each of these values of a key, like "+
		"sample.steps=20,50,100 or average.std=0.05,0.1; of several keys, with each combination")
	f.StringVar(&o.out, "out", "", "also write the scores to this .json file")
	f.StringVar(&o.pictures, "pictures", "", "also write pictures to this directory: samples beside their "+
		"nearest training points, of --metrics nearest")
	o.whose(c)
	under(c, "Flags of what is drawn from", "weights", "average", "checkpoint")
	under(c, "Flags of scores", "against", "metrics", "features", "seeds", "sweep", "out", "pictures")
	return c
}

func runEval(c *cobra.Command, paths []string, o *evalFlags) error {
	metrics, err := eval.ParseMetrics(o.metrics)
	if err != nil {
		return err
	}
	of, err := parseFeatures(o.features)
	if err != nil {
		return err
	}
	if err := distinct(paths); err != nil {
		return err
	}
	if len(o.sweep) > 0 {
		g, err := axes(o.sweep)
		if err == nil && len(paths) > 1 {
			err = &choice.Fault{Path: "sweep", Got: fmt.Sprintf("%d paths", len(paths)), Want: "one run"}
		}
		if err == nil && o.pictures != "" {
			err = &choice.Fault{Path: "pictures", Got: o.pictures, Want: "none with --sweep"}
		}
		if err != nil {
			return err
		}
		return runSweep(c, paths[0], o, g, metrics, of)
	}
	if o.out != "" {
		if err := errors.Join(spared(o.out, run.Describe, paths...), eval.CheckFile(o.out)); err != nil {
			return err
		}
	}
	reports, err := judgeAll(c, paths, o, metrics, of)
	if err != nil {
		return err
	}
	return reported(c, o, reports)
}

// judgeAll is the reports of what is at paths: all are opened, and held to each other as far as they
// are known, before the first is computed.
func judgeAll(c *cobra.Command, paths []string, o *evalFlags, metrics []eval.Chosen, of choice.Choice) (
	[]*eval.Report, error) {
	st := newProgress()
	all := make([]judged, len(paths))
	var outlines, reports []*eval.Report
	for i, path := range paths {
		j := &all[i]
		defer j.close()
		if err := j.open(c, path, o, metrics, st); err != nil {
			return nil, err
		}
		outlines = append(outlines, j.outlines()...)
	}
	if err := o.fits(c, all); err != nil {
		return nil, err
	}
	if err := o.pictured(all); err != nil {
		return nil, err
	}
	if err := eval.Incomparable(outlines, true); err != nil {
		return nil, err
	}
	for i := range all {
		if err := all[i].space(c.Context(), of); err != nil {
			return nil, err
		}
	}
	unwatched()
	for _, j := range all {
		of, err := j.compute(c.Context())
		st.done()
		if err != nil {
			return nil, err
		}
		reports = append(reports, of...)
	}
	return reports, nil
}

// distinct refuses a path that is given twice.
func distinct(paths []string) error {
	for i, path := range paths {
		again := func(other string) bool { return filepath.Clean(other) == filepath.Clean(path) }
		if slices.ContainsFunc(paths[:i], again) {
			return fmt.Errorf("eval: %s: got it twice, want each path once", visible(path))
		}
	}
	return nil
}

// fits refuses flags that no subject has a use for: a number of points or of seeds where no metric
// is of points that are drawn, and whatever says what to compute where all of it has been.
func (o *evalFlags) fits(c *cobra.Command, all []judged) error {
	computed := false
	for _, j := range all {
		computed = computed || j.earlier == nil
		if slices.ContainsFunc(j.metrics, ofPoints) {
			return nil
		}
	}
	if !computed {
		return o.settled(c, "files of scores are read, and nothing is computed", "metrics", "against",
			"features", "weights", "average", "checkpoint",
			"seeds")
	}
	for _, name := range []string{"n", "seeds"} {
		if f := c.Flag(name); f.Changed {
			return &choice.Fault{Path: name, Got: f.Value.String(),
				Want: "none: these metrics judge the field and draw no points; list metrics says what n " +
					"of each is"}
		}
	}
	return nil
}

// reported prints reports as tables, or as one JSON object, and keeps them where that is asked
// for. Scores that turn out not to compare are printed each by itself, and an error.
func reported(c *cobra.Command, o *evalFlags, reports []*eval.Report) error {
	var compared *eval.Comparison
	apart := eval.Incomparable(reports, false)
	if apart == nil && len(reports) > 1 {
		compared = eval.Compare(reports)
	}
	file := eval.NewFile(version(), reports, compared)
	if o.out != "" {
		if err := file.Save(o.out); err != nil {
			return err
		}
	}
	w := c.OutOrStdout()
	asJSON, err := c.Flags().GetBool("json")
	if err == nil && asJSON {
		err = file.Encode(w)
	} else if err == nil {
		err = eval.Table(reports).Print(w)
		if err == nil && compared != nil {
			fmt.Fprintln(w)
			err = compared.Table().Print(w)
		}
	}
	return errors.Join(err, apart)
}

// settled refuses flags that change how points are drawn, and others of those names, for a reason.
func (o *evalFlags) settled(c *cobra.Command, why string, names ...string) error {
	refuse := func(key, value string) error {
		return &choice.Fault{Path: key, Got: value, Want: "none: " + why}
	}
	if set := o.assignments(c); len(set) > 0 {
		key, value, _ := strings.Cut(set[0], "=")
		return refuse(key, value)
	}
	for _, name := range names {
		if f := c.Flag(name); f.Changed {
			return refuse(name, f.Value.String())
		}
	}
	return nil
}
