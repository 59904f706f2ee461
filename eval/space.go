package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/plan"
)

// Space is where points are compared: features, and those of the data as far as they have
// been asked for. It may serve several cases of the same data, one after another.
type Space struct {
	features.Extractor
	against *Against
	real    []float32
	labels  []int32 // of the same points of the data
}

// OpenSpace opens the features that c names for points like the data. device opens what
// networks run on, where one is to be run.
func OpenSpace(ctx context.Context, c choice.Choice, a *Against, device func() (plan.Device, error)) (
	*Space, error) {
	e, err := features.Open(ctx, c, features.On{Points: a.Info(), Device: device})
	if err != nil {
		return nil, err
	}
	return &Space{Extractor: e, against: a}, nil
}

// Featured are the features of the two sets, vectors of Dim numbers one after another.
type Featured struct {
	features.Info
	Real, Generated []float32
	NReal, N        int     // vectors of each
	Labels          []int32 // classes of the real points; nil where their features were given
}

// featured are the features of the first n points of the data, all where n is 0 or more than
// there are, and of all points of the subject, which are drawn at the first call. Features
// are extracted once. 4·Dim bytes for each point are held, whatever the size of a point.
func (c *Case) featured(ctx context.Context, n int) (*Featured, error) {
	if c.Space == nil {
		return nil, fmt.Errorf("got no features, want --features")
	}
	info, count := c.Space.Info(), c.Against.Info().Count
	if n == 0 || n > count {
		n = count
	}
	c.real = n
	if err := c.Space.extend(ctx, n, c.show("features of the data")); err != nil {
		return nil, err
	}
	drawn, err := c.points(ctx, c.show("sampling"))
	if err != nil {
		return nil, err
	}
	if c.generated == nil {
		if c.generated, err = c.Space.ofDrawn(ctx, drawn.X, drawn.Dim, c.show("features")); err != nil {
			return nil, err
		}
	}
	return &Featured{Info: info, Real: c.Space.real[:n*info.Dim], Generated: c.generated, NReal: n,
		N: len(c.generated) / info.Dim, Labels: c.Space.labels[:min(n, len(c.Space.labels))]}, nil
}

// atOnce is how many points are held beside their features.
const atOnce = 200

// extend sees to it that the features of the first n points of the data are there.
func (s *Space) extend(ctx context.Context, n int, progress func(done, of int)) error {
	src, dim := s.against.Source, s.Info().Dim
	if stored, ok := s.Extractor.(features.Stored); ok {
		s.real = stored.Rows(features.Real)
		if rows := len(s.real) / dim; rows < n {
			return fmt.Errorf("features of the data: got %d rows, want one for each point: %d of %s", rows, n,
				src.Info().Name)
		}
		return nil
	}
	size, begun := src.Info().Shape.Len(), len(s.labels)
	x, f := make([]float32, atOnce*size), make([]float32, atOnce*dim)
	for first := begun; first < n; first += atOnce {
		k := min(atOnce, n-first)
		labels := make([]int32, k)
		for i := range k {
			var err error
			if labels[i], err = src.Read(x[i*size:(i+1)*size], first+i); err != nil {
				return fmt.Errorf("eval: against: %w", err)
			}
		}
		if err := s.Extract(ctx, f[:k*dim], x[:k*size]); err != nil {
			return err
		}
		s.real, s.labels = append(s.real, f[:k*dim]...), append(s.labels, labels...)
		progress(first+k-begun, n-begun)
	}
	return nil
}

// ofDrawn are the features of points x of the subject.
func (s *Space) ofDrawn(ctx context.Context, x []float32, size int, progress func(done, of int)) (
	[]float32, error) {
	n, dim := len(x)/size, s.Info().Dim
	if stored, ok := s.Extractor.(features.Stored); ok {
		rows := stored.Rows(features.Generated)
		if len(rows) != n*dim {
			return nil, fmt.Errorf("features of the points: got %d rows, want %d, one for each",
				len(rows)/dim, n)
		}
		return rows, nil
	}
	f := make([]float32, n*dim)
	for first := 0; first < n; first += atOnce {
		last := min(n, first+atOnce)
		if err := s.Extract(ctx, f[first*dim:last*dim], x[first*size:last*size]); err != nil {
			return nil, err
		}
		progress(last, n)
	}
	return f, nil
}
