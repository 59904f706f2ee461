package geometry

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

func rings() Figure {
	return Figure{Name: "rings",
		About: "two circles in D dimensions, sampled on their exact fields (Figure 5)", Cost: 200,
		Inputs: Inputs{Seed: 4, Draws: 128, Dims: []int{2, 8, 32, 128}}, compute: computeRings}
}

// circles are two thin circles in the first two of dim dimensions. By symmetry what a
// sampler does does not depend on which plane it is.
func circles(dim int) exact.Law {
	return exact.Lifted{Law: exact.Rings{Radii: radiusOf[:], Jitter: 0.02}, Ambient: dim}
}

// radiusOf are the radii of the two circles.
var radiusOf = [2]float64{0.5, 1}

// missed is the distance of u to the nearer circle, and which that is.
func missed(u []float64) (distance float64, circle int) {
	in := math.Hypot(u[0], u[1])
	for i, r := range radiusOf {
		if math.Abs(in-r) < math.Abs(in-radiusOf[circle]) {
			circle = i
		}
	}
	return math.Hypot(in-radiusOf[circle], norm(u[2:])), circle
}

// way is a way to sample the circles.
type way struct {
	name     string
	spec     field.Spec
	told     bool // the field is told the time
	sampler  string
	overtime int // steps along −f* after the last
	eta      float64
	mu       float64
	start    float64
	end      float64
	panel    bool           // its samples are drawn, and its distances
	quoted   map[int]string // mean distance/percent within 0.1, by D, of an earlier computation
}

func process(schedule, target, prior string) field.Spec {
	var s field.Spec
	for _, c := range []struct {
		to   *choice.Choice
		text string
	}{{&s.Schedule, schedule}, {&s.Target, target}, {&s.Prior, prior}} {
		var err error
		if *c.to, err = choice.Parse(c.text); err != nil {
			panic(err) // a constant of this file
		}
	}
	return s
}

// ways are the rows of the table. The numbers quoted are of 500 to 2000 samples.
func ways() []way {
	const unit, vp, log = "uniform:min=0.002,max=0.999", "uniform:min=0.001,max=1",
		"log-normal:min=0.002,max=80"
	quoted := func(d2, d8, d32, d128 string) map[int]string {
		return map[int]string{2: d2, 8: d8, 32: d32,
			128: d128}
	}
	fm := process("linear", "velocity", unit)
	return []way{
		{name: "FM velocity, told t", spec: fm, told: true, sampler: "ddim", start: .999, end: .002,
			quoted: quoted(".014/100", ".015/100", ".019/100", ".028/100")},
		{name: "FM velocity", spec: fm, sampler: "ddim", start: .999, end: .002, panel: true,
			quoted: quoted(".094/56", ".230/56", ".252/60", ".320/53")},
		{name: "FM velocity, 50 steps more", spec: fm, sampler: "ddim", start: .999, end: .002, overtime: 50,
			quoted: quoted(".131/35", ".058/99.6", ".069/100", ".086/77")},
		{name: "FM noise", spec: process("linear", "noise", unit), sampler: "ddim", start: .999, end: .002,
			quoted: quoted(".064/81", "1.75/65", ".53/94", ".23/73")},
		{name: "DDPM noise, told t", spec: process("vp-sde", "noise", vp), told: true, sampler: "ddim",
			start: 1, end: .001,
			quoted: quoted(".016/99.8", ".032/99.8", ".060/100", ".119/.2")},
		{name: "DDPM noise", spec: process("vp-sde", "noise", vp), sampler: "ddim", start: 1, end: .001,
			panel:  true,
			quoted: quoted(".165/28", ".358/65", ".530/3", ".943/1")},
		{name: "DDPM velocity", spec: process("vp-sde", "velocity", vp), sampler: "ddim", start: 1,
			end:    .001,
			quoted: quoted(".189/47", ".780/58", "1.59/31", "2.93/19")},
		{name: "EDM data", spec: process("edm", "data", log), sampler: "ddim", start: 80, end: .002,
			panel:  true,
			quoted: quoted(".026/100", ".014/100", ".020/100", ".030/100")},
		{name: "EDM noise", spec: process("edm", "noise", log), sampler: "ddim", start: 80, end: .002,
			quoted: quoted("1.21/93", "4.30/81", "8.48/70", "17.2/57")},
		{name: "uEDM", spec: process("edm", "uedm:sigma_data=0.5", log), sampler: "ddim", start: 80,
			end:    .002,
			quoted: quoted(".096/76", ".021/99.8", ".022/100", ".030/100")},
		{name: "EqM, gd 0.003", spec: process("linear", "eqm", "uniform"), sampler: "gd", eta: .003,
			start: 1, panel: true,
			quoted: quoted(".113/41", ".017/100", ".017/100", ".017/100")},
		{name: "EqM, nag 0.0017, 0.3", spec: process("linear", "eqm", "uniform"), sampler: "nag",
			eta: .0017, mu: .3, start: 1,
			quoted: quoted(".084/67", ".021/100", ".023/100", ".032/100")},
		{name: "EqM linear, gd 0.05", spec: process("linear", "eqm-linear", "uniform"), sampler: "gd",
			eta: .05, start: 1,
			quoted: quoted(".460/0", ".016/100", ".017/100", ".017/100")},
	}
}

