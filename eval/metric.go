package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/meter"
)

// Metric is a way to judge a subject.
type Metric struct {
	// Of says what of the subject it judges.
	Of Part
	// Featured says that it is computed on features, those of Case.Space.
	Featured bool
	// Classified says that these must tell classes: features.Classified.
	Classified bool
	// Pictured says that it writes pictures to Case.Pictures, where that names a directory.
	Pictured bool
	// Higher says that its first score is the better the higher it is; else the lower.
	Higher bool
	// Usual reports whether it is computed where no metric is asked for; nil is for never.
	Usual func(c *Case) bool
	// Make is the metric with its parameters.
	Make func(v choice.Values) Measure
}

// Part is what of a subject a metric judges.
type Part int

// The parts of a subject.
const (
	Points Part = iota // samples
	Field              // the field that samples are drawn from
)

// Measure computes the scores of a case. It allocates for the points that it judges and
// ends with ctx.
type Measure func(ctx context.Context, c *Case) ([]Score, error)

// Metrics is the table of metrics. Each is added in the file that has it.
var Metrics = choice.Table[Metric]{What: "metric", Key: "metrics"}

// seed is the parameter of metrics that draw random numbers.
var seed = choice.Param{Name: "seed", Default: uint64(0), About: "of the random numbers of the metric"}

// counted is the parameter of metrics that need not take all data.
func counted(usual int) choice.Param {
	return choice.Param{Name: "n", Default: usual, In: choice.AtLeast(0, "points, 0 for all"),
		About: "points of the data, a random choice that is always the same; 0 for all"}
}

// Score is one number with what it was computed on.
type Score struct {
	Metric string   `json:"metric"` // with its parameters, as choice.Parse reads them
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	Error  *float64 `json:"error,omitempty"`       // standard error
	By     string   `json:"error_is,omitempty"`    // how that was found
	N      int      `json:"n"`                     // points that Value is of
	On     string   `json:"computed_on,omitempty"` // those points, in words
	Basis
	// Draws are what the draws of points scored of which Value is the mean; of a single one too,
	// where its seed is known.
	Draws []Draw `json:"draws,omitempty"`
}

// exact is a score without an error.
func exact(name string, value float64, n int, on string) Score {
	return Score{Name: name, Value: value, N: n, On: on}
}

// withError is a score with its standard error.
func withError(name string, value, se float64, by string, n int, on string) Score {
	s := exact(name, value, n, on)
	s.Error, s.By = &se, by
	return s
}

// byMean is how the error of a mean is found.
const byMean = "standard deviation / √n"

// averaged is the mean of independent values and its standard error.
func averaged(name string, values []float64, on string) Score {
	if len(values) == 1 {
		return exact(name, values[0], 1, on)
	}
	e := meter.Mean(values)
	return withError(name, e.Mean, e.SE, byMean, e.N, on)
}

// finite reports a score that is no number: there is no such thing in JSON, and none that
// could be compared.
func (s Score) finite() error {
	if s.Value-s.Value != 0 {
		return fmt.Errorf("eval: %s: %s: got %v, want a finite number", s.Metric, s.Name, s.Value)
	}
	if s.Error != nil && *s.Error-*s.Error != 0 {
		return fmt.Errorf("eval: %s: %s: got a standard error of %v from %d points, want a finite one: "+
			"more points", s.Metric, s.Name, *s.Error, s.N)
	}
	return nil
}
