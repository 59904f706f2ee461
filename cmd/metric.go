package cmd

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// executor is what draws s of a field f of e: the device, where the points stay until they
// are done; or the host in float64, where a part of the field is followed, with the metric
// measured on the field that the device evaluates. It is to be closed.
func executor(ctx context.Context, e *experiment.Experiment, dev plan.Device, f model.Trained,
	s sample.Spec) (x sample.Executor, closing func() error, err error) {
	on := sample.OnDevice(ctx, dev, f, e.Point(), e.Precision())
	if s.Part() == sample.Whole {
		return on, on.Close, reading(ctx, e, on, s)
	}
	src, err := e.Config.OpenData()
	if err != nil {
		return nil, on.Close, err
	}
	batch := min(s.Batch, s.N)
	fit, err := e.Readout(ctx, on, src, batch)
	if err != nil {
		return nil, on.Close, err
	}
	logrus.WithFields(logrus.Fields{"pairs": fit.Pairs, "rms": fit.Spread}).Info(
		"measured the metric by the noise level that is read from the field")
	eval, err := sample.Asked(on, batch)
	if err != nil {
		return nil, on.Close, err
	}
	metric := sample.MeasuredMetric(eval, e.Process, fit)
	return sample.OnHost(eval, on.Dim()).WithMetric(metric), on.Close, nil
}