// recipe is the sampler of w, for n points.
func (w way) recipe(n int, seed uint64) sample.Spec {
	s := sample.Defaults()
	s.Sampler, s.N, s.Batch, s.Seed, s.Start = w.sampler, n, n, seed, w.start
	if w.sampler == "ddim" {
		s.Steps, s.End = 100, w.end
		return s
	}
	s.Steps, s.Eta, s.Mu = 250, w.eta, w.mu
	return s
}

// drawn are n samples of w in dim dimensions.
func (w way) drawn(ctx context.Context, dim int, in Inputs, progress func(done, of int)) ([][]float64,
	*field.Process,
	error) {
	p, err := w.spec.Process()
	if err != nil {
		return nil, nil, err
	}
	a, err := exact.New(p, circles(dim))
	if err != nil {
		return nil, nil, err
	}
	r, err := sample.Run(ctx, OnHost(ctx, a, p, w.told), p, w.recipe(in.Draws, in.Seed), progress)
	if err != nil {
		return nil, nil, fmt.Errorf("%s in %d dimensions: %w", w.name, dim, err)
	}
	points := make([][]float64, in.Draws)
	for i := range points {
		points[i] = make([]float64, dim)
		for j, x := range r.X[i*dim : (i+1)*dim] {
			points[i][j] = float64(x)
		}
	}
	return points, p, each(ctx, len(points), nil, func(i int) error {
		for range w.overtime {
			f, err := a.Field(points[i])
			if err != nil {
				return err
			}
			for j, v := range f {
				points[i][j] -= (w.start - w.end) / 100 * v
			}
		}
		return nil
	})
}

// ringFigure gathers what the ways give.
type ringFigure struct {
	table, numbers    Table
	distances, panels Plot
	said              string
}

func newRingFigure(dims []int) *ringFigure {
	f := &ringFigure{
		table: Table{Name: "rings", Columns: []string{"sampler, blind unless told", "feedback"},
			Title: "Mean distance to the circles ± standard error / % within 0.1; quoted: another program's"},
		numbers: Table{Name: "rings-numbers", Title: "The same as numbers", Columns: []string{"sampler", "D",
			"mean distance", "standard error", "within 0.1, %", "on the inner circle, %",
			"median distance", "largest"}},
		distances: Plot{Name: "rings", Title: "How far samples end from the circles", X: "D",
			Y: "mean distance", LogX: true, LogY: true},
		panels: Plot{Name: "rings-samples", Title: "Samples, in the plane of the circles"},
	}
	for _, dim := range dims {
		f.table.Columns = append(f.table.Columns, fmt.Sprintf("D = %d", dim), "quoted")
	}
	return f
}

