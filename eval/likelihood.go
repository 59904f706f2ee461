package eval

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/sample"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "likelihood", Aliases: []string{"nll"}, Example: "likelihood:steps=100,probes=4,n=1000",
	Paper: "Chen et al., arXiv 1806.07366; Grathwohl et al., FFJORD, arXiv 1810.01367",
	About: "log-likelihood of the data in bits per dimension, by the divergence along the flow u̇ = μu + νf",
	Params: []choice.Param{counted(256), seed,
		{Name: "steps", Default: 50, In: choice.Where("an even number, at least 2",
			func(v int) bool { return v >= 2 && v%2 == 0 }), About: "steps of Runge–Kutta, of order 4"},
		{Name: "exact", Default: 16, In: choice.AtLeast(0, ""),
			About: "the most coordinates with which the divergence is exact, at D times the cost"},
		{Name: "probes", Default: 1, In: choice.Between(1, 1<<16, ""),
			About: "Rademacher probes of the divergence for each point, where it is estimated"},
		{Name: "start", Default: 0., In: choice.NotBelow0,
			About: "time at which the flow has noise, 0 for the greatest that is trained on"},
		{Name: "end", Default: 0., In: choice.NotBelow0,
			About: "time at which the data are, 0 for the least that is trained on, or 0.001 at a pole"},
	},
	Make: Metric{Of: Field, Make: func(v choice.Values) Measure {
		return likelihood{n: v.Int("n"), seed: v.Uint64("seed"), steps: v.Int("steps"), exact: v.Int("exact"),
			probes: v.Int("probes"), start: v.Float("start"), end: v.Float("end")}.measure
	}},
})

// likelihood is the density of the flow u̇ = μ(t)u + ν(t)f(u) that samplers with a clock
// follow: of the points to which it takes the noise b(start)ε. Such a flow has a density
// whatever f is, so it is that of a blind field as well as of one that is told the time; it
// is not a bound of what descent, or a sampler that adds noise, draws. Where the field is
// told a class it is the density given the class of the datum.
//
//	ln p(x) = ln N(u(start); 0, b(start)²) + ∫ (Dμ + ν div f) dt from end to start,   u(end) = x
//
// Values of which there are only so many have no density: each is spread evenly over the
// interval Δ to its neighbours, x + Δ(U − ½), which gives a bound of the probability of the
// datum itself, P(x) ≥ exp E ln p · Δᴰ (Uria et al., arXiv 1306.0186; Theis et al., arXiv
// 1511.01844).
//
//	bits/dim = −(ln p + D ln Δ) / (D ln 2),   Δ = 1 where values are not of so many
type likelihood struct {
	n             int
	seed          uint64
	steps         int
	exact, probes int
	start, end    float64
}

func (m likelihood) measure(ctx context.Context, c *Case) ([]Score, error) {
	info := c.Against.Info()
	dim := info.Shape.Len()
	if dim <= m.exact {
		m.probes = 0
	}
	times, err := m.times(c.Checkpoint.Process)
	if err != nil {
		return nil, err
	}
	points, labels, err := c.Against.points(m.n)
	if err != nil {
		return nil, err
	}
	x := dequantised(points, dim, info.Lo, info.Hi, info.Levels, m.seed)
	f, err := newFlow(ctx, c, m, labels)
	if err != nil {
		return nil, err
	}
	defer f.close()
	fine, err := logDensities(f, c.Checkpoint.Process, times, x, dim, c.show("likelihood"))
	if err != nil {
		return nil, err
	}
	coarse, err := logDensities(f, c.Checkpoint.Process, half(times), x, dim, c.show("with half the steps"))
	if err != nil {
		return nil, err
	}
	return m.scores(c, fine, coarse, times), nil
}

// scores turns log-densities into bits, and says what they are of.
func (m likelihood) scores(c *Case, fine, coarse []float64, times []float64) []Score {
	info := c.Against.Info()
	dim := float64(info.Shape.Len())
	spread, width := "a density", 1.
	if info.Levels > 1 {
		width = step(info.Lo, info.Hi, info.Levels)
		spread = fmt.Sprintf("%d levels dequantised uniformly", info.Levels)
	}
	by := "exact divergence"
	if m.probes > 0 {
		by = fmt.Sprintf("divergence by %d Rademacher probes a point", m.probes)
	}
	if c.Checkpoint.Net.Told().Classes > 0 {
		by += ", given the class"
	}
	on := fmt.Sprintf("%s, %s, %s, %d steps from t = %.4g to %.4g", c.someOf(len(fine)), spread, by,
		len(times)-1, times[len(times)-1], times[0])
	bits, moved := make([]float64, len(fine)), make([]float64, len(fine))
	for i, v := range fine {
		bits[i] = -(v + dim*math.Log(width)) / (dim * math.Ln2)
		moved[i] = -(v - coarse[i]) / (dim * math.Ln2)
	}
	scores := []Score{averaged("bits/dim", bits, on), averaged("ln p, nats", fine, on),
		averaged("change of bits/dim from half the steps", moved, on)}
	if se, change := scores[0].Error, scores[2].Value; se != nil && math.Abs(change) > *se {
		c.note("likelihood: half the steps change bits/dim by %.3g, more than its standard error %.3g: "+
			"the flow wants more than %d steps", change, *se, len(times)-1)
	}
	return scores
}

// times is the grid of the flow, from noise to data.
func (m likelihood) times(p *field.Process) ([]float64, error) {
	pole := func(t float64) bool {
		return !(math.Abs(p.Mu.Eval(t))+math.Abs(p.Nu.Eval(t)) <= math.MaxFloat64)
	}
	s := sample.Defaults()
	s.Sampler, s.Steps, s.Start, s.End, s.Grid = "rk4", m.steps, m.start, m.end, sample.Auto
	if m.end == 0 && pole(p.Prior.Min) {
		s.End = .001
	}
	times, err := s.Clock(p)
	if err == nil && pole(times[m.steps]) {
		err = &choice.Fault{Path: "end", Got: choice.Show(m.end), Want: "a time at which μ and ν are finite"}
	}
	return times, err
}

// half is every other time.
func half(times []float64) []float64 {
	var h []float64
	for i := 0; i < len(times); i += 2 {
		h = append(h, times[i])
	}
	return h
}
