package distance

import (
	"context"
	"math"
)

// Near is the nearest training point to each of some points, with its distance and that of the
// second nearest.
type Near struct {
	Index         []int32
	First, Second []float64
}

// Nearest finds them. It takes two training points.
func (c *Cores) Nearest(ctx context.Context, points, training Points) (Near, error) {
	if err := check("nearest training points", 1, training, points); err != nil {
		return Near{}, err
	}
	if err := check("nearest training points", 2, training, training); err != nil {
		return Near{}, err
	}
	n, err := c.nearest(ctx, points, training, 2, false)
	if err != nil {
		return Near{}, err
	}
	var near Near
	for i := range points.N() {
		near.Index = append(near.Index, n.index[2*i])
		near.First = append(near.First, math.Sqrt(n.d2[2*i]))
		near.Second = append(near.Second, math.Sqrt(n.d2[2*i+1]))
	}
	return near, nil
}
