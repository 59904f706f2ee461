package exact

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/field"
)

// Dataset is the blind field of a Mixture of very many points, equally likely: that of the
// training data. Products of matrices, in float64, give the distances of a block of points
// to all data. Then a point is one of two kinds. Where there is so little noise that few
// data can matter, which is proved, those are looked at as Blind looks at all. Where many
// do, the data are one crowd: sums of exponentials over it, and another product for the
// mean of the data. The answers are those of Blind but for rounding, and a point's do not
// depend on the others.
type Dataset struct {
	*Blind
	points   *points
	crowd    []int32   // the list of the one component that the data are as a crowd
	rows     []float64 // the data, K rows and up to 3 of zeros, of stride coordinates
	stride   int       // D and zeros up to a multiple of sumLength
	norms    []float64 // ‖x‖², not below the least normal number, so that it divides
	farthest float64   // the largest of them
	grid     []instant // times over the prior's range, their logPrior as of spans
}

// NewDataset prepares the exact field of data under p. It keeps a copy of them, padded, of 8
// bytes a coordinate.
func NewDataset(p *field.Process, data Mixture) (*Dataset, error) {
	blind, err := New(p, data)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Blind: blind, points: blind.model.(*points), crowd: []int32{0}}
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
	for range levels {
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

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// datasetBlock is how many points share a product: a multiple of tileRows.
const datasetBlock = 66

// block is the memory of a block of points.
type block struct {
	n      int
	u      []float64   // the points, as Dataset.rows has data
	ux     [][]float64 // products with all data
	weight [][]float64 // of each datum in the field, of points with a crowd
	own    []float64   // and of the point itself
	many   []bool      // whether a point has a crowd
	out    []float64   // Σ weight x, as u
	w      []float64   // the memory of weight
}

func (d *Dataset) newBlock(n int) *block {
	n = roundUp(min(n, datasetBlock), tileRows)
	k := len(d.norms)
	b := &block{u: make([]float64, n*d.stride), out: make([]float64, n*d.stride), w: make([]float64, n*k),
		own: make([]float64, n), many: make([]bool, n)}
	ux := make([]float64, n*k)
	for i := range n {
		b.ux = append(b.ux, ux[i*k:(i+1)*k])
		b.weight = append(b.weight, b.w[i*k:(i+1)*k])
	}
	return b
}

// Fields is Blind.Fields.
func (d *Dataset) Fields(dst, points [][]float64, workers int) error {
	if len(dst) != len(points) {
		return fmt.Errorf("exact: Fields: got room for %d fields, want %d, one for each point",
			len(dst), len(points))
	}
	for i, u := range points {
		if len(u) != d.Dim() {
			return fmt.Errorf("exact: Fields: point %d has dimension %d, want %d, that of the data", i,
				len(u), d.Dim())
		}
	}
	b := d.newBlock(len(points))
	for from := 0; from < len(points); from += datasetBlock {
		n := min(datasetBlock, len(points)-from)
		if err := d.block(b, dst[from:from+n], points[from:from+n], workers); err != nil {
			return fmt.Errorf("exact: Fields: of those from %d: %w", from, err)
		}
	}
	return nil
}

// block sets dst to the fields at the points of one block.
func (d *Dataset) block(b *block, dst, points [][]float64, workers int) error {
	b.n = len(points)
	clear(b.u)
	for i, u := range points {
		copy(b.u[i*d.stride:], u)
	}
	if err := d.distances(b, workers); err != nil {
		return err
	}
	err := each(b.n, workers, func(i int, s *scratch) error {
		if len(dst[i]) != d.Dim() {
			dst[i] = make([]float64, d.Dim())
		}
		clear(b.weight[i])
		var err error
		b.many[i], b.own[i], err = d.field(dst[i], points[i], b.ux[i], b.weight[i], s)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.means(b, workers); err != nil {
		return err
	}
	for i, u := range points {
		for j := range u {
			if b.many[i] {
				dst[i][j] = b.own[i]*u[j] + b.out[i*d.stride+j]
			}
		}
	}
	return nil
}

// productData is how many data a part of a product goes through at a time: with 784
// coordinates 400 KB, which stay in a core's second cache.
const productData = 64

// productWidth is how many coordinates one worker adds up.
const productWidth = 8 * sumLength

// distances sets b.ux to the products of b's points with all data.
func (d *Dataset) distances(b *block, workers int) error {
	k, rows := len(d.norms), roundUp(b.n, tileRows)
	return each((k+productData-1)/productData, workers, func(part int, _ *scratch) error {
		var out [tileRows * dotData]float64
		for j := part * productData; j < min(k, (part+1)*productData); j += dotData {
			for i := 0; i < rows; i += tileRows {
				dots(&out, b.u[i*d.stride:], d.stride, d.rows[j*d.stride:], d.stride, roundUp(d.Dim(), lanes))
				for r := range tileRows {
					for q := range min(dotData, k-j) {
						b.ux[i+r][j+q] = out[r*dotData+q]
					}
				}
			}
		}
		return nil
	})
}

// means sets b.out to Σ weight x for the points that have a crowd.
func (d *Dataset) means(b *block, workers int) error {
	var tiles []int
	for i := 0; i < b.n; i += tileRows {
		if slices.Contains(b.many[i:min(i+tileRows, b.n)], true) {
			tiles = append(tiles, i)
		}
	}
	if tiles == nil {
		return nil
	}
	clear(b.out)
	k := len(d.norms)
	return each((d.stride+productWidth-1)/productWidth, workers, func(part int, _ *scratch) error {
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
