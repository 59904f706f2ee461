package experiment

import (
	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// usualSigmaData is the deviation of pixels in [−1, 1], about.
const usualSigmaData = .5

// scaling is the model's sigma_data where none is given: that of the target or of the
// weight, or the usual one, where the schedule does not keep u to values of about 1.
func scaling(p *field.Process) choice.Values {
	if !p.Schedule.Endless() {
		return nil
	}
	for _, c := range []choice.Choice{p.Spec.Target, p.Spec.Weight} {
		if sigma, ok := c.Params["sigma_data"]; ok {
			return choice.Values{"sigma_data": sigma}
		}
	}
	return choice.Values{"sigma_data": usualSigmaData}
}
