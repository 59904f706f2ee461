package chart

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/stillfield/stillfield/geometry"
)

// place is where (x, y) lies on the axes of p. A logarithmic axis is one of log₁₀, not gonum's
// scale, which shortens the axis by half the length of its label. What has no logarithm is NaN.
func place(p geometry.Plot, x, y float64) plotter.XY {
	log := func(v float64) float64 {
		if !(v > 0) {
			return math.NaN()
		}
		return math.Log10(v)
	}
	if p.LogX {
		x = log(x)
	}
	if p.LogY {
		y = log(y)
	}
	return plotter.XY{X: x, Y: y}
}

// bars adds the error bars of a line. On a logarithmic axis they end above 0.
func bars(c *plot.Plot, p geometry.Plot, l geometry.Line, ink color.Color) error {
	var b struct {
		plotter.XYs
		plotter.YErrors
	}
	for j, se := range l.SE {
		x, y := l.X[j], l.Y[j]
		at := place(p, x, y)
		if math.IsNaN(at.X) || math.IsNaN(at.Y) {
			continue
		}
		down := se
		if p.LogY {
			down = math.Min(se, .9*y)
		}
		b.XYs = append(b.XYs, at)
		b.YErrors = append(b.YErrors, struct{ Low, High float64 }{at.Y - place(p, x, y-down).Y,
			place(p, x, y+se).Y - at.Y})
	}
	if len(b.XYs) == 0 {
		return nil
	}
	e, err := plotter.NewYErrorBars(b)
	if err != nil {
		return err
	}
	e.Color = ink
	c.Add(e)
	return nil
}

// few are the abscissas of p, smallest first, where there are so few that each can have a tick on a
// logarithmic axis, and nil otherwise.
func few(p geometry.Plot) []float64 {
	var all []float64
	for _, l := range p.Lines {
		for _, x := range l.X {
			if x > 0 && !slices.Contains(all, x) {
				all = append(all, x)
			}
		}
		if len(all) > 10 {
			return nil
		}
	}
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if math.Log(all[i]/all[i-1]) < math.Log(all[len(all)-1]/all[0])/12 {
			return nil // their labels would touch
		}
	}
	return all
}

// decades are the ticks of an axis of log₁₀: at marked, or else labelled ones at powers of ten and
// unlabelled ones between, of which 2 and 5 have labels too where the axis is short.
type decades struct{ marked []float64 }

func (d decades) Ticks(lo, hi float64) (ticks []plot.Tick) {
	add := func(v float64, label string) {
		if at := math.Log10(v); at >= lo-1e-9 && at <= hi+1e-9 {
			ticks = append(ticks, plot.Tick{Value: at, Label: label})
		}
	}
	for _, v := range d.marked {
		add(v, fmt.Sprintf("%g", v))
	}
	if d.marked != nil {
		return ticks
	}
	from, to := int(math.Floor(lo)), int(math.Ceil(hi))
	every := 1 + (to-from)/9
	for e := from; e <= to; e++ {
		if (e-from)%every == 0 {
			add(math.Pow10(e), power(e))
		}
		for k := 2; k < 10 && every == 1; k++ {
			v, label := float64(k)*math.Pow10(e), ""
			if hi-lo < 2.3 && (k == 2 || k == 5) {
				label = fmt.Sprintf("%.3g", v)
			}
			add(v, label)
		}
	}
	return ticks
}

// power is 10^e, written out where that is short.
func power(e int) string {
	if -3 <= e && e <= 3 {
		return fmt.Sprintf("%g", math.Pow10(e))
	}
	return fmt.Sprintf("1e%d", e)
}
