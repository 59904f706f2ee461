package geometry

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/meter"
)

// Trained is a trained field that figures are made of.
type Trained struct {
	// Of identifies its weights, its configuration and its data: figures of another are not
	// reused.
	Of    string
	Prior string // in words
	// Take takes a meter.
	Take func(ctx context.Context, name string, progress func(done, of int)) (*meter.Reading, error)
}

// Figures are the figures of t, one for each of the meters of those names, "field-" and the
// name. in says how they are taken.
func (t Trained) Figures(meters []string, in Inputs) []Figure {
	in.Of = t.Of
	var fs []Figure
	for _, name := range meters {
		e, ok := meter.Meters.Find(name)
		if !ok {
			continue // Take would say so
		}
		fs = append(fs, Figure{Name: "field-" + name, About: e.About, Inputs: in,
			compute: func(ctx context.Context, _ Inputs, progress func(done, of int)) (*Result, error) {
				r, err := t.Take(ctx, name, progress)
				if err != nil {
					return nil, err
				}
				return resultOf(r, t.Prior), nil
			}})
	}
	return fs
}

// resultOf is what a meter says as a figure.
func resultOf(r *meter.Reading, prior string) *Result {
	return &Result{Title: r.Title, Text: []string{r.Text}, Label: r.Label, Prior: prior,
		Tables: []Table{wide(r), long(r)}, Plots: Plots(r)}
}

// wide has a row for each time and a column for each curve.
func wide(r *meter.Reading) Table {
	t := Table{Name: "field-" + r.Meter, Title: r.Title + ": value ± standard " +
		"error", Columns: []string{r.Over}}
	for _, c := range r.Curves {
		t.Columns = append(t.Columns, c.Name)
	}
	for _, at := range times(r) {
		row := []any{at}
		for _, c := range r.Curves {
			row = append(row, valueAt(&c, at))
		}
		t.add(row...)
	}
	all, any := []any{"all"}, false
	for _, c := range r.Curves {
		text := ""
		if c.Whole != nil {
			text, any = estimateText(*c.Whole), true
		}
		all = append(all, text)
	}
	if any {
		t.add(all...)
	}
	return t
}

// times are those of any curve of r, in order.
func times(r *meter.Reading) []float64 {
	var all []float64
	for _, c := range r.Curves {
		if len(c.At) > len(all) {
			all = c.At
		}
	}
	return all
}

func valueAt(c *meter.Curve, at float64) string {
	for k, t := range c.At {
		if t == at {
			return estimateText(c.Values[k])
		}
	}
	return ""
}

func estimateText(e meter.Estimate) string {
	if e.SE == 0 {
		return fmt.Sprintf("%.4g", e.Mean)
	}
	return fmt.Sprintf("%.4g±%.1g", e.Mean, e.SE)
}

// long has a row for each value, in all digits.
func long(r *meter.Reading) Table {
	t := Table{Name: "field-" + r.Meter + "-numbers", Title: "The same as numbers", Unprinted: true,
		Columns: []string{"curve", r.Over, "value", "standard error", "n", "how"}}
	how := func(c *meter.Curve, e meter.Estimate) string {
		switch {
		case e.N == 0:
			return "exact"
		case c.Law:
			return "Monte Carlo of quadrature"
		}
		return "Monte Carlo"
	}
	for _, c := range r.Curves {
		for k, e := range c.Values {
			t.add(c.Name, c.At[k], e.Mean, e.SE, e.N, how(&c, e))
		}
		if c.Whole != nil {
			t.add(c.Name, "all", c.Whole.Mean, c.Whole.SE, c.Whole.N, how(&c, *c.Whole))
		}
	}
	return t
}

// least is the share of the largest value from which on values are drawn on a logarithmic axis.
const least = 1e-5

// Plots draws what a meter says, the curves of each kind together. Curves without a value are
// left out, and what has none has no plot.
func Plots(r *meter.Reading) []Plot {
	var plots []Plot
	for _, c := range r.Curves {
		if len(c.At) == 0 {
			continue
		}
		i := slices.IndexFunc(plots, func(p Plot) bool { return p.Y == c.Kind })
		if i < 0 {
			i = len(plots)
			plots = append(plots, Plot{Name: fmt.Sprintf("field-%s-%d", r.Meter, i+1), Title: r.Title,
				X: r.Over, Y: c.Kind, LogX: ratio(times(r)) > 100})
		}
		l := Line{Name: c.Name, X: c.At, Dashed: c.Law}
		for _, e := range c.Values {
			l.Y = append(l.Y, e.Mean)
		}
		plots[i].Lines = append(plots[i].Lines, l)
	}
	for i := range plots {
		p := &plots[i]
		var all []float64
		for _, l := range p.Lines {
			all = append(all, l.Y...)
		}
		if p.LogY = ratio(all) > 30; p.LogY && ratio(all) > 1/least {
			p.Y += fmt.Sprintf(", from %g of the largest on", least)
			for k, l := range p.Lines {
				p.Lines[k] = above(l, least*slices.Max(all))
			}
			p.Lines = slices.DeleteFunc(p.Lines, func(l Line) bool { return len(l.X) == 0 })
		}
	}
	return plots
}

// above is l where it is at least lo.
func above(l Line, lo float64) Line {
	x, y := l.X, l.Y
	l.X, l.Y = nil, nil
	for k, v := range y {
		if v >= lo {
			l.X, l.Y = append(l.X, x[k]), append(l.Y, v)
		}
	}
	return l
}

// ratio is that of the largest to the least of some numbers, NaN unless all are positive.
func ratio(v []float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		lo, hi = min(lo, x), max(hi, x)
	}
	if !(lo > 0) {
		return math.NaN()
	}
	return hi / lo
}
