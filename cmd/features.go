package cmd

import (
	"context"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/plan"
)

// featuresUsage is what help says of the flag.
var featuresUsage = "what metrics of features compare, or a file of it: " +
	choice.Or(features.Extractors.Names()) + "; default what suits the data"

// parseFeatures reads the flag; empty is for what suits the data.
func parseFeatures(text string) (choice.Choice, error) {
	if text == "" {
		return choice.Choice{}, nil
	}
	return features.Parse(text)
}

// space opens the features that the metrics of j are of, the usual ones and those that tell classes,
// where there are such metrics, and refuses features that nothing would be computed on.
func (j *judged) space(ctx context.Context, c choice.Choice) (err error) {
	if j.earlier != nil {
		return nil
	}
	used, usual, classified := false, false, ""
	for _, m := range j.metrics {
		used, usual = used || m.Featured, usual || m.Featured && !m.Classified
		if m.Classified {
			classified = m.Kind
		}
	}
	switch {
	case usual && classified != "" && c.Kind == "":
		// Each has what suits it: a distance is the same whatever is computed beside it.
		c = features.Suiting(j.Against.Info(), true)
		if j.Telling, err = eval.OpenSpace(ctx, c, j.Against, j.opened); err != nil {
			return err
		}
		c, classified = features.Suiting(j.Against.Info(), false), ""
	case used && c.Kind == "":
		c = features.Suiting(j.Against.Info(), classified != "")
	case !used && c.Kind != "":
		return &choice.Fault{Path: "features", Got: c.String(),
			Want: "none: these metrics compare no features"}
	}
	if used {
		j.Space, err = eval.OpenSpace(ctx, c, j.Against, j.opened)
	}
	if !used || err != nil {
		return err
	}
	if _, stored := j.Space.Extractor.(features.Stored); stored && j.Fielded != nil {
		return &choice.Fault{Path: "features", Got: c.String(),
			Want: "features that can be computed of the points to be drawn from " + j.Path +
				": sample draws points to compute others of"}
	}
	if _, ok := j.Space.Extractor.(features.Classified); !ok && classified != "" {
		return &choice.Fault{Path: "features", Got: c.String(), Want: "classifier: " + classified +
			" judges by the classes that one finds"}
	}
	return nil
}

// opened is the device of j, the usual one where its points are drawn already.
func (j *judged) opened() (plan.Device, error) {
	if j.device != nil {
		return j.device, nil
	}
	var err error
	j.device, err = openDevice("auto", 0)
	return j.device, err
}
