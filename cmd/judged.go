package cmd

import (
	"context"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/plan"
)

// judged is a subject with the metrics that it is to be judged by, or what it scored earlier.
type judged struct {
	*eval.Case
	metrics []eval.Chosen
	device  plan.Device // nil for points
	earlier []*eval.Report
}

// outlines are what is known of the reports of j before the work.
func (j *judged) outlines() []*eval.Report {
	if j.earlier != nil {
		return j.earlier
	}
	return []*eval.Report{j.Outline(j.metrics)}
}

// compute is the reports of j.
func (j *judged) compute(ctx context.Context) ([]*eval.Report, error) {
	if j.earlier != nil {
		return j.earlier, nil
	}
	r, err := j.Compute(ctx, j.metrics)
	if err != nil {
		return nil, err
	}
	for _, note := range r.Notes {
		logrus.Warn(r.Subject, ": ", note)
	}
	r.Version = version()
	return []*eval.Report{r}, nil
}

// open reads the subject at path, as far as metrics could not be computed of it.
func (j *judged) open(c *cobra.Command, path string, o *evalFlags, metrics []eval.Chosen,
	st *progress) error {
	kind, err := eval.KindOf(path)
	if err != nil {
		return err
	}
	switch kind {
	case eval.Reported:
		j.earlier, err = eval.ReadFile(path)
		return err
	case eval.Drawn:
		if err := o.settled(c, path+" is drawn already", "weights", "average", "checkpoint",
			"seeds"); err != nil {
			return err
		}
	case eval.Given:
		return j.given(c, path, o, metrics, st)
	}
	s, err := j.subject(c.Context(), path, o, kind, o.assignments(c))
	if err != nil {
		return err
	}
	data, known := s.Data()
	data, _ = datasets.HeldOut(data)
	if o.against != "" {
		data, err = namedData("against", o.against)
	} else if !known {
		err = &choice.Fault{Path: "against", Got: "none", Want: "the data that " + path + " is held to"}
	}
	if err != nil {
		return err
	}
	against, err := eval.OpenAgainstLike(data, s.Shape())
	if err != nil {
		return err
	}
	return j.hold(s, against, o, metrics, st)
}

// given reads the data at path as points.
func (j *judged) given(c *cobra.Command, path string, o *evalFlags, metrics []eval.Chosen,
	st *progress) error {
	if err := o.settled(c, path+" is data", "weights", "average", "checkpoint", "seeds"); err != nil {
		return err
	}
	if o.against == "" {
		return &choice.Fault{Path: "against", Got: "none", Want: "the data that " + path + " is held to"}
	}
	data, err := namedData("against", o.against)
	if err != nil {
		return err
	}
	against, err := eval.OpenAgainst(data)
	if err != nil {
		return err
	}
	s, err := eval.OpenGiven(path, against)
	if err != nil {
		return err
	}
	return j.hold(s, against, o, metrics, st)
}

// hold makes the case of a subject held to data.
func (j *judged) hold(s *eval.Subject, a *eval.Against, o *evalFlags, metrics []eval.Chosen,
	st *progress) (err error) {
	j.Case = eval.NewCase(s, a, evalProgress(st))
	j.Seeds = o.seeds
	j.metrics, err = j.Check(metrics)
	return err
}

// subject is what is at path, with a device for the field that it may have.
func (j *judged) subject(ctx context.Context, path string, o *evalFlags, kind eval.Kind, set []string) (
	*eval.Subject, error) {
	if kind == eval.Drawn {
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
	if j.Case != nil {
		for _, s := range []*eval.Space{j.Space, j.Telling} {
			if s != nil {
				s.Close()
			}
		}
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
