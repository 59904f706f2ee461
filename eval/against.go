package eval

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
)

// Against is the data that a subject is held to.
type Against struct {
	datasets.Source
	Data    choice.Choice // which they are
	Resized string        // what was done to pictures to have the size of those they are held to
}

// OpenAgainst opens the data that c names.
func OpenAgainst(c choice.Choice) (*Against, error) {
	src, err := datasets.Open(c)
	return &Against{Source: src, Data: c}, against(err)
}

// against says of an error that it is about the data that a subject is held to.
func against(err error) error {
	if faults, ok := choice.FaultsOf(err); ok {
		return faults.Under("against")
	}
	if err != nil {
		return fmt.Errorf("eval: against: %w", err)
	}
	return nil
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
