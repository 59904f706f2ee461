package cmd

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// executor is what draws s of a field f of e; it says how well the noise time is read, where that
// is needed. It is to be closed.
func executor(ctx context.Context, e *experiment.Experiment, dev plan.Device, f model.Trained,
	s sample.Spec) (x sample.Executor, closing func() error, err error) {
	x, read, closing, err := e.Executor(ctx, dev, f, s)
	if fit, ok := read.(*readout.Fitted); ok && err == nil {
		what := "fitted a readout of t"
		if s.Part() != sample.Whole {
			what = "measured the metric by the noise level that is read from the field"
		}
		logrus.WithFields(logrus.Fields{"pairs": fit.Pairs, "rms": fit.Spread}).Info(what)
	}
	return x, closing, err
}
