package cmd

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/sample"
)

// reading gives x what it reads t̂ with, where s needs that, and says how well it reads.
func reading(ctx context.Context, e *experiment.Experiment, x *sample.Compiled, s sample.Spec) error {
	r, err := e.Reading(ctx, x, s)
	if f, ok := r.(*readout.Fitted); ok && err == nil {
		logrus.WithFields(logrus.Fields{"pairs": f.Pairs, "rms": f.Spread}).Info("fitted a readout of t")
	}
	return err
}
