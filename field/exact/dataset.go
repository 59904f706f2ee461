package exact

import (
	"fmt"
	"slices"
	"sync"

	"github.com/stillfield/stillfield/field"
)

// Dataset is the blind field of a Mixture of very many points, equally likely: that of the
// training data. Products of matrices, in float64, give the distances of a block of points
// to all data. Then a point is one of two kinds. Where there is so little noise that few
// data can matter, which is proved, those are looked at as Blind looks at all. Where many
// do, the data are one crowd, whose posterior is a Gauss rule of 24 times or a few more: an
// exponential for each datum at each, and another product for the mean of the data. The
// answers are those of Blind but for the rounding of the products, which Origin.Err has in
// it (1e-11 of a point's averages at D = 784), and a point's do not depend on the others.
type Dataset struct {
	*Blind
	points   *points
	single   []int32   // the list of the one component that the data are as a crowd
	rows     []float64 // the data, K rows and up to 3 of zeros, of stride coordinates
	stride   int       // D and zeros up to a multiple of sumLength
	norms    []float64 // ‖x‖², not below the least normal number, so that it divides
	farthest float64   // the largest of them
	early    []*span   // the prior's range after halving it early times
	grid     []instant // times over the prior's range, their logPrior as of spans
	blocks   sync.Pool // of *block
	ruled    int       // from how many data on a crowd is tried with a Gauss rule
}

// NewDataset prepares the exact field of data under p. It keeps a copy of them, padded, of 8
// bytes a coordinate.
func NewDataset(p *field.Process, data Mixture) (*Dataset, error) {
	blind, err := New(p, data)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Blind: blind, points: blind.model.(*points), single: []int32{0}, ruled: leastRuled}
	if d.points.uneven {
		return nil, fmt.Errorf("exact: NewDataset: got data of different weights, want equally likely ones")
	}
	k, dim := len(data.Points), blind.Dim()
	d.stride = roundUp(dim, sumLength)
	d.rows = make([]float64, roundUp(k, dotData)*d.stride)
	own := make([][]float64, k) // those of data need not be kept
	for i, x := range data.Points {
		own[i] = d.rows[i*d.stride:][:dim:dim]
		copy(own[i], x)
		d.norms = append(d.norms, max(d.points.norm2[i], 0x1p-1022))
	}
	d.points.Points = own
	blind.law = d.points.Mixture
	d.farthest = slices.Max(d.norms)
	s := newScratch()
	level := slices.Clone(blind.spans)
	for depth := range levels {
		if depth == early {
			d.early = level
		}
		var next []*span
		for _, sp := range level {
			h := sp.halves(s)
			next = append(next, h[0], h[1])
		}
		level = next
	}
	for _, sp := range level {
		d.grid = append(d.grid, sp.middle())
	}
	return d, nil
}

// leastRuled is how many data a crowd has whose exponentials take longer than finding a rule.
const leastRuled = 2000

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// datasetBlock is how many rows share a product: a multiple of tileRows.
const datasetBlock = 66

// block is the memory of a block of points, of as many rows as points and vectors of each.
type block struct {
	u, out  []float64 // the points, as Dataset.rows has data, and Σ weight x
	ux, w   []float64 // products with all data, and weights of each in the vectors
	rows    []row
	vectors int
}

// newBlock is the memory for n points with as many vectors, or for as many points as share it.
func (d *Dataset) newBlock(n, vectors int) *block {
	n = min(n, datasetBlock/max(1, vectors))
	k := len(d.norms)
	rows, out := roundUp(n, tileRows), roundUp(n*vectors, tileRows)
	b, _ := d.blocks.Get().(*block)
	if b == nil {
		b = new(block)
	}
	b.vectors = vectors
	b.u, b.ux = grown(b.u, rows*d.stride), grown(b.ux, rows*k)
	b.out, b.w = grown(b.out, out*d.stride), grown(b.w, out*k)
	b.rows = b.rows[:0]
	for i := range n {
		r := row{ux: b.ux[i*k : (i+1)*k], own: make([]float64, vectors)}
		for v := range vectors {
			at := i*vectors + v
			r.weight = append(r.weight, b.w[at*k:(at+1)*k])
		}
		b.rows = append(b.rows, r)
	}
	return b
}

