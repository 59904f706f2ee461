package kernels

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// bfloatConv is the direct convolution in bfloat16. A worker copies the lines of an image that it needs, in
// bfloat16, with a border of zeros and with zero channels to a multiple of 32. There the window of a pixel
// is, in each row of the filter, one run of Size·channels numbers, and that of the next pixel lies one
// pixel on: pixels are rows of A, and rows of the filter segments of the sum. A tap outside the image is a
// product with 0.
type bfloatConv struct {
	Conv
	e          *Engine
	y          []float32
	x          source
	f          []float32
	flipped    bool // f is the filter of the other direction
	bias       []float32
	accumulate bool
	filter     []uint32 // packed: panels of K, in each the taps in order
	bands      int      // parts of the height; an item is one band of one image
	convolve   bool     // the second task; the first packs the filter
}

// edge is how far the filter reaches beyond its centre.
func (s Conv) edge() int { return (s.Size - 1) / 2 }

// pitch is how many pixels a line has with its border.
func (s Conv) pitch() int { return s.W + 2*s.edge() }

// tapSteps are the steps of a tap's sum.
func (s Conv) tapSteps() int { return bf16.Steps(s.C) }

// panelWords are the words of a panel of the packed filter.
func (s Conv) panelWords() int { return s.Size * s.Size * s.tapSteps() * stepWords }

// lineHalves are the numbers of a line with its border.
func (s Conv) lineHalves() int { return s.pitch() * s.tapSteps() * bf16.StepK }

// isThin says that the convolution is computed in float32, of rounded operands, in every direction.
func (s Conv) isThin() bool { return thinBFloat(s.C, s.K) }

// bandLines is the most lines that an item computes: their copy takes half of the second-level cache.
func (e *Engine) bandLines(s Conv) int {
	return max(1, e.cache.L2/2/(2*s.lineHalves())-2*s.edge())
}

// bfloatForwardWorkspace counts the packed filter, and for each worker a band of lines.
func (e *Engine) bfloatForwardWorkspace(s Conv) Workspace {
	lines := min(s.H, e.bandLines(s)) + 2*s.edge()
	return Workspace{
		Shared: bf16.Panels(s.K) * s.panelWords(),
		Worker: turnRows*turnWords + lineWords(lines*s.lineHalves()/2),
	}
}

// packFilterTap packs one tap of a filter f: of the forward direction, [C,K] in each tap, or of the gradient
// of the data, flipped, where it is [K,C].
func (b *bfloat) packFilterTap(dst []uint32, s Conv, f []float32, flipped bool, tap int, turn []uint32) {
	from := source{f: f[tap*s.C*s.K:], row: s.K, col: 1}
	if flipped {
		from = source{f: f[(s.Size*s.Size-1-tap)*s.C*s.K:], row: 1, col: s.C}
	}
	m := panels{from, s.C, s.K, s.panelWords()}
	b.pack(dst[tap*s.tapSteps()*stepWords:], m, 0, bf16.Panels(s.K), 0, s.tapSteps(), turn)
}

// bfloatConvolve runs j, whose operands are set.
func (e *Engine) bfloatConvolve(c bfloatConv) {
	if c.Size == 1 {
		e.pointConvolve(c)
		return
	}
	e.Reserve(e.bfloatForwardWorkspace(c.Conv))
	j := &e.bfloat.conv
	*j = c
	if j.e = e; j.filter == nil {
		j.filter = words(e.shared)
		e.pool.Run(j, j.Size*j.Size)
	}
	j.convolve = true
	j.bands = ceilDiv(j.H, e.bandLines(j.Conv))
	if workers := e.pool.Workers(); workers > 1 && j.N < 4*workers {
		j.bands = max(j.bands, min(j.H, ceilDiv(4*workers, j.N)))
	}
	e.pool.Run(j, j.N*j.bands)
	*j = bfloatConv{}
}

