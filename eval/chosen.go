package eval

import (
	"strings"

	"github.com/stillfield/stillfield/choice"
)

// Chosen is a metric with its parameters.
type Chosen struct {
	choice.Choice // with every parameter given
	Metric
}

// ParseMetrics reads metrics separated by commas, each with the parameters that it is to
// have: rings,likelihood:steps=50,n=100. A part with = and no name before a colon is a
// parameter of the metric before it. Its error has all faults.
func ParseMetrics(text string) ([]Chosen, error) {
	var all []Chosen
	var faults choice.Faults
	for _, one := range separated(text) {
		c, err := choice.Parse(one)
		if _, known := Metrics.Find(c.Kind); err != nil || !known {
			faults.Add("metrics", one, choice.OneOf(one, Metrics.Names()))
			continue
		}
		e, full, bad := Metrics.Resolve(c.Kind, c, nil)
		if faults = append(faults, bad...); len(bad) == 0 {
			all = append(all, Chosen{full, e.Make})
		}
	}
	return all, faults.Err()
}

// separated cuts a list of metrics into metrics.
func separated(text string) []string {
	var parts []string
	for _, part := range choice.Split(text) {
		name, _, assigns := strings.Cut(part, "=")
		if assigns && !strings.Contains(name, ":") && len(parts) > 0 {
			parts[len(parts)-1] += "," + part
			continue
		}
		parts = append(parts, part)
	}
	return parts
}
