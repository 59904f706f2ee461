package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/sample"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "energy", Example: "energy:n=1000,other=mnist",
	About: "energy of data, or ‖f‖ of a field that has none, and how well it tells them from other points",
	Params: []choice.Param{counted(2000), seed, {Name: "other", Default: "",
		Usual: "fashion-mnist, and digits where those are the data",
		About: "data, resized by area, that are to be told from these"}},
	Make: Metric{Of: Field, Make: func(v choice.Values) Measure {
		return energy{v.Int("n"), v.Uint64("seed"), v.Text("other")}.measure
	}, Usual: func(c *Case) bool { return c.Against.Info().Image }},
})

// energy ranks points by the energy g of the field, the lower the more like the data where
// the field points from data to noise, the higher elsewhere; or by ‖f‖, lower at data for
// a target that vanishes there, where the field is the gradient of nothing. A field that is
// told the time is told the least that it was trained on, and no class.
type energy struct {
	n     int
	seed  uint64
	other string
}

func (m energy) measure(ctx context.Context, c *Case) ([]Score, error) {
	data, _, err := c.Against.points(m.n)
	if err != nil {
		return nil, err
	}
	info := c.Against.Info()
	dim := info.Shape.Len()
	n := len(data) / dim
	if n < 2 {
		return nil, fmt.Errorf("got %d points of %s, want at least 2", n, info.Name)
	}
	rank, err := newRanking(c)
	if err != nil {
		return nil, err
	}
	sets := []set{{c.dataName(), data}, noise(n, dim, m.seed), permuted(data, info.Shape, m.seed)}
	if more, ok := m.others(c, n); ok {
		sets = append(sets, more)
	}
	var scores []Score
	var inside []float64
	for i, s := range sets {
		g, err := rank.of(ctx, c, s.x)
		if err != nil {
			return nil, err
		}
		c.show("ranking")(i+1, len(sets))
		scores = append(scores, rank.spread(s, g)...)
		for k := range g {
			g[k] *= -rank.sign
		}
		if i == 0 {
			inside = g
			continue
		}
		area, se := auroc(inside, g)
		on := fmt.Sprintf("%s of %d of %s and %d of %s", rank.name, n, sets[0].name, len(g), s.name)
		scores = append(scores, withError("AUROC against "+s.name, area, se, byDeLong, n+len(g), on))
	}
	return scores, nil
}

// others are the points of another data set; false, with a note, where they cannot be had.
func (m energy) others(c *Case, n int) (set, bool) {
	name := m.other
	if name == "" {
		name = "fashion-mnist"
		if c.Against.Info().Name == name {
			name = "digits"
		}
	}
	o, err := c.Against.others(name, n)
	if err != nil {
		c.note("energy: %s was left out: %v", name, err)
		return o, false
	}
	return o, true
}

// ranking is what points are ranked by.
type ranking struct {
	name  string
	sign  float64 // 1 where less is more like the data
	root  bool    // whether it is the root of what the plan gives
	field model.Trained
	spec  sample.Spec
}

func newRanking(c *Case) (*ranking, error) {
	ck := c.Checkpoint
	f, err := ck.Trained(ck.Weights.Part(c.Part))
	if err != nil {
		return nil, err
	}
	r := &ranking{name: "energy", sign: 1, field: f, spec: ck.Config.Sample}
	told := ck.Net.Told()
	if told.Classes > 0 && told.Dropout == 0 {
		return nil, errors.New("got a field that was always told a class, want one trained without, " +
			"too: label_dropout above 0")
	}
	r.spec.Label, r.spec.End = []int{model.NoLabel}, ck.Process.Prior.Min
	if f.Energy == nil {
		r.name, r.root, r.field.Energy = "‖f‖", true, squared(f.Field)
	} else if p := ck.Process; !(p.Lambda.Eval((p.Prior.Min+p.Prior.Max)/2) > 0) {
		r.sign = -1
	}
	return r, nil
}

// squared is ‖f‖² [n] of the field f.
func squared(f model.Field) model.Field {
	return func(b *graph.Builder, in model.Inputs) graph.Node {
		y := f(b, in)
		if b.Err() != nil {
			return nil
		}
		n := y.Shape()[0]
		return b.Dot(y, y, n, n)
	}
}

// of ranks points x, one after another.
func (r *ranking) of(ctx context.Context, c *Case, x []float32) ([]float64, error) {
	dim := c.Against.Info().Shape.Len()
	points := &sample.Result{Spec: r.spec, Dim: dim, X: x, NFE: make([]int, len(x)/dim)}
	ck := c.Checkpoint
	if err := points.Energies(ctx, c.Device, r.field, ck.Point(), ck.Precision()); err != nil {
		return nil, err
	}
	g := make([]float64, len(points.Energy))
	for i, v := range points.Energy {
		if g[i] = float64(v); r.root {
			g[i] = math.Sqrt(g[i])
		}
	}
	return g, nil
}

// spread says how values of a set are distributed.
func (r *ranking) spread(s set, g []float64) []Score {
	on := fmt.Sprintf("%d of %s", len(g), s.name)
	name := r.name + " of " + s.name
	scores := []Score{averaged(name+", mean", g, on)}
	sorted := slices.Sorted(slices.Values(g))
	for _, q := range []struct {
		name  string
		share float64
	}{{"5 %", .05}, {"median", .5}, {"95 %", .95}} {
		at := int(q.share * float64(len(g)-1))
		scores = append(scores, exact(name+", "+q.name, sorted[at], len(g), on))
	}
	return scores
}
