package eval

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan/philox"
)

// What a metric draws, for sample after sample.
const (
	drawNoise uint32 = iota
	drawOrder
	drawLevel
	drawProbe // and those after it
)

// set is points of one origin, one after another.
type set struct {
	name string
	x    []float32
}

// noise is n standard normals of dim coordinates.
func noise(n, dim int, seed uint64) set {
	x := make([]float32, n*dim)
	for i := range n {
		philox.Normals(x[i*dim:(i+1)*dim], seed, uint64(i), philox.Draw(philox.Metric, drawNoise))
	}
	return set{"noise", x}
}

// permuted are points x of the given shape with their pixels in a random order, another in
// each: the same values, and none of what they show. A pixel keeps its channels; of a point
// of R^D it is a coordinate.
func permuted(x []float32, shape datasets.Shape, seed uint64) set {
	size, width := shape.H*shape.W, shape.C
	if size == 1 {
		size, width = shape.C, 1
	}
	out := make([]float32, len(x))
	for i := range len(x) / (size * width) {
		from, to := x[i*size*width:(i+1)*size*width], out[i*size*width:(i+1)*size*width]
		for k, at := range permutation(size, seed, uint64(i)) {
			copy(to[k*width:(k+1)*width], from[at*width:])
		}
	}
	return set{"permuted", out}
}

// permutation is an order of n things for sample i, by Fisher and Yates.
func permutation(n int, seed, i uint64) []int {
	order := make([]int, n)
	var words [4]uint32
	for k := range order {
		if k%4 == 0 {
			words = philox.Words(seed, i, philox.Draw(philox.Metric, drawOrder), uint32(k/4))
		}
		j := int(uint64(words[k%4]) * uint64(k+1) >> 32) // in 0…k, even but for 2⁻³²·n
		order[k], order[j] = order[j], k
	}
	return order
}

// others are n images of another source of data, resized to the shape of a.
func (a *Against) others(name string, n int) (set, error) {
	to := a.Info().Shape
	held, _ := datasets.HeldOut(choice.Choice{Kind: name})
	o, err := OpenAgainst(held)
	if err != nil {
		return set{}, err
	}
	info := o.Info()
	if !info.Image || !a.Info().Image || info.Shape.C != to.C {
		return set{}, fmt.Errorf("they have shape %v, want images of %d channels", info.Shape, to.C)
	}
	x, _, err := o.points(n)
	if err != nil {
		return set{}, err
	}
	dim, count := info.Shape.Len(), len(x)/info.Shape.Len()
	out := make([]float32, 0, count*to.Len())
	for i := range count {
		out = append(out, resized(x[i*dim:(i+1)*dim], info.Shape, to)...)
	}
	if to != info.Shape {
		name += fmt.Sprintf(" at %d×%d", to.H, to.W)
	}
	return set{name, out}, nil
}