// pointConvolve is a convolution of 1×1: a product of pixels.
func (e *Engine) pointConvolve(c bfloatConv) {
	g := &e.bfloat.point
	*g = Gemm{
		M: c.N * c.H * c.W, N: c.K, K: c.C, A: c.x.f, A16: c.x.h, RowA: c.C, ColA: 1,
		B: c.f, RowB: c.K, ColB: 1, C: c.y, RowC: c.K, Bias: c.bias, Accumulate: c.accumulate,
	}
	if c.flipped {
		g.RowB, g.ColB = 1, c.C
	}
	e.bfloatGemm(g)
	*g = Gemm{}
}

// border copies lines h0 ≤ h < h1 of an image to dst, with a border above, below and beside. x begins with
// the image; depth is how many numbers a pixel of dst has.
func (b *bfloat) border(dst []uint16, s Conv, x source, h0, h1, depth int) {
	edge := s.edge()
	size := s.pitch() * depth
	for h := h0 - edge; h < h1+edge; h++ {
		line := dst[(h-h0+edge)*size:][:size]
		if h < 0 || h >= s.H {
			clear(line)
			continue
		}
		clear(line[:edge*depth])
		clear(line[size-edge*depth:])
		line, from := line[edge*depth:], x.skip(h*s.W*s.C)
		from.row = s.C
		b.round(line, depth, from, s.C, s.W)
		for w := 0; depth > s.C && w < s.W; w++ {
			clear(line[w*depth:][s.C:depth])
		}
	}
}

// Run packs a tap of the filter, or computes a band of lines of an image.
func (j *bfloatConv) Run(worker, item int) {
	buf := words(j.e.scratch[worker].buf)
	if !j.convolve {
		j.e.bfloat.packFilterTap(j.filter, j.Conv, j.f, j.flipped, item, buf)
		return
	}
	n, band := item/j.bands, item%j.bands
	h0, h1 := splitPoint(0, j.H, band, j.bands), splitPoint(0, j.H, band+1, j.bands)
	depth := j.tapSteps() * bf16.StepK
	lines := halves(buf[turnRows*turnWords:])
	j.e.bfloat.border(lines, j.Conv, j.x.skip(n*j.H*j.W*j.C), h0, h1, depth)
	b := &j.e.bfloat.calls[worker].block
	*b = bf16.Block{
		Lines: h1 - h0, M: j.W, N: j.K,
		Segments: j.Size, Steps: j.Size * j.tapSteps(),
		A: unsafe.Pointer(&lines[0]), LineA: 2 * j.lineHalves(), RowA: 2 * depth,
		SegmentA: 2 * j.lineHalves(),
		B:        unsafe.Pointer(&j.filter[0]), PanelB: 4 * j.panelWords(),
		C: at(j.y, (n*j.H+h0)*j.W*j.K), LineC: 4 * j.W * j.K, RowC: 4 * j.K, Add: j.accumulate,
	}
	if j.bias != nil {
		b.Bias = at(j.bias, 0)
	}
	j.e.bfloat.kernel.Do(b)
}

// bfloatConvWorkspace is scratch memory enough for each of the three directions; w is that of float32.
func (e *Engine) bfloatConvWorkspace(s Conv, w Workspace) Workspace {
	pixels, t := s.N*s.H*s.W, s.swapped()
	switch {
	case s.isThin():
		most := pixels * max(s.C, s.K)
		return settledWorkspace(w, most, max(most, s.Size*s.Size*s.C*s.K))
	case s.Size > 1:
		w = e.bfloatForwardWorkspace(s).Max(e.bfloatForwardWorkspace(t))
		return w.Max(e.bfloatFilterWorkspace(s))
	}
	w = e.GemmWorkspace(&Gemm{M: pixels, N: s.K, K: s.C, RowA: s.C, ColA: 1, RowB: s.K, ColB: 1})
	w = w.Max(e.GemmWorkspace(&Gemm{M: pixels, N: s.C, K: s.K, RowA: s.K, ColA: 1, RowB: 1, ColB: s.K}))
	return w.Max(e.GemmWorkspace(&Gemm{M: s.C, N: s.K, K: pixels, RowA: 1, ColA: s.C, RowB: s.K, ColB: 1}))
}
