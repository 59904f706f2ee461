package eval

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/distance"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/format/picture"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "nearest", Example: "nearest",
	About: "memorisation: how far samples are from their nearest training points, beside how far held-out " +
		"data are; --pictures has them side by side",
	Paper: "share of copies: ratio to the second nearest below ⅓, Gu et al., arXiv 2310.02664",
	Make: Metric{Of: Points, Featured: true, Pictured: true, Make: func(choice.Values) Measure {
		return compared("nearest", 0, nearest)
	}},
})

// copied is the ratio of the distances to the nearest and to the second nearest training point
// below which a sample counts as a copy of the nearest.
const copied = 1. / 3

// nearest holds samples to the training data, all of them, in the same features, and where there
// are held-out data these too: a sample of the law itself is as far from the training data as
// they are. What the training data are is known of a run; of other points it is what they are
// held to.
func nearest(ctx context.Context, p *pair) ([]Score, error) {
	training, held, err := p.origins(ctx)
	if err != nil {
		return nil, err
	}
	near, err := p.Nearest(ctx, p.generated, training.points)
	if err != nil {
		return nil, err
	}
	if err := p.c.beside(training, near); err != nil {
		return nil, err
	}
	n := p.generated.N()
	on := fmt.Sprintf("%d and the %d of %s, %s", n, training.points.N(), training.name, p.features)
	scores := []Score{averaged("distance to the nearest", near.First, on)}
	ratios, copies := copiesAmong(near)
	scores = append(scores, averaged("ratio to the second", ratios, on), averaged("share of copies", copies,
		on))
	if held == nil {
		p.c.note("nearest: %s have no held-out data to hold the distances to", training.name)
		return scores, nil
	}
	other, err := p.Nearest(ctx, held.points, training.points)
	if err != nil {
		return nil, err
	}
	of := fmt.Sprintf("%d of %s and the %d of %s", held.points.N(), held.name, training.points.N(),
		training.name)
	ratios, copies = copiesAmong(other)
	scores = append(scores, averaged("distance of held-out data", other.First, of),
		averaged("ratio of held-out data", ratios, of), averaged("share of copies in held-out data", copies,
			of))
	if n > 1 && held.points.N() > 1 {
		area, se := auroc(other.First, near.First)
		scores = append(scores, withError("nearer than held-out data", area, se, byDeLong, n+held.points.N(),
			on+", beside "+of))
	}
	return scores, nil
}

// copiesAmong are the ratios of the two distances of each point, 0 where the first is, and 1 for
// each that is a copy, 0 for others.
func copiesAmong(n distance.Near) (ratios, copies []float64) {
	for i, first := range n.First {
		ratio, is := 0., 0.
		if first > 0 {
			ratio = first / n.Second[i]
		}
		if ratio < copied {
			is = 1
		}
		ratios, copies = append(ratios, ratio), append(copies, is)
	}
	return ratios, copies
}

// origin is data with their features.
type origin struct {
	name   string
	points distance.Points
	source datasets.Source
}

// origins are the training data and the held-out ones, nil where there are none.
func (p *pair) origins(ctx context.Context) (training, held *origin, err error) {
	c := p.c
	against := &origin{c.Against.Info().Name, p.real, c.Against.Source}
	if _, stored := c.Space.Extractor.(features.Stored); stored {
		return against, nil, nil // features of other data cannot be had
	}
	data, known := c.Data()
	if !known {
		data = c.Against.Data
	}
	a, err := OpenAgainst(data)
	if err != nil {
		return nil, nil, err
	}
	if a.Info().Fingerprint != c.Against.Info().Fingerprint {
		training, err = c.featuresOf(ctx, a)
		against.name += " (held out)"
		return training, against, err
	}
	test, ok := datasets.HeldOut(data)
	if !ok {
		return against, nil, nil
	}
	if a, err = OpenAgainst(test); err != nil {
		return nil, nil, err
	}
	if held, err = c.featuresOf(ctx, a); held != nil {
		held.name += " (held out)"
	}
	return against, held, err
}

// featuresOf are all points of other data in the space of c.
func (c *Case) featuresOf(ctx context.Context, a *Against) (*origin, error) {
	s, info := newSpace(c.Space.Extractor, a), a.Info()
	all, err := s.of(ctx, 0, c.show("features of "+info.Name))
	if err != nil {
		return nil, err
	}
	return &origin{info.Name, distance.Points{X: all.x, Dim: s.Info().Dim}, a.Source}, nil
}

// paired is how many samples a picture has, and pairColumns how many in a row.
const paired, pairColumns = 64, 8

// beside draws samples, each with its nearest training point at its right, where pictures are
// asked for: those with the smallest ratio to the second, smallest first, of the first draw.
func (c *Case) beside(training *origin, near distance.Near) error {
	if c.Pictures == "" || c.ahead > 0 {
		return nil
	}
	ratios, _ := copiesAmong(near)
	order := make([]int, len(ratios))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case ratios[i] < ratios[j]:
			return -1
		case ratios[i] > ratios[j]:
			return 1
		}
		return 0
	})
	s := training.source.Info().Shape
	order = order[:min(paired, len(order), max(1, picture.Room(2*paired, s.H, s.W)/2))]
	all := make([]float32, 2*len(order)*s.Len())
	for k, i := range order {
		both := all[2*k*s.Len():][:2*s.Len()]
		copy(both, c.drawn.X[i*s.Len():(i+1)*s.Len()])
		if _, err := training.source.Read(both[s.Len():], int(near.Index[i])); err != nil {
			return err
		}
	}
	img, err := picture.Grid(all, 2*len(order), s.H, s.W, s.C, picture.Options{Columns: 2 * pairColumns})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Pictures, 0o777); err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	return picture.WritePNG(filepath.Join(c.Pictures, "nearest.png"), img)
}
