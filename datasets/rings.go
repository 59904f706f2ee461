package datasets

import (
	"crypto/sha256"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Rings is a source of points near two concentric circles in a random plane of
// R^D, the smallest data on which a field without a clock can be seen to
// succeed or fail: the more dimensions surround the plane, the better a point
// alone tells how noisy it is.
//
//	x = P·(R·(cos φ, sin φ) + σ·(ξ₁, ξ₂)),   PᵀP = 1
//
// with φ uniform, ξ standard normal, R = 0.5 for even samples and 1 for odd
// ones. The circle is the sample's class. P and the points depend on the seed;
// the points in the plane do not depend on D.
type Rings struct {
	info  Info
	plane []float64    // P, D×2, row by row
	flat  [][2]float64 // the points in the plane
}

const (
	ringsJitter = 0.02    // σ
	ringsMost   = 1 << 26 // points, 1 GiB of them; and dimensions
)

var ringsRadius = [2]float64{0.5, 1}

var (
	ringsDims = choice.Param{Name: "dim", Default: 2, About: "D, the dimension of the points",
		In: choice.Between(2, ringsMost, "")}
	ringsPoints = choice.Param{Name: "count", Default: 1000, About: "how many points",
		In: choice.Between(1, ringsMost, "points")}
)

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "rings", Example: "rings:dim=16,count=400",
	About: "points on two circles in a random plane of R^dim",
	Params: []choice.Param{
		ringsDims, ringsPoints, split,
		{Name: "seed", Default: uint64(0), About: "of the plane and of the points"},
	},
	Make: Opener{Open: func(v choice.Values) (Source, error) {
		return NewRings(v.Int("dim"), v.Int("count"), v.Uint64("seed"), v.Text("split") == "test")
	}},
})

// NewRings draws count points in R^dim. A test set has the plane and the
// circles of the training set of the same seed, and points of its own.
func NewRings(dim, count int, seed uint64, test bool) (*Rings, error) {
	if _, fault := ringsDims.Read("dim", dim); fault != nil {
		return nil, fmt.Errorf("datasets: NewRings: %w", fault)
	}
	if _, fault := ringsPoints.Read("count", count); fault != nil {
		return nil, fmt.Errorf("datasets: NewRings: %w", fault)
	}
	r := &Rings{plane: orthonormal(newStream(seed, forPlane), dim), flat: make([][2]float64, count)}
	draws := newStream(seed, forPoints)
	if test {
		draws = newStream(seed, forTest)
	}
	reach := 0.0 // no coordinate of P·z exceeds |z|, for the rows of P are no longer than 1
	for i := range r.flat {
		radius, k := ringsRadius[i%2], uint64(i)*4
		sin, cos := math.Sincos(2 * math.Pi * draws.uniform(k))
		xi1, xi2 := draws.normals(k/2 + 1) // draws k+2 and k+3; k+1 stays unused
		r.flat[i] = [2]float64{radius*cos + ringsJitter*xi1, radius*sin + ringsJitter*xi2}
		reach = max(reach, math.Hypot(r.flat[i][0], r.flat[i][1]))
	}
	hi := math.Nextafter32(float32(reach), 2) // |x| exceeds |z| by roundings of float64 at most
	r.info = Info{
		Name:    "rings",
		Shape:   Shape{1, 1, dim},
		Count:   count,
		Classes: len(ringsRadius),
		Lo:      -hi,
		Hi:      hi,
		// The recipe rather than the points: their last bits may differ between
		// processors, whose arithmetic fuses differently.
		Fingerprint: fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil,
			"rings 1: dim %d, count %d, seed %d, test %t", dim, count, seed, test))),
	}
	return r, nil
}

// Info describes the points: shape 1×1×D, two classes.
func (r *Rings) Info() Info { return r.info }

// Read embeds point i, which costs 2D multiplications.
func (r *Rings) Read(dst []float32, i int) (int32, error) {
	checkRead(&r.info, dst, i)
	z := r.flat[i]
	for k := range dst {
		dst[k] = float32(r.plane[2*k]*z[0] + r.plane[2*k+1]*z[1])
	}
	return int32(i % 2), nil
}

// Plane is P: D rows of two numbers whose columns are orthonormal. The caller
// must not write to it.
func (r *Rings) Plane() []float64 { return r.plane }

// Law is the distribution the points were drawn from, in the plane: a circle
// of each radius, equally likely, blurred by a normal of deviation jitter in
// each direction.
func (r *Rings) Law() (radii [2]float64, jitter float64) { return ringsRadius, ringsJitter }

// orthonormal is a D×2 matrix, uniform among those with orthonormal columns:
// Gram–Schmidt on two normal vectors. A second pass removes what rounding left
// when the two are nearly parallel.
func orthonormal(s stream, dim int) []float64 {
	p := make([]float64, 2*dim)
	for k := range dim {
		p[2*k], p[2*k+1] = s.normals(uint64(k))
	}
	dot := func(a, b int) (sum float64) {
		for k := 0; k < len(p); k += 2 {
			sum += p[k+a] * p[k+b]
		}
		return sum
	}
	scale := func(a int, by float64) {
		for k := a; k < len(p); k += 2 {
			p[k] *= by
		}
	}
	scale(0, 1/math.Sqrt(dot(0, 0)))
	for range 2 {
		c := dot(0, 1)
		for k := 0; k < len(p); k += 2 {
			p[k+1] -= c * p[k]
		}
		scale(1, 1/math.Sqrt(dot(1, 1)))
	}
	return p
}
