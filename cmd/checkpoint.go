package cmd

import (
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// loaded is the newest checkpoint of a run, or a checkpoint file, with assignments to its
// configuration and one set of its weights, average or raw: part is what package
// experiment calls them.
func loaded(path, weights string, set []string) (ck *run.Checkpoint, part string, err error) {
	states := map[string]string{"average": experiment.StateAverage, "raw": experiment.StateWeights}
	part, ok := states[weights]
	if !ok {
		return nil, "", fmt.Errorf("weights: got %q, want average or raw", weights)
	}
	ck, skipped, err := run.Newest(path, run.LoadPart(part))
	for _, s := range skipped {
		logrus.Warn("passed over: ", s)
	}
	if err == nil {
		ck.Config, err = ck.Config.With(set)
	}
	return ck, part, err
}
