package kernels

import "math"

// Sum3 is y[o,i] = Σₘ x[o,m,i] for x [outer, mid, inner]. A long sum is split into blocks,
// of sumBlock elements if inner is 1 and of about √mid rows otherwise, whose sums are
// added in order. It reads each element of x once.
func (v *Vec) Sum3(p *Pool, outer, mid, inner int, y, x []float32) *Job {
	switch {
	case inner > 1:
		return v.sumColumns(p, outer, mid, inner, y, x)
	case mid > sumBlock:
		return v.longRows(p, outer, mid, y, func(at, n int) float64 { return v.Sum(x[at : at+n]) })
	}
	return v.shortRows(p, outer, mid, y, func(at, n int) float64 { return v.Sum(x[at : at+n]) })
}

// DotRows is z[r] = Σᵢ x[r,i]·y[r,i] for x and y [rows, width].
func (v *Vec) DotRows(p *Pool, rows, width int, z, x, y []float32) *Job {
	f := func(at, n int) float64 { return v.Dot(x[at:at+n], y[at:at+n]) }
	if width > sumBlock {
		return v.longRows(p, rows, width, z, f)
	}
	return v.shortRows(p, rows, width, z, f)
}

// shortRows sets y[r] to the sum of the width elements from r·width on.
func (v *Vec) shortRows(p *Pool, rows, width int, y []float32, sum func(at, n int) float64) *Job {
	items, per := chunks(rows, width)
	return NewJob(p, items, func(_, item int) {
		for r := item * per; r < min(rows, (item+1)*per); r++ {
			y[r] = float32(sum(r*width, width))
		}
	})
}

// longRows is shortRows with the sums of a row's blocks as items, which a second stage
// adds up in float64.
func (v *Vec) longRows(p *Pool, rows, width int, y []float32, sum func(at, n int) float64) *Job {
	blocks := ceilDiv(width, sumBlock)
	part := make([]float64, rows*blocks)
	j := NewJob(p, rows*blocks, func(_, item int) {
		r, b := item/blocks, item%blocks
		part[item] = sum(r*width+b*sumBlock, min(sumBlock, width-b*sumBlock))
	})
	return j.then(1, func(_, _ int) {
		for r := range rows {
			s := 0.0
			for _, q := range part[r*blocks : (r+1)*blocks] {
				s += q
			}
			y[r] = float32(s)
		}
	})
}

// columnChunk is the most columns of an item: a few rows of them, 4 KiB each, fit the
// first-level cache.
const columnChunk = 1024

// sumColumns is Sum3 with inner > 1. Each item sums a block of rows of at most
// columnChunk columns in float32; if there are several blocks, a second stage adds their
// sums in the same way.
func (v *Vec) sumColumns(p *Pool, outer, mid, inner int, y, x []float32) *Job {
	high := max(64, int(math.Sqrt(float64(mid))))
	blocks, wide := ceilDiv(mid, high), ceilDiv(inner, columnChunk)
	part := y
	if blocks > 1 {
		part = Aligned(outer * blocks * inner)
	}
	// With few columns a row is short, and an item takes several outer indices.
	n := outer * blocks * wide
	items, per := chunks(n, min(high, mid)*min(inner, columnChunk))
	j := NewJob(p, items, func(_, item int) {
		for k := item * per; k < min(n, (item+1)*per); k++ {
			c, b, o := k%wide*columnChunk, k/wide%blocks, k/wide/blocks
			cols := min(columnChunk, inner-c)
			s := part[(o*blocks+b)*inner+c:][:cols]
			clear(s)
			v.colSum(&s[0], &x[(o*mid+b*high)*inner+c], min(high, mid-b*high), cols, inner)
		}
	})
	if blocks == 1 {
		return j
	}
	n2 := outer * wide
	items, per2 := chunks(n2, blocks*min(inner, columnChunk))
	return j.then(items, func(_, item int) {
		for k := item * per2; k < min(n2, (item+1)*per2); k++ {
			c, o := k%wide*columnChunk, k/wide
			cols := min(columnChunk, inner-c)
			s := y[o*inner+c:][:cols]
			clear(s)
			v.colSum(&s[0], &part[o*blocks*inner+c], blocks, cols, inner)
		}
	})
}
