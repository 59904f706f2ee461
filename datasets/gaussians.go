package datasets

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/choice"
)

// Gaussians is a source of points of a mixture of normals in a random plane of R^D:
//
//	z = m_k + σ_k·(ξ₁, ξ₂),   k with probability w_k
//
// The component k is the sample's class.
type Gaussians struct {
	*Lifted
	mixture
}

// mixture is the law of normals in the plane.
type mixture struct {
	means      [][2]float64
	deviations []float64 // σ_k
	weights    []float64 // w_k, of sum 1
}

const gaussiansMost = 1 << 12 // components

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "gaussians", Example: "gaussians:means=grid,dim=16,count=400",
	About: "points of a mixture of normals in a random plane of R^dim",
	Params: liftedParams(
		choice.Param{Name: "means", Default: "circle", In: choice.Words("circle", "grid", "random"),
			About: "where the normals are: on a circle, on a square grid, or anywhere in a square"},
		choice.Param{Name: "components", Default: 0, In: choice.Between(0, gaussiansMost, "normals"),
			About: "how many normals there are; 0 for 25 on a grid, 8 elsewhere"},
		choice.Param{Name: "radius", Default: 1., In: choice.Where("a number in (0, 100]",
			func(v float64) bool { return 0 < v && v <= 100 }),
			About: "of the circle, or half the side of the square"},
		choice.Param{Name: "deviation", Default: []float64{.05}, In: liftedScales(0),
			About: "of the normals in each direction: one for all, or one for each"},
		choice.Param{Name: "weights", Default: []float64{}, In: liftedScales(math.SmallestNonzeroFloat64),
			About: "how likely each normal is, in proportion to the others; [] for equally"}),
	Make: Opener{Drawn: true, Open: openGaussians},
})

// liftedScales is the range of lists of numbers from least to 100.
func liftedScales(least float64) choice.Range {
	want := "a list of numbers in [0, 100]"
	if least > 0 {
		want = "a list of numbers in (0, 100]"
	}
	return choice.Where(want, func(v []float64) bool {
		return !slices.ContainsFunc(v, func(x float64) bool { return !(least <= x && x <= 100) })
	})
}

// openGaussians draws what the parameters ask for.
func openGaussians(v choice.Values) (Source, error) {
	m, err := mixtureOf(v)
	if err != nil {
		return nil, err
	}
	recipe := fmt.Sprintf("gaussians 1: means %s, radius %v, deviations %v, weights %v", v.Text("means"),
		v.Float("radius"), m.deviations, m.weights)
	l, err := openLifted(law{name: "gaussians", recipe: recipe, space: 2, classes: len(m.means),
		draw: m.draw()}, v)
	if err != nil {
		return nil, err
	}
	return &Gaussians{l, m}, nil
}

// mixtureOf is the mixture that v asks for.
func mixtureOf(v choice.Values) (m mixture, err error) {
	n, where := v.Int("components"), v.Text("means")
	if n == 0 {
		n = map[string]int{"circle": 8, "grid": 25, "random": 8}[where]
	}
	var faults choice.Faults
	side := int(math.Round(math.Sqrt(float64(n))))
	faults.Want(where != "grid" || side*side == n, "components", n, "the square of a whole number: "+
		"means are on a grid")
	m.deviations, m.weights = choice.Of[[]float64](v, "deviation"), choice.Of[[]float64](v, "weights")
	if len(m.deviations) == 1 {
		m.deviations = slices.Repeat(m.deviations, n)
	}
	if len(m.weights) == 0 {
		m.weights = slices.Repeat([]float64{1}, n)
	}
	faults.Want(len(m.deviations) == n, "deviation", m.deviations, fmt.Sprintf("1 or %d of them, one for "+
		"each normal", n))
	faults.Want(len(m.weights) == n, "weights", m.weights, fmt.Sprintf("0 or %d of them, one for each "+
		"normal", n))
	if err := faults.Err(); err != nil {
		return m, err
	}
	var sum float64
	for _, w := range m.weights {
		sum += w
	}
	m.weights = slices.Clone(m.weights)
	for k := range m.weights {
		m.weights[k] /= sum
	}
	m.means = means(where, n, v.Float("radius"), newStream(v.Uint64("seed"), forMeans))
	return m, nil
}

// means are n points about 0.
func means(where string, n int, radius float64, s stream) [][2]float64 {
	at := make([][2]float64, n)
	side := int(math.Round(math.Sqrt(float64(n))))
	for k := range at {
		switch where {
		case "circle":
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
			at[k] = [2]float64{radius * cos, radius * sin}
		case "grid":
			gap := 2 * radius / float64(max(side-1, 1))
			middle := float64(side-1) / 2
			at[k] = [2]float64{gap * (float64(k%side) - middle), gap * (float64(k/side) - middle)}
		case "random":
			j := uint64(2 * k)
			at[k] = [2]float64{radius * (2*s.uniform(j) - 1), radius * (2*s.uniform(j+1) - 1)}
		}
	}
	return at
}

// draw takes draws 4i, 4i+2 and 4i+3 for point i.
func (m mixture) draw() func(s stream, i uint64, z []float64) int32 {
	upTo := make([]float64, len(m.weights)) // the weights of the components up to each
	sum := 0.
	for k, w := range m.weights {
		sum += w
		upTo[k] = sum
	}
	upTo[len(upTo)-1] = 1
	return func(s stream, i uint64, z []float64) int32 {
		k, _ := slices.BinarySearch(upTo, s.uniform(4*i))
		xi1, xi2 := s.normals(2*i + 1)
		z[0], z[1] = m.means[k][0]+m.deviations[k]*xi1, m.means[k][1]+m.deviations[k]*xi2
		return int32(k)
	}
}

// Law is the distribution the points were drawn from, in the plane: normals of those means
// and deviations in each direction, with weights of sum 1. The caller must not write to it.
func (g *Gaussians) Law() (means [][2]float64, deviations, weights []float64) {
	return g.means, g.deviations, g.weights
}
