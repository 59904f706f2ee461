package datasets

import (
	"crypto/sha256"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Lifted is a source of points of a plane, or of another space of few dimensions m, put
// into R^D by a random map that keeps distances: the more dimensions surround the plane,
// the better a point alone tells how noisy it is.
//
//	x = P z,   PᵀP = 1
//
// P and the points z depend on the seed; the points do not depend on D. A test set has the P
// of the training set of the same seed, and points of its own.
type Lifted struct {
	info   Info
	space  int       // m
	basis  []float64 // P, D × m, row by row
	flat   []float64 // z, Count × m
	labels []int32   // Count, nil where the points have no classes
}

// Planar is a source of points of a plane of R^D, or near one.
type Planar interface {
	Source
	// Basis are 2 or more orthonormal vectors of R^D. The first two show the points best.
	Basis() [][]float64
}

// OpenDrawn opens the first most samples of what c names where these are drawn by a law, with no
// file; ok is false where they are not.
func OpenDrawn(c choice.Choice, most int) (src Planar, ok bool, err error) {
	e, full, faults := Sources.Resolve("", c, nil)
	if err := faults.Err(); err != nil || !e.Make.Drawn {
		return nil, false, err
	}
	full.Params["count"] = min(full.Params.Int("count"), most)
	opened, err := Open(full)
	if err != nil {
		return nil, false, err
	}
	src, ok = opened.(Planar)
	return src, ok, nil
}

// A law is how the points of a Lifted are drawn.
type law struct {
	name    string
	recipe  string // name, version and parameters, which decide the points with dim, count, seed and split
	space   int    // m
	classes int    // 0 for none
	// draw writes point i to z and returns its class, or NoLabel where there are none. It
	// depends on i and s alone.
	draw func(s stream, i uint64, z []float64) (label int32)
}

const liftedMost = 1 << 26 // points, 1 GiB of them in a plane; and dimensions

var liftedPoints = choice.Param{Name: "count", Default: 1000, About: "how many points",
	In: choice.Between(1, liftedMost, "points")}

// liftedDims is D for points of a space of so many dimensions.
func liftedDims(space int) choice.Param {
	return choice.Param{Name: "dim", Default: space, About: "D, the dimension of the points",
		In: choice.Between(space, liftedMost, "")}
}

// liftedParams are the parameters of a source of lifted points of a plane, with its own first.
func liftedParams(own ...choice.Param) []choice.Param {
	return append(own, liftedDims(2), liftedPoints, split,
		choice.Param{Name: "seed", Default: uint64(0), About: "of the plane and of the points"})
}

// openLifted draws the points of l that the parameters of a source ask for.
func openLifted(l law, v choice.Values) (*Lifted, error) {
	return newLifted(l, v.Int("dim"), v.Int("count"), v.Uint64("seed"), v.Text("split") == "test")
}

// newLifted draws count points of l and puts them into R^dim.
func newLifted(l law, dim, count int, seed uint64, test bool) (*Lifted, error) {
	if _, fault := liftedDims(l.space).Read("dim", dim); fault != nil {
		return nil, fault
	}
	if _, fault := liftedPoints.Read("count", count); fault != nil {
		return nil, fault
	}
	src := &Lifted{space: l.space, basis: orthonormal(newStream(seed, forPlane), dim, l.space),
		flat: make([]float64, count*l.space)}
	if l.classes > 0 {
		src.labels = make([]int32, count)
	}
	draws := newStream(seed, forPoints)
	if test {
		draws = newStream(seed, forTest)
	}
	reach := 0.0 // no coordinate of P·z exceeds |z|, for the rows of P are no longer than 1
	for i := range count {
		z := src.point(i)
		label := l.draw(draws, uint64(i), z)
		if l.classes > 0 {
			src.labels[i] = label
		}
		reach = max(reach, length(z))
	}
	hi := math.Nextafter32(float32(reach), math.MaxFloat32) // |x| exceeds |z| by roundings of float64 at most
	src.info = Info{
		Name:    l.name,
		Shape:   Shape{1, 1, dim},
		Count:   count,
		Classes: l.classes,
		Lo:      -hi,
		Hi:      hi,
		// The recipe rather than the points: their last bits may differ between
		// processors, whose arithmetic fuses differently.
		Fingerprint: fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil,
			"%s: dim %d, count %d, seed %d, test %t", l.recipe, dim, count, seed, test))),
	}
	return src, nil
}

// length is |z|.
func length(z []float64) float64 {
	if len(z) == 2 {
		return math.Hypot(z[0], z[1])
	}
	var sum float64
	for _, v := range z {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// Info describes the points: shape 1×1×D.
func (l *Lifted) Info() Info { return l.info }

// Read embeds point i, which costs mD multiplications.
func (l *Lifted) Read(dst []float32, i int) (int32, error) {
	checkRead(&l.info, dst, i)
	z := l.point(i)
	for k := range dst {
		row := l.basis[k*l.space:]
		x := row[0] * z[0]
		for j, v := range z[1:] {
			x += row[j+1] * v
		}
		dst[k] = float32(x)
	}
	if l.labels == nil {
		return NoLabel, nil
	}
	return l.labels[i], nil
}

// point is z of point i.
func (l *Lifted) point(i int) []float64 { return l.flat[i*l.space : (i+1)*l.space] }

// Basis are the columns of P: m orthonormal vectors of R^D.
func (l *Lifted) Basis() [][]float64 {
	columns := make([][]float64, l.space)
	for i, v := range l.basis {
		columns[i%l.space] = append(columns[i%l.space], v)
	}
	return columns
}

// orthonormal is a D × m matrix, uniform among those with orthonormal columns:
// Gram–Schmidt on m normal vectors. A second pass removes what rounding left
// when some are nearly parallel.
func orthonormal(s stream, dim, m int) []float64 {
	p := make([]float64, m*dim)
	for k := 0; k < len(p); k += 2 {
		x, y := s.normals(uint64(k / 2))
		p[k] = x
		if k+1 < len(p) {
			p[k+1] = y
		}
	}
	dot := func(a, b int) (sum float64) {
		for k := 0; k < len(p); k += m {
			sum += p[k+a] * p[k+b]
		}
		return sum
	}
	scale := func(a int, by float64) {
		for k := a; k < len(p); k += m {
			p[k] *= by
		}
	}
	scale(0, 1/math.Sqrt(dot(0, 0)))
	for b := 1; b < m; b++ {
		for range 2 {
			for a := range b {
				c := dot(a, b)
				for k := 0; k < len(p); k += m {
					p[k+b] -= c * p[k+a]
				}
			}
			scale(b, 1/math.Sqrt(dot(b, b)))
		}
	}
	return p
}
