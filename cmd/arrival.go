package cmd

import (
	"fmt"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/sample"
)

// farFromData says where a path ends that ends far from the data even where its
// field is perfect, and what goes further; "" for all others.
func farFromData(s sample.Spec, p *field.Process) string {
	a, err := s.Arrival(p)
	if err != nil || !a.Far {
		return ""
	}
	further := "a smaller sample.end goes further"
	if a.Updates {
		further = "more steps or a larger eta go further"
	}
	return fmt.Sprintf("%s ends at t = %.3g, where there is %.2g times as much noise as data: %s",
		s.Sampler, a.T, a.Ratio, further)
}
