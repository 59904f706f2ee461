package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

// scorer computes what the eval section of a configuration asks for while it is trained.
type scorer struct {
	judged
	of experiment.Eval
	on string // what decides the scores beside the weights
}

// scoring has hooks compute the scores that e asks for. It is to be closed.
func scoring(ctx context.Context, e *experiment.Experiment, dev plan.Device, hooks *train.Hooks) (
	closing func() error, err error) {
	s, err := newScorer(ctx, e, dev)
	if err != nil {
		return nil, err
	}
	if s != nil {
		hooks.Score = s.score
	}
	return s.close, nil
}

// newScorer opens what the scores of e are computed on, or says what is wrong with them; nil where
// none are asked for.
func newScorer(ctx context.Context, e *experiment.Experiment, dev plan.Device) (*scorer, error) {
	of := e.Config.Eval
	if !of.On() {
		return nil, nil
	}
	metrics, err := eval.ParseMetrics(of.Metrics)
	if err != nil {
		return nil, inEval(err)
	}
	using, err := parseFeatures(of.Features)
	if err != nil {
		return nil, inEval(err)
	}
	data, _ := datasets.HeldOut(e.Config.Data)
	if of.Against != "" {
		if data, err = namedData("against", of.Against); err != nil {
			return nil, inEval(err)
		}
	}
	against, err := eval.OpenAgainstLike(data, e.Point())
	if err != nil {
		return nil, inEval(err)
	}
	s := &scorer{of: of}
	s.device = dev
	s.Case = s.caseOf(&run.Checkpoint{Experiment: e, Path: "eval"}, against)
	if s.metrics, err = s.Check(metrics); err != nil {
		return nil, err
	}
	kept := func(m eval.Chosen) bool { return m.Kind == of.Keep }
	if of.Keep != "" && !slices.ContainsFunc(s.metrics, kept) {
		var kinds []string
		for _, m := range s.metrics {
			kinds = append(kinds, m.Kind)
		}
		return nil, inEval(&choice.Fault{Path: "keep", Got: choice.Show(of.Keep),
			Want: choice.OneOf(of.Keep, kinds) + ", which are computed"})
	}
	if err := s.space(ctx, using); err != nil {
		return nil, inEval(err)
	}
	info := against.Info()
	s.on = fmt.Sprintf("%d points of seed %d, against %s (%s)", of.N, of.Seed,
		datasets.Sources.Brief(against.Data), info.Fingerprint)
	for _, space := range []*eval.Space{s.Space, s.Telling} {
		if space != nil {
			f := space.Info()
			s.on += fmt.Sprintf(", in %s (%s)", f.Name, f.Hash)
		}
	}
	return s, nil
}

// inEval puts faults in the section eval.
func inEval(err error) error {
	if faults, ok := choice.FaultsOf(err); ok {
		return faults.Under("eval")
	}
	return err
}

// caseOf is a checkpoint held to data.
func (s *scorer) caseOf(ck *run.Checkpoint, a *eval.Against) *eval.Case {
	e := *ck.Experiment
	cfg := *e.Config
	cfg.Sample.N, cfg.Sample.Seed = s.of.N, s.of.Seed
	e.Config = &cfg
	of := *ck
	of.Experiment = &e
	return eval.NewCase(&eval.Subject{Path: ck.Path, Fielded: &eval.Fielded{Checkpoint: &of,
		Weights: "average", Part: experiment.StateAverage, Device: s.device}}, a, evalProgress(newProgress()))
}

// score is for train.Hooks.
func (s *scorer) score(ctx context.Context, ck *run.Checkpoint) ([]run.Scored, error) {
	c := s.caseOf(ck, s.Against)
	c.Space, c.Telling = s.Space, s.Telling
	r, err := c.Compute(ctx, s.metrics)
	if err != nil {
		return nil, err
	}
	var all []run.Scored
	for _, m := range s.metrics {
		line := run.Scored{Step: ck.Step, Metric: m.String(), On: s.on, Higher: m.Higher}
		for _, v := range r.Scores {
			if v.Metric == line.Metric {
				line.Scores = append(line.Scores, run.Score{Name: v.Name, Value: v.Value, Error: v.Error,
					N: v.N})
			}
		}
		all = append(all, line)
		first := line.Scores[0]
		fields := logrus.Fields{"step": ck.Step, "value": first.Value}
		if first.Error != nil {
			fields["error"] = *first.Error
		}
		logrus.WithFields(fields).Info(m.Kind, ": ", first.Name)
	}
	return all, nil
}

// close frees what the scores are computed on, but for the device.
func (s *scorer) close() error {
	if s == nil || s.Case == nil {
		return nil
	}
	var errs []error
	for _, space := range []*eval.Space{s.Space, s.Telling} {
		if space != nil {
			errs = append(errs, space.Close())
		}
	}
	return errors.Join(errs...)
}