// grown is x with n elements, of any values.
func grown(x []float64, n int) []float64 { return slices.Grow(x[:0], n)[:n] }

// ask answers a for points, on as many cores as workers, all of them for 0.
func (d *Dataset) ask(what string, points [][]float64, workers int, a *asked) error {
	for i, u := range points {
		if len(u) != d.Dim() {
			return fmt.Errorf("exact: %s: point %d has dimension %d, want %d, that of the data", what, i,
				len(u), d.Dim())
		}
	}
	b := d.newBlock(len(points), len(a.about))
	defer d.blocks.Put(b)
	var faults Faults
	for from := 0; from < len(points); from += len(b.rows) {
		b.rows = b.rows[:min(len(b.rows), len(points)-from)]
		clear(b.u)
		for i := range b.rows {
			b.rows[i].u = points[from+i]
			copy(b.u[i*d.stride:], points[from+i])
		}
		d.distances(b, workers)
		faults.add(from, each(len(b.rows), workers, func(i int, s *scratch) error {
			return d.answer(a, from+i, &b.rows[i], s)
		}))
		d.means(b, workers)
		for i := range b.rows {
			if !b.rows[i].many {
				continue
			}
			for v, to := range a.to(from + i) {
				sum := b.out[(i*b.vectors+v)*d.stride:]
				for c, x := range b.rows[i].u {
					to[c] = b.rows[i].own[v]*x + sum[c]
				}
			}
		}
	}
	return faults.err()
}

// productData is how many data a part of a product goes through at a time: with 784
// coordinates 400 KB, which stay in a core's second cache.
const productData = 64

// productWidth is how many coordinates one worker adds up.
const productWidth = 8 * sumLength

// distances sets b.ux to the products of b's points with all data.
func (d *Dataset) distances(b *block, workers int) {
	k, rows := len(d.norms), roundUp(len(b.rows), tileRows)
	_ = each((k+productData-1)/productData, workers, func(part int, _ *scratch) error {
		var out [tileRows * dotData]float64
		for j := part * productData; j < min(k, (part+1)*productData); j += dotData {
			for i := 0; i < rows; i += tileRows {
				dots(&out, b.u[i*d.stride:], d.stride, d.rows[j*d.stride:], d.stride, roundUp(d.Dim(), lanes))
				for r := range tileRows {
					for q := range min(dotData, k-j) {
						b.ux[(i+r)*k+j+q] = out[r*dotData+q]
					}
				}
			}
		}
		return nil
	})
}

// means sets b.out to Σ weight x for the points of which many data have a part.
func (d *Dataset) means(b *block, workers int) {
	k := len(d.norms)
	var tiles []int
	rows := len(b.rows) * b.vectors
	for i := 0; i < rows; i += tileRows {
		some := false
		for at := i; at < min(i+tileRows, rows); at++ {
			some = some || b.rows[at/b.vectors].many
		}
		if !some {
			continue
		}
		tiles = append(tiles, i)
		for at := i; at < i+tileRows; at++ {
			if at >= rows || !b.rows[at/b.vectors].many {
				clear(b.w[at*k : (at+1)*k])
			}
		}
	}
	if tiles == nil {
		return
	}
	clear(b.out)
	_ = each((d.stride+productWidth-1)/productWidth, workers, func(part int, _ *scratch) error {
		for j := 0; j < k; j += productData {
			n := min(productData, k-j)
			for at := part * productWidth; at < min(d.stride, (part+1)*productWidth); at += sumLength {
				for _, i := range tiles {
					sums(b.out[i*d.stride+at:], d.stride, b.w[i*k+j:], k, d.rows[j*d.stride+at:], d.stride, n)
				}
			}
		}
		return nil
	})
}
