package experiment

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/sample"
)

// The readout of a field reads the time of points that it was not fitted to where these
// tell it: the noise has 64 dimensions, and the field is the point. It does not depend on
// the batch, and data of another shape are refused.
func TestReadout(t *testing.T) {
	for _, set := range [][]string{{"field=fm"}, {"field=edm"}} {
		const text = "data: {name: rings, dim: 64, count: 400}\nmodel: {width: 8, depth: 1}\n"
		c, err := Parse("c.yaml", []byte(text), set)
		if err != nil {
			t.Fatal(err)
		}
		src, err := c.OpenData()
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(c, src.Info().Shape)
		if err != nil {
			t.Fatal(err)
		}
		x := sample.OnHost(func(f []float64, q sample.Query) error {
			for i, v := range q.Y {
				f[i] = .1 + v
			}
			return nil
		}, e.Dim())
		r, err := e.Readout(t.Context(), x, src, 64)
		if err != nil {
			t.Fatal(err)
		}
		again, err := e.Readout(t.Context(), x, src, 1000)
		if err != nil {
			t.Fatal(err)
		}
		other := *e
		config := *e.Config
		config.Seed++
		other.Config = &config
		var q sample.Query
		b, err := first(t, src)
		if err != nil {
			t.Fatal(err)
		}
		other.noised(&q, b)
		seen, err := sample.Look(x, q, 64)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range seen {
			got, spread := r.Read(s)
			if got != again.Time(s) {
				t.Errorf("%v: the batch changes t̂", set)
			}
			if math.Abs(got-q.T[i]) > 6*spread+.05*q.T[i]+.01 {
				t.Errorf("%v: t̂ = %v ± %v at t = %v", set, got, spread, q.T[i])
			}
		}
		other.Shape.C++
		if _, err := other.Readout(t.Context(), x, src, 64); err == nil {
			t.Error("data of another shape are read")
		}
	}
}

// first is the first batch of src.
func first(t *testing.T, src datasets.Source) (*datasets.Batch, error) {
	l, err := datasets.NewLoader(t.Context(), src, datasets.Options{Batch: readoutPairs, Seed: 9})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { l.Close() })
	return l.Next()
}
