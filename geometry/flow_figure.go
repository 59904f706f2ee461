package geometry

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/meter"
)

// flowFigure gathers what the streams do.
type flowFigure struct {
	ends, ratios Table
	paths, share Plot
	in           Inputs
}

func newFlowFigure(in Inputs) *flowFigure {
	return &flowFigure{in: in,
		ends: Table{Name: "flow", Title: "Where points end: on the whole field, and without transport",
			Columns: []string{"data", "D", "field", "whole: distance", "standard error", "shares, %",
				"without transport: distance", "standard error", "shares, %", "end elsewhere, %"}},
		ratios: Table{Name: "flow-ratio", Title: "transport·natural/‖natural‖² along the paths",
			Columns: []string{"data", "D", "field", "λ ∝", "at the start", "near the data", "standard error",
				"predicted"}},
		paths: Plot{Name: "flow", Title: "Paths in the first two coordinates: the whole field (blue), and " +
			"its natural gradient alone (orange, dashed); the data grey and black"},
		share: Plot{Name: "flow-ratio", Title: "−transport/natural on the way to the circles", X: "distance",
			Y: "−transport/natural", LogX: true, LogY: true},
	}
}

// add follows s to the data g.
func (f *flowFigure) add(ctx context.Context, s stream, g ground) (*Plot, error) {
	all, err := s.tracks(ctx, g, f.in)
	if err != nil {
		return nil, err
	}
	dim := g.law.Dim()
	row := []any{g.name, dim, s.name}
	for _, ways := range all {
		e, shares := ended(ways)
		row = append(row, e.Mean, e.SE, shares)
	}
	apart := 0.
	for i, t := range all[0] {
		if t.which != all[1][i].which {
			apart += 100 / float64(f.in.Draws)
		}
	}
	f.ends.add(append(row, apart)...)
	first := make([]float64, 0, f.in.Draws)
	for _, t := range all[0] {
		first = append(first, t.ratio[0])
	}
	near, law := meter.Mean(nearData(all, dim)), ratioLaw(g.codim, s.power)
	says := any(law)
	if math.IsNaN(law) {
		says = "of the prior"
	}
	f.ratios.add(g.name, dim, s.name, fmt.Sprintf("b^%d", s.power), meter.Mean(first).Mean,
		near.Mean, near.SE, says)
	if dim > 2 && !s.drift[0] {
		f.share.Lines = append(f.share.Lines, decline(fmt.Sprintf("%s, D = %d", s.name, dim), all[0]),
			predicted("", []float64{1e-3, 1}, []float64{-law, -law}))
	}
	if dim > 8 || s.drift[1] {
		return nil, nil
	}
	p := pathsOf(fmt.Sprintf("%s: %s, D = %d", s.name, g.name, dim), g, all)
	return &p, nil
}

// ended is the mean distance at which tracks end, and how many end at each of the data.
func ended(ways []*track) (e meter.Estimate, shares string) {
	var ds []float64
	count := make([]int, 3)
	for _, t := range ways {
		ds = append(ds, t.distance[len(t.distance)-1])
		count[t.which]++
	}
	for k, n := range count {
		if k > 0 && n == 0 && k == len(count)-1 {
			continue // circles are two
		}
		if k > 0 {
			shares += "/"
		}
		shares += fmt.Sprintf("%.0f", 100*float64(n)/float64(len(ways)))
	}
	return meter.Mean(ds), shares
}

// decline is −ratio over distance, the geometric means over tracks at each step.
func decline(name string, ways []*track) Line {
	l := Line{Name: name}
	for k := range ways[0].distance {
		var r, q float64
		for _, t := range ways {
			r += math.Log(t.distance[k]) / float64(len(ways))
			q -= t.ratio[k] / float64(len(ways))
		}
		if q > 0 {
			l.X, l.Y = append(l.X, math.Exp(r)), append(l.Y, q)
		}
	}
	return l
}

// pathsOf draws a dozen tracks of each way in the first two coordinates.
func pathsOf(title string, g ground, all [2][]*track) Plot {
	p := Plot{Title: title, Square: true, Range: 2, Lines: slices.Clone(g.outline)}
	for way, ways := range all {
		for _, t := range ways[:min(12, len(ways))] {
			l := Line{Dashed: way == 1, Ink: 1 + way}
			for _, u := range t.at {
				if math.Abs(u[0]) <= p.Range && math.Abs(u[1]) <= p.Range {
					l.X, l.Y = append(l.X, u[0]), append(l.Y, u[1])
				}
			}
			if len(l.X) > 1 {
				p.Lines = append(p.Lines, l)
			}
		}
	}
	return p
}

func computeFlow(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error) {
	f := newFlowFigure(in)
	list, data := streams(), grounds(in.Dims)
	for k, g := range data {
		var strip []Plot
		for i, s := range list {
			p, err := f.add(ctx, s, g)
			if err != nil {
				return nil, err
			}
			if p != nil {
				strip = append(strip, *p)
			}
			progress(k*len(list)+i+1, len(data)*len(list))
		}
		if strip != nil {
			f.paths.Panels = append(f.paths.Panels, strip)
		}
	}
	return &Result{
		Title: "Riemannian gradient flow beside the whole field",
		Text: []string{
			"The Riemannian gradient flow u̇ = −|λ̄|∇E_marg beside the field that it is a part of, " +
				"from the same starts. Transport is −∇λ̄, the slope of the gain: along the gradient it " +
				"is −1/2α of it near data where λ ~ b, −1/α where λ ~ b², at every distance. In 32 " +
				"dimensions that is a few percent, and hardly a point ends elsewhere without it; in 8 " +
				"it is a sixth or a third; in the plane it all but cancels the gradient, and decides " +
				"where points on the border between two data go. The conformal metric alone is thus a " +
				"good account of the field only where there are many dimensions around the data.",
			"For Equilibrium Matching the drift E[c/a] u matters more, at every D: it opens a(t) x " +
				"up as noise falls, and without it points go to the inner circle. With the drift kept, " +
				"what transport changes is as little as elsewhere.",
			"Paths are followed by Euler's method in 120 steps, speeds scaled so that a step goes 6" +
				" % of the way: curves are compared, not times.",
		},
		Label: fmt.Sprintf("Monte Carlo over starts, n = %d, standard errors in the tables; fields by "+
			"quadrature", in.Draws),
		Prior:  "EDM: uniform[0.0001, 2]; EqM: uniform[0.0001, 0.98]",
		Tables: []Table{f.ends, f.ratios}, Plots: []Plot{f.paths, f.share},
	}, nil
}