// add follows w in every dimension. progress hears the parts of each, in thousandths.
func (f *ringFigure) add(ctx context.Context, w way, in Inputs, progress func(done int)) error {
	row, curve := []any{w.name, ""}, Line{Name: w.name, Dashed: w.told}
	var strip []Plot
	for k, dim := range in.Dims {
		points, p, err := w.drawn(ctx, dim, in, func(n, of int) { progress(1000*k + 1000*n/of) })
		if err != nil {
			return err
		}
		c := Circled(points)
		near := 100 * c.Near
		row[1] = p.Stability().Feedback
		row = append(row, fmt.Sprintf("%.3f±%.3f/%.0f", c.Distance, c.DistanceError, near), w.quoted[dim])
		f.numbers.add(w.name, dim, c.Distance, c.DistanceError, near, 100*c.Inner, c.Median, c.Largest)
		curve.X, curve.Y = append(curve.X, float64(dim)), append(curve.Y, c.Distance)
		strip = append(strip, panel(fmt.Sprintf("%s, D = %d", w.name, dim), points))
		if w.name == "FM velocity" || w.name == "DDPM noise" {
			f.said += fmt.Sprintf("%s, D = %d: %.0f %% within 0.1, mean distance %.3f; ",
				w.name, dim, near, c.Distance)
		}
	}
	f.table.add(row...)
	if w.panel || w.told {
		f.distances.Lines = append(f.distances.Lines, curve)
	}
	if w.panel {
		f.panels.Panels = append(f.panels.Panels, strip)
	}
	return nil
}

// strays is about a row whose mean is not that of the numbers quoted beside it.
const strays = "The distances of FM noise have a heavy tail. Its path starts at b/a = 999, by which an " +
	"error of the noise is multiplied, and a point whose first norm is short by three deviations (one in " +
	"800 at D = 128) is taken for less noisy and ends 11 away. The same computation by another program, " +
	"4000 samples, has 70 % within 0.1, a median of 0.089 and a mean of 0.098 ± 0.005, of which 0.009 is " +
	"five such points. The 73 % quoted agree; the mean quoted, 0.23, is that of more strays than these. " +
	"Another end of the prior does not explain it (0.089 ± 0.001 for [0.002, 1], n = 500). Of this row " +
	"read the median and the share, not the mean. More steps do not make it better: with 400, 256 " +
	"samples, the mean is 0.28 ± 0.05, none is within 0.1 and five are beyond 1, up to 8.7; without those " +
	"the mean is 0.18 (2,000 steps, 128 samples: 0.40 ± 0.12, none, three up to 9.9, 0.19). Both come of " +
	"the first steps, not of the last: a point whose first norm is long has noise left when the clock " +
	"stops (E[t|u] = 0.25 at t = 0.002), and nearly every other has lost its noise long before (E[t|u] = " +
	"0.02 at t = 0.9) and rests in the plane at 1.24 of its radius, 0.12 or 0.24 off, where a jitter of " +
	"ten times the least noise passes for it. That is the blind field's, not the solver's."

func computeRings(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error) {
	f := newRingFigure(in.Dims)
	list := ways()
	one := 1000 * len(in.Dims)
	for k, w := range list {
		if err := f.add(ctx, w, in, func(done int) { progress(k*one+done, len(list)*one) }); err != nil {
			return nil, err
		}
		progress((k+1)*one, len(list)*one)
	}
	return &Result{
		Title: "Two circles in D dimensions",
		Text: []string{"Radii 0.5 and 1, deviation 0.02 in their plane; 100 exact two-point steps, or 249 " +
			"updates of Equilibrium Matching. Fields are exact: what misses here misses for want of a " +
			"clock, not of training. Samplers whose flow undoes its errors (feedback 1: data, uEDM, " +
			"Equilibrium Matching) arrive as soon as there is room around the circles; those without (0) " +
			"keep an error of order 1 at every D, and the velocity of a schedule b ~ √t (−1) is worst.",
			strays},
		Label: fmt.Sprintf("Monte Carlo over samples, n = %d, standard errors in the table; fields by "+
			"quadrature", in.Draws),
		Prior: "FM: uniform[0.002, 0.999]; DDPM: uniform[0.001, 1]; EDM, uEDM: log-normal[0.002, 80]; " +
			"EqM: uniform[0, 1]",
		Tables: []Table{f.table, f.numbers}, Plots: []Plot{f.panels, f.distances},
		Errata: []Erratum{{6, "Blind flow matching is tight and clean from D = 8 on, where DDPM scatters " +
			"(text to Figure 5).",
			"The paper's own panels show scatter at D = 8 and 32, and so do exact fields: about half of " +
				"the samples of blind flow matching lie within 0.1 of the circles at every D.",
			strings.TrimSuffix(f.said, "; ") + "."}},
	}, nil
}
