package experiment

import (
	"context"

	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// Executor is what draws s of a field f of e: the device, where the points stay until they are
// done; or the host in float64, where a part of the field is followed, with the metric measured
// on the field that the device evaluates. read is what the noise time is read with, nil where s
// needs none. It is to be closed, after an error too.
func (e *Experiment) Executor(ctx context.Context, dev plan.Device, f model.Trained, s sample.Spec) (
	x sample.Executor, read readout.Reader, closing func() error, err error) {
	on := sample.OnDevice(ctx, dev, f, e.Point(), e.Precision())
	if s.Part() == sample.Whole {
		read, err = e.Reading(ctx, on, s)
		return on, read, on.Close, err
	}
	src, err := e.Config.OpenData()
	if err != nil {
		return nil, nil, on.Close, err
	}
	batch := min(s.Batch, s.N)
	fit, err := e.Readout(ctx, on, src, batch)
	if err != nil {
		return nil, nil, on.Close, err
	}
	eval, err := sample.Asked(on, batch)
	if err != nil {
		return nil, nil, on.Close, err
	}
	metric := sample.MeasuredMetric(eval, e.Process, fit)
	return sample.OnHost(eval, on.Dim()).WithMetric(metric), fit, on.Close, nil
}
