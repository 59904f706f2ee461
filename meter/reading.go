package meter

import "math"

// Reading is what a meter says of a field.
type Reading struct {
	Meter string `json:"meter"`
	Title string `json:"title"`
	// Over is what curves run over: "t", the noise time, or "evaluation", of a sampler.
	Over   string  `json:"over"`
	Curves []Curve `json:"curves"`
	Text   string  `json:"text"`  // what the curves are
	Label  string  `json:"label"` // how the numbers were got
}

// Curve is one quantity by time or step.
type Curve struct {
	Name   string     `json:"name"`
	Kind   string     `json:"kind"` // curves of one kind have one scale: "relative error", say
	At     []float64  `json:"at"`
	Values []Estimate `json:"values"` // one for each of At
	// Whole is the quantity over all times, drawn as the prior does; nil where that is
	// nothing to speak of.
	Whole *Estimate `json:"whole,omitempty"`
	// Law says that the curve is none of the field's: what an exact one would do.
	Law bool `json:"law,omitempty"`
}

// Sum is one number for the curve: over all times where that means something, else the mean
// of its values. It is NaN where there are none.
func (c *Curve) Sum() float64 {
	if c.Whole != nil {
		return c.Whole.Mean
	}
	var sum float64
	for _, e := range c.Values {
		sum += e.Mean
	}
	return sum / float64(len(c.Values))
}

// add appends a value, unless it is none: 0/0, as of the Jacobian of a field that is 0.
func (c *Curve) add(at float64, e Estimate) {
	if e.finite() {
		c.At, c.Values = append(c.At, at), append(c.Values, e)
	}
}

// over sets the value over all times, likewise.
func (c *Curve) over(e Estimate) {
	if e.finite() {
		c.Whole = &e
	}
}

func (e Estimate) finite() bool { return math.Abs(e.Mean)+math.Abs(e.SE) <= math.MaxFloat64 }

// averaged is the curve of the means of draws[k] at each time, and of each draw over all.
func averaged(kind, name string, times []float64, draws [][]float64) Curve {
	c := Curve{Kind: kind, Name: name}
	for k, t := range times {
		c.add(t, Mean(draws[k]))
	}
	c.over(Mean(across(draws)))
	return c
}

// rooted is the curve of √(Σ over/Σ under) at each time, and over all.
func rooted(kind, name string, times []float64, over, under [][]float64) Curve {
	c := Curve{Kind: kind, Name: name}
	for k, t := range times {
		c.add(t, Ratio(over[k], under[k]).Root())
	}
	c.over(Ratio(across(over), across(under)).Root())
	return c
}

// across is the average over times of each draw.
func across(draws [][]float64) []float64 {
	sum := make([]float64, len(draws[0]))
	for _, at := range draws {
		for i, v := range at {
			sum[i] += v / float64(len(draws))
		}
	}
	return sum
}
