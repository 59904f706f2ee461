package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
)

// Against is the data that a subject is held to.
type Against struct {
	datasets.Source
	Data choice.Choice // which they are
}

// OpenAgainst opens the data that c names.
func OpenAgainst(c choice.Choice) (*Against, error) {
	src, err := datasets.Open(c)
	if err != nil {
		if faults, ok := choice.FaultsOf(err); ok {
			return nil, faults.Under("against")
		}
		return nil, fmt.Errorf("eval: against: %w", err)
	}
	return &Against{src, c}, nil
}

// HeldOut is the test set of the data that c names; c itself where they have none.
func HeldOut(c choice.Choice) choice.Choice {
	e, ok := datasets.Sources.Find(c.Kind)
	if !ok || !slices.ContainsFunc(e.Params, func(p choice.Param) bool { return p.Name == "split" }) {
		return c
	}
	c = choice.Choice{Kind: c.Kind, Params: maps.Clone(c.Params)}
	if c.Params == nil {
		c.Params = choice.Values{}
	}
	c.Params["split"] = "test"
	return c
}

// first are the first n points, all where n is 0 or more than there are, one after
// another, with their classes.
func (a *Against) first(n int) (points []float32, labels []int32, err error) {
	info := a.Info()
	if n == 0 || n > info.Count {
		n = info.Count
	}
	dim := info.Shape.Len()
	points, labels = make([]float32, n*dim), make([]int32, n)
	for i := range n {
		if labels[i], err = a.Read(points[i*dim:(i+1)*dim], i); err != nil {
			return nil, nil, fmt.Errorf("eval: against: %w", err)
		}
	}
	return points, labels, nil
}
