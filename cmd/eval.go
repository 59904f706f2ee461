package cmd

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/plan"
)

// evalFlags are the flags of eval. The overrides change the configuration that a
// checkpoint carries, and so how points are drawn.
type evalFlags struct {
	overrides
	weightsFlags
	against, metrics, features string
}

func newEval() *cobra.Command {
	var o evalFlags
	c := &cobra.Command{
		Use:   "eval PATH…",
		Short: "Judge samples, or the field of a run, against data",
		Long: `Eval computes scores of runs, checkpoints, directories that sample wrote and arrays
of points (.npy), each held to --against, or to the data it was trained on: to their
test set where they have one. A metric of points draws them as sample would. With
--json it prints one object, in which every score has what it was computed on.`,
		Example: `  stillfield eval runs/rings-8 --metrics rings -n 1024
  stillfield eval runs/digits-eqm-e runs/digits-eqm --metrics energy
  stillfield eval samples.npy --against rings:dim=8,count=4096 --json`,
		Args: arguments(1, math.MaxInt, "a run, a checkpoint, a directory of samples or an array"),
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
		": "+choice.Or(datasets.Sources.Names())+"; default what the field was trained on")
	f.StringVar(&o.metrics, "metrics", "", "what to compute, like energy,likelihood:steps=50: "+
		choice.Or(eval.Metrics.Names())+"; default what suits the data and costs little")
	f.StringVar(&o.features, "features", "", featuresUsage)
	o.whose(c)
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
	st := newProgress()
	judged := make([]judged, len(paths))
	for i, path := range paths {
		j := &judged[i]
		defer j.close()
		if err := j.open(c, path, o, metrics, st); err != nil {
			return err
		}
	}
	if err := drawsNone(c, judged); err != nil {
		return err
	}
	for i := range judged {
		if err := judged[i].space(c.Context(), of); err != nil {
			return err
		}
	}
	unwatched()
	var reports []*eval.Report
	for _, j := range judged {
		r, err := j.Compute(c.Context(), j.metrics)
		st.done()
		if err != nil {
			return err
		}
		for _, note := range r.Notes {
			logrus.Warn(r.Subject, ": ", note)
		}
		reports = append(reports, r)
	}
	asJSON, err := c.Flags().GetBool("json")
	if err != nil {
		return err
	}
	return printReports(c.OutOrStdout(), reports, asJSON)
}

// drawsNone refuses a number of points to draw where no metric is of points that are drawn.
func drawsNone(c *cobra.Command, all []judged) error {
	for _, j := range all {
		for _, m := range j.metrics {
			if m.Of == eval.Points {
				return nil
			}
		}
	}
	if n := c.Flag("n"); n.Changed {
		return &choice.Fault{Path: "n", Got: n.Value.String(),
			Want: "none: these metrics judge the field and draw no points; list metrics says what n " +
				"of each is"}
	}
	return nil
}

// printReports writes one JSON object, or a table.
func printReports(w io.Writer, reports []*eval.Report, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		return out.Encode(map[string]any{"version": version(), "reports": reports})
	}
	return eval.Table(reports).Print(w)
}

// judged is a subject with the metrics that it is to be judged by.
type judged struct {
	*eval.Case
	metrics []eval.Chosen
	device  plan.Device // nil for points
}

// open reads the subject at path, as far as metrics could not be computed of it.
func (j *judged) open(c *cobra.Command, path string, o *evalFlags, metrics []eval.Chosen,
	st *progress) error {
	s, err := j.subject(c.Context(), path, o, o.assignments(c))
	if err != nil {
		return err
	}
	data, known := s.Data()
	data, _ = datasets.HeldOut(data)
	if o.against != "" {
		data, err = choice.Parse(o.against)
	} else if !known {
		err = &choice.Fault{Path: "against", Got: "none", Want: "the data that " + path + " is held to"}
	}
	if err != nil {
		return err
	}
	against, err := eval.OpenAgainst(data)
	if err != nil {
		return err
	}
	j.Case = eval.NewCase(s, against, evalProgress(st))
	j.metrics, err = j.Check(metrics)
	return err
}

// subject is what is at path, with a device for the field that it may have.
func (j *judged) subject(ctx context.Context, path string, o *evalFlags, set []string) (
	*eval.Subject, error) {
	kind, err := eval.KindOf(path)
	if err != nil {
		return nil, err
	}
	if kind == eval.Drawn {
		if len(set) > 0 {
			key, value, _ := strings.Cut(set[0], "=")
			return nil, &choice.Fault{Path: key, Got: value, Want: "none: " + path + " is drawn already"}
		}
		want := "none: " + path + " is drawn already"
		switch {
		case o.weights != "average":
			return nil, &choice.Fault{Path: "weights", Got: o.weights, Want: want}
		case o.average != "":
			return nil, &choice.Fault{Path: "average", Got: o.average, Want: want}
		}
		return eval.Open(path)
	}
	ck, part, err := o.load(ctx, path, set)
	if err != nil {
		return nil, err
	}
	if j.device, err = openFor(ck.Experiment, "--precision float32 judges in it"); err != nil {
		return nil, err
	}
	return &eval.Subject{Path: path, Fielded: &eval.Fielded{Checkpoint: ck, Weights: o.weights, Part: part,
		Origin: origin(ck, part, o.weights, j.device), Device: j.device}}, nil
}

func (j *judged) close() {
	if j.Case != nil && j.Space != nil {
		j.Space.Close()
	}
	if j.device != nil {
		j.device.Close()
	}
}

// evalProgress shows how far each thing has come, with the time that is left of it.
func evalProgress(st *progress) func(what string, done, of int) {
	var of func(done, of int)
	var now string
	return func(what string, done, total int) {
		if what != now {
			now, of = what, shown(st, what)
		}
		of(done, total)
	}
}
