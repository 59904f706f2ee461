package exact

import (
	"math"
	"math/rand/v2"
)

// lawCase is a law with a way to draw from it that shares nothing with its
// closed forms.
type lawCase struct {
	name string
	law  Law
	draw func(r *rand.Rand) []float64 // nil for a law that cannot be drawn from
}

// gaussianPair is two normals in three dimensions, one of them long and thin.
var gaussianPair = Gaussians{
	Means: [][]float64{{0.5, -0.3, 0.2}, {-0.8, 0.4, 0}},
	Covs: [][][]float64{
		{{0.5, 0.2, 0}, {0.2, 0.3, 0.1}, {0, 0.1, 0.2}},
		{{1, 0.1, 0}, {0.1, 0.02, 0}, {0, 0, 0.04}},
	},
	Weights: []float64{1, 3},
}

var (
	rings2  = Rings{Radii: []float64{0.5, 1}, Weights: []float64{1, 2}, Jitter: 0.02}
	sphere5 = Rings{Radii: []float64{1.2}, Space: 5}
)

// plane is an orthonormal basis of a plane of R⁴.
var plane = [][]float64{{0.5, 0.5, 0.5, 0.5}, {0.5, -0.5, 0.5, -0.5}}

// everyLaw has each kind of law, and each kind of law lifted.
var everyLaw = []lawCase{
	{"atoms", triangle, drawPoints(triangle)},
	{"blurred points", blurredTriangle, drawPoints(blurredTriangle)},
	{"gaussians", gaussianPair, drawGaussians},
	{"rings", rings2, drawRings(rings2)},
	{"thin sphere", sphere5, drawRings(sphere5)},
	{"flat", Flat(2), nil},
	{"lifted atoms", Lifted{Law: triangle, Basis: plane, Ambient: 4}, lift(plane, drawPoints(triangle))},
	{"lifted rings", Lifted{Law: rings2, Basis: plane, Ambient: 4}, lift(plane, drawRings(rings2))},
	{"lifted gaussians", Lifted{Law: gaussianPair, Ambient: 5}, lift(axes(3, 5), drawGaussians)},
	{"lifted flat", Lifted{Law: Flat(2), Basis: plane, Ambient: 4}, nil},
	{"turned atoms", Lifted{Law: triangle, Basis: turn2(0.7), Ambient: 2},
		lift(turn2(0.7), drawPoints(triangle))},
}

var blurredTriangle = Mixture{Points: triangle.Points, Weights: []float64{1, 2, 0.5}, Jitter: 0.3}

func turn2(angle float64) [][]float64 {
	c, s := math.Cos(angle), math.Sin(angle)
	return [][]float64{{c, s}, {-s, c}}
}

func axes(d, dim int) [][]float64 {
	var p [][]float64
	for i := range d {
		p = append(p, make([]float64, dim))
		p[i][i] = 1
	}
	return p
}

// pick draws an index with the given weights, nil for n equal ones.
func pick(r *rand.Rand, weights []float64, n int) int {
	if weights == nil {
		return r.IntN(n)
	}
	var total float64
	for _, w := range weights {
		total += w
	}
	left := r.Float64() * total
	for i, w := range weights {
		if left -= w; left < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func normalVector(r *rand.Rand, n int, scale float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = scale * r.NormFloat64()
	}
	return v
}

func drawPoints(m Mixture) func(*rand.Rand) []float64 {
	return func(r *rand.Rand) []float64 {
		x := normalVector(r, m.Dim(), m.Jitter)
		addScaled(x, 1, m.Points[pick(r, m.Weights, len(m.Points))])
		return x
	}
}

func drawRings(p Rings) func(*rand.Rand) []float64 {
	return func(r *rand.Rand) []float64 {
		n := normalVector(r, p.Dim(), 1)
		x := normalVector(r, p.Dim(), p.Jitter)
		addScaled(x, p.Radii[pick(r, p.Weights, len(p.Radii))]/norm(n), n)
		return x
	}
}

// drawGaussians draws by Cholesky factors of gaussianPair's covariances.
func drawGaussians(r *rand.Rand) []float64 {
	k := pick(r, gaussianPair.Weights, 2)
	cov, z := gaussianPair.Covs[k], normalVector(r, 3, 1)
	var l [3][3]float64
	x := append([]float64(nil), gaussianPair.Means[k]...)
	for i := range 3 {
		for j := range i + 1 {
			s := cov[i][j]
			for p := range j {
				s -= l[i][p] * l[j][p]
			}
			if i == j {
				l[i][i] = math.Sqrt(s)
			} else {
				l[i][j] = s / l[j][j]
			}
			x[i] += l[i][j] * z[j]
		}
	}
	return x
}

func lift(basis [][]float64, draw func(*rand.Rand) []float64) func(*rand.Rand) []float64 {
	return func(r *rand.Rand) []float64 {
		out := make([]float64, len(basis[0]))
		for i, v := range draw(r) {
			addScaled(out, v, basis[i])
		}
		return out
	}
}
