package eval

import (
	"fmt"
	"slices"

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

// some are the numbers of n points in ascending order, all where n is 0 or more than there are; else
// drawn by a permutation that is always the same, whatever order the data are in: the first of data
// in the order of their classes would be of one class.
func (a *Against) some(n int) []int {
	count := a.Info().Count
	whole := n == 0 || n >= count
	if whole {
		n = count
	}
	which, order := make([]int, n), datasets.NewOrder(0, count)
	for i := range which {
		which[i] = i
		if !whole {
			which[i], _ = order.At(uint64(i))
		}
	}
	slices.Sort(which)
	return which
}

// points are those of some, one after another, with their classes.
func (a *Against) points(n int) (points []float32, labels []int32, err error) {
	which, dim := a.some(n), a.Info().Shape.Len()
	points, labels = make([]float32, len(which)*dim), make([]int32, len(which))
	for k, i := range which {
		if labels[k], err = a.Read(points[k*dim:(k+1)*dim], i); err != nil {
			return nil, nil, fmt.Errorf("eval: against: %w", err)
		}
	}
	return points, labels, nil
}
