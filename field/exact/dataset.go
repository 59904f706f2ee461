package exact

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
)

// Product sets c, m × n by rows, to a bᵀ for a of m × k and b of n × k, in float32.
// Its sums may be in any order.
type Product func(c, a, b []float32, m, n, k int)

// Dataset is the blind field of a Mixture of very many points: that of the training
// data. All its squared distances to a block of points come from one product of
// matrices in float32, from which it is proved, error and all, which data can matter
// to a point; only those are looked at again, in float64. The answers are those of
// Blind, at the cost of the product and of the data that matter: few in many
// dimensions, but at noise that hides which datum is near.
type Dataset struct {
	*Blind
	points  *points
	rows    []float32 // K × D
	product Product
}

// NewDataset prepares the exact field of data under p.
func NewDataset(p *field.Process, data Mixture, product Product) (*Dataset, error) {
	blind, err := New(p, data)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Blind: blind, points: blind.model.(*points), product: product}
	for k, x := range data.Points {
		for i, v := range x {
			if math.Abs(v) > math.MaxFloat32 {
				return nil, fmt.Errorf("exact: NewDataset: point %d has coordinate %d = %v, want a float32",
					k, i, v)
			}
			d.rows = append(d.rows, float32(v))
		}
	}
	return d, nil
}

// datasetBlock is how many points share a product.
const datasetBlock = 64

// Fields is Blind.Fields. Points are taken in blocks of 64; product may use all cores,
// and then workers look at the points.
func (d *Dataset) Fields(dst, points [][]float64, workers int) error {
	if len(dst) != len(points) {
		return fmt.Errorf("exact: Fields: got room for %d fields, want %d, one for each point",
			len(dst), len(points))
	}
	dim, k := d.Dim(), len(d.points.Points)
	block, dots := make([]float32, datasetBlock*dim), make([]float32, datasetBlock*k)
	for from := 0; from < len(points); from += datasetBlock {
		n := min(datasetBlock, len(points)-from)
		for i, u := range points[from : from+n] {
			if len(u) != dim {
				return fmt.Errorf("exact: point %d has dimension %d, want %d, that of the data",
					from+i, len(u), dim)
			}
			for j, v := range u {
				block[i*dim+j] = float32(v)
			}
		}
		d.product(dots[:n*k], block[:n*dim], d.rows, n, k, dim)
		err := each(n, workers, func(i int, s *scratch) error {
			u := points[from+i]
			if len(dst[from+i]) != dim {
				dst[from+i] = make([]float64, dim)
			}
			if err := d.field(dst[from+i], u, dots[i*k:(i+1)*k], s); err != nil {
				return fmt.Errorf("of those from %d: %w", from, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// field is Blind.field for a point with its products with all data.
func (d *Dataset) field(out, u []float64, dots []float32, s *scratch) error {
	s.reset()
	if notFinite(u) >= 0 {
		return d.Blind.field(out, u, s) // which says so
	}
	list, guess := d.candidates(u, dots, s)
	q, err := d.query(u, s, list)
	if err != nil {
		return err
	}
	j, err := q.join(d.cut, d.parts.field)
	if err != nil {
		return err
	}
	if guess > q.best { // data may have been left out by a wrong guess
		return d.Blind.field(out, u, s)
	}
	j.meanTo(out, noisePart, dataPart)
	return nil
}

// candidates lists the data that may matter to u, provided that the largest
// log-weight is at least guess.
//
// A product of D terms in float32 is off by (D + 2) 2⁻²⁴ ‖u‖‖x‖ at most, its operands'
// rounding included, and a squared distance by twice as much.
func (d *Dataset) candidates(u []float64, dots []float32, s *scratch) (list []int32, guess float64) {
	k := len(dots)
	g := s.sights.one()
	*g = pointSight{points: d.points, s: s, u: u, foot: s.floats.take(k), near: s.floats.take(k),
		lean: s.floats.take(k), r2: s.floats.take(k), doubt: s.floats.take(k)}
	n2 := dot(u, u)
	for i, x := range dots {
		ux, x2 := float64(x), d.points.norm2[i]
		a := 0.0
		if x2 > 0 {
			a = min(max(ux/x2, 0), 1)
		}
		g.foot[i], g.near[i], g.lean[i] = 1-a, n2-2*a*ux+a*a*x2, ux-a*x2
		g.doubt[i] = 0x1p-22*float64(len(u)+4)*math.Sqrt(n2*x2) + 0x1p-40*(n2+x2)
	}
	s.query = query{a: d.Blind, s: s, u: u, sight: g, all: d.all, best: math.Inf(-1), guess: math.Inf(-1)}
	q := &s.query
	var level, next []open
	for _, sp := range d.spans {
		level = append(level, q.open(sp, d.all, d.cut))
	}
	const levels = 7
	for range levels {
		next = next[:0]
		for _, o := range level {
			if len(o.list) == 0 || o.bound+q.slack() < q.guess-d.cut {
				continue
			}
			for _, h := range o.sp.halves(s) {
				next = append(next, q.open(h, o.list, d.cut))
			}
		}
		level, next = next, level
	}
	mark := s.ints.take(k)
	for _, o := range level {
		for _, i := range o.list {
			mark[i] = 1
		}
	}
	list = s.ints.take(k)[:0]
	for i, m := range mark {
		if m == 1 {
			list = append(list, int32(i))
		}
	}
	return list, q.guess
}
