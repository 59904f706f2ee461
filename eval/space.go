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
	real    map[int]seen // by how many points of the data
}

// seen are points of the data: their features, one after another, and their classes.
type seen struct {
	x      []float32
	labels []int32
}

// OpenSpace opens the features that c names for points like the data. device opens what
// networks run on, where one is to be run.
func OpenSpace(ctx context.Context, c choice.Choice, a *Against, device func() (plan.Device, error)) (
	*Space, error) {
	e, err := features.Open(ctx, c, features.On{Points: a.Info(), Device: device})
	if err != nil {
		return nil, err
	}
	return newSpace(e, a), nil
}

// newSpace are features e of points like those of a.
func newSpace(e features.Extractor, a *Against) *Space {
	return &Space{Extractor: e, against: a, real: map[int]seen{}}
}

// Featured are the features of the two sets, vectors of Dim numbers one after another.
type Featured struct {
	features.Info
	Real, Generated []float32
	NReal, N        int     // vectors of each
	Labels          []int32 // classes of the real points; nil where their features were given
}

// featured are the features of n points of the data, all where n is 0 or more than there are,
// and of all points of the subject, which are drawn at the first call. Features are extracted
// once for each n. 4·Dim bytes for each point are held, whatever the size of a point.
func (c *Case) featured(ctx context.Context, n int) (*Featured, error) {
	if c.Space == nil {
		return nil, fmt.Errorf("got no features, want --features")
	}
	real, err := c.Space.of(ctx, n, c.show("features of the data"))
	if err != nil {
		return nil, err
	}
	info := c.Space.Info()
	c.real = len(real.x) / info.Dim
	drawn, err := c.points(ctx, c.show("sampling"))
	if err != nil {
		return nil, err
	}
	generated := c.generated[c.Space]
	if generated == nil {
		if generated, err = c.Space.ofDrawn(ctx, drawn.X, drawn.Dim, c.show("features")); err != nil {
			return nil, err
		}
		if c.generated == nil {
			c.generated = map[*Space][]float32{}
		}
		c.generated[c.Space] = generated
	}
	return &Featured{Info: info, Real: real.x, Generated: generated, NReal: c.real,
		N: len(generated) / info.Dim, Labels: real.labels}, nil
}

// atOnce is how many points are held beside their features, unless an extractor is paced.
const atOnce = 200

// atOnce is how many points a call extracts from.
func (s *Space) atOnce() int {
	if p, ok := s.Extractor.(features.Paced); ok {
		return min(p.AtOnce(), atOnce)
	}
	return atOnce
}

// of are n points of the data, those of Against.some.
func (s *Space) of(ctx context.Context, n int, progress func(done, of int)) (seen, error) {
	which, src, dim := s.against.some(n), s.against.Source, s.Info().Dim
	if have, ok := s.real[len(which)]; ok {
		return have, nil
	}
	if stored, ok := s.Extractor.(features.Stored); ok {
		all := stored.Rows(features.Real)
		if rows := len(all) / dim; rows <= which[len(which)-1] {
			return seen{}, fmt.Errorf("features of the data: got %d rows, want one for each point: %d of %s",
				rows, src.Info().Count, src.Info().Name)
		}
		one := seen{x: make([]float32, 0, len(which)*dim)}
		for _, i := range which {
			one.x = append(one.x, all[i*dim:(i+1)*dim]...)
		}
		s.real[len(which)] = one
		return one, nil
	}
	size := src.Info().Shape.Len()
	one := seen{make([]float32, len(which)*dim), make([]int32, len(which))}
	most := s.atOnce()
	x := make([]float32, most*size)
	for first := 0; first < len(which); first += most {
		last := min(first+most, len(which))
		for k, i := range which[first:last] {
			var err error
			if one.labels[first+k], err = src.Read(x[k*size:(k+1)*size], i); err != nil {
				return seen{}, fmt.Errorf("eval: against: %w", err)
			}
		}
		if err := s.Extract(ctx, one.x[first*dim:last*dim], x[:(last-first)*size]); err != nil {
			return seen{}, err
		}
		progress(last, len(which))
	}
	s.real[len(which)] = one
	return one, nil
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
	f, most := make([]float32, n*dim), s.atOnce()
	for first := 0; first < n; first += most {
		last := min(n, first+most)
		if err := s.Extract(ctx, f[first*dim:last*dim], x[first*size:last*size]); err != nil {
			return nil, err
		}
		progress(last, n)
	}
	return f, nil
}
