package kernels

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// bfloatFilter is the gradient of a filter in bfloat16: for each tap a product whose sums run over pixels.
// They are numbered along lines with a border, so that tap (i, j) of pixel q of dy is pixel q + i·pitch + j
// of x: A is x with its border, turned to a row for each channel, and read from that offset on; B is dy with
// zeros for the border.
//
// The batch is cut in groups of images as that of filterJob is, and an image in bands of lines; a group is
// one chain of sums, of bands of steps, and the groups are added in order. All depends on the shape alone.
type bfloatFilter struct {
	Conv
	e           *Engine
	df          []float32
	x, dy       source
	groups      int
	byFilterRow bool // an item is one row of the filter of a group, not the whole group
	accumulate  bool
}

// filterBand is about how many pixels are summed at a time.
const filterBand = 1024

// filterBands is in how many bands of lines an image is summed.
func (s Conv) filterBands() int { return ceilDiv(s.H*s.pitch(), filterBand) }

// filterRoom is the memory of a band for a worker, in words: where each part of it begins, and how many
// there are.
type filterRoom struct {
	steps   int // of the sum over the band's pixels
	pixels  int // of x, with its border and what is read beyond
	ld      int // words from row to row of x turned
	lines   int // words before the lines of x, and later of dy
	turned  int // before x turned
	panels  int // before the panels of dy
	entries int // in all
}

// filterRoom is the memory of a band of so many lines.
func (s Conv) filterRoom(lines int) (r filterRoom) {
	r.steps = bf16.Steps(lines * s.pitch())
	reach := 2*s.edge()*s.pitch() + 2*s.edge()
	r.pixels = max((lines+2*s.edge())*s.pitch(), reach+32*r.steps)
	if r.ld = 16 * bf16.Steps(r.pixels); r.ld%256 == 0 {
		r.ld += 16
	}
	r.lines = turnRows * turnWords
	r.turned = r.lines + lineWords(max(r.pixels*s.C, 32*r.steps*s.K)/2+1)
	r.panels = r.turned + s.C*r.ld
	r.entries = r.panels + bf16.Panels(s.K)*r.steps*stepWords
	return r
}

// bfloatFilterWorkspace counts the partial sums of the groups after the first, and a band for each worker.
func (e *Engine) bfloatFilterWorkspace(s Conv) Workspace {
	w := e.filterWorkspace(s)
	w.Worker = s.filterRoom(ceilDiv(s.H, s.filterBands())).entries
	return w
}

// bfloatConvFilter sets df to the gradient of the filter, or adds that to it.
func (e *Engine) bfloatConvFilter(s Conv, df []float32, x, dy source, accumulate bool) {
	size := s.Size * s.Size * s.C * s.K
	if s.Size == 1 {
		g := &e.bfloat.point
		*g = Gemm{
			M: s.C, N: s.K, K: s.N * s.H * s.W, A: x.f, A16: x.h, RowA: 1, ColA: s.C, B: dy.f, B16: dy.h,
			RowB: s.K, ColB: 1, C: df, RowC: s.K, Accumulate: accumulate,
		}
		e.bfloatGemm(g)
		*g = Gemm{}
		return
	}
	e.Reserve(e.bfloatFilterWorkspace(s))
	j := &e.bfloat.filter
	*j = bfloatFilter{Conv: s, e: e, df: df, x: x, dy: dy, groups: s.filterGroups(), accumulate: accumulate}
	items := j.groups
	if j.byFilterRow = j.groups < 4*e.pool.Workers(); j.byFilterRow {
		items *= s.Size
	}
	e.pool.Run(j, items)
	if j.groups > 1 {
		e.sum = sumJob{e: e, dst: df, ld: size, rows: 1, cols: size, src: e.shared, stride: size,
			parts: j.groups - 1, add: true}
		e.sum.run()
	}
	*j = bfloatFilter{}
}

// Run sums one group, for all rows of the filter or for one.
func (j *bfloatFilter) Run(worker, item int) {
	g, i0, i1 := item, 0, j.Size
	if j.byFilterRow {
		g, i0 = item/j.Size, item%j.Size
		i1 = i0 + 1
	}
	dst := j.df
	if g > 0 {
		dst = j.e.shared[(g-1)*j.Size*j.Size*j.C*j.K:]
	}
	add := g == 0 && j.accumulate
	bands := j.filterBands()
	for n := splitPoint(0, j.N, g, j.groups); n < splitPoint(0, j.N, g+1, j.groups); n++ {
		for band := range bands {
			h0, h1 := splitPoint(0, j.H, band, bands), splitPoint(0, j.H, band+1, bands)
			j.band(worker, dst, n, h0, h1, i0, i1, add)
			add = true
		}
	}
}

// band adds what rows h0 ≤ h < h1 of image n give to rows i0 ≤ i < i1 of the filter, dst, or sets dst to it.
func (j *bfloatFilter) band(worker int, dst []float32, n, h0, h1, i0, i1 int, add bool) {
	r, buf := j.filterRoom(h1-h0), words(j.e.scratch[worker].buf)
	lines, turned, packed := halves(buf[r.lines:r.turned]), buf[r.turned:r.panels], buf[r.panels:]
	b, pitch := j.e.bfloat, j.pitch()
	b.border(lines, j.Conv, j.x.skip(n*j.H*j.W*j.C), h0, h1, j.C)
	clear(lines[(h1-h0+2*j.edge())*pitch*j.C : r.pixels*j.C])
	for c := 0; c < j.C; c += turnWords {
		x := source{h: lines[c:], row: j.C, col: 1}
		b.turnRows(turned[c*r.ld:], r.ld, x, min(turnWords, j.C-c), r.pixels, buf)
	}
	for h := range h1 - h0 {
		line := lines[h*pitch*j.K:][:pitch*j.K]
		dy := j.dy.skip((n*j.H + h0 + h) * j.W * j.K)
		dy.row = j.K
		b.round(line, j.K, dy, j.K, j.W)
		clear(line[j.W*j.K:])
	}
	clear(lines[(h1-h0)*pitch*j.K : 32*r.steps*j.K])
	m := panels{source{h: lines, row: j.K, col: 1}, 32 * r.steps, j.K, r.steps * stepWords}
	b.pack(packed, m, 0, bf16.Panels(j.K), 0, r.steps, buf)
	call := &b.calls[worker].block
	for i := i0; i < i1; i++ {
		*call = bf16.Block{
			Lines: j.Size, M: j.C, N: j.K,
			A:     unsafe.Add(unsafe.Pointer(&turned[0]), 2*i*pitch),
			LineA: 2, RowA: 4 * r.ld, Segments: 1, Steps: r.steps,
			B: unsafe.Pointer(&packed[0]), PanelB: 4 * r.steps * stepWords,
			C: at(dst, i*j.Size*j.C*j.K), LineC: 4 * j.C * j.K, RowC: 4 * j.K, Add: add,
		}
		b.kernel.Do(call)
	}
}
