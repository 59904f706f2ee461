package datasets

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Rings is a source of points near two concentric circles in a random plane of
// R^D, the smallest data on which a field without a clock can be seen to
// succeed or fail:
//
//	z = R·(cos φ, sin φ) + σ·(ξ₁, ξ₂)
//
// with φ uniform, ξ standard normal, R = 0.5 for even samples and 1 for odd
// ones. The circle is the sample's class.
type Rings struct{ *Lifted }

const ringsJitter = 0.02 // σ

var ringsRadius = [2]float64{0.5, 1}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "rings", Example: "rings:dim=16,count=400",
	About:  "points on two circles in a random plane of R^dim",
	Params: liftedParams(),
	Make: Opener{Drawn: true, Open: func(v choice.Values) (Source, error) {
		return NewRings(v.Int("dim"), v.Int("count"), v.Uint64("seed"), v.Text("split") == "test")
	}},
})

// NewRings draws count points in R^dim. A test set has the plane and the
// circles of the training set of the same seed, and points of its own.
func NewRings(dim, count int, seed uint64, test bool) (*Rings, error) {
	l, err := newLifted(law{name: "rings", recipe: "rings 1", space: 2, classes: len(ringsRadius),
		draw: drawRing}, dim, count, seed, test)
	if err != nil {
		return nil, fmt.Errorf("datasets: NewRings: %w", err)
	}
	return &Rings{l}, nil
}

// drawRing takes draws 4i, 4i+2 and 4i+3; 4i+1 stays unused.
func drawRing(s stream, i uint64, z []float64) int32 {
	ring := i % 2
	sin, cos := math.Sincos(2 * math.Pi * s.uniform(4*i))
	xi1, xi2 := s.normals(2*i + 1)
	z[0], z[1] = ringsRadius[ring]*cos+ringsJitter*xi1, ringsRadius[ring]*sin+ringsJitter*xi2
	return int32(ring)
}

// Law is the distribution the points were drawn from, in the plane: a circle
// of each radius, equally likely, blurred by a normal of deviation jitter in
// each direction.
func (r *Rings) Law() (radii [2]float64, jitter float64) { return ringsRadius, ringsJitter }
