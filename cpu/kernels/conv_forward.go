package kernels

import "unsafe"

// convJob is the direct convolution. What one row of the filter sees of the image at a
// pixel is Size·C consecutive floats, and at the next pixel to the right the same
// shifted by C. So pixels in a line are the rows of A (C floats apart), a panel of
// output channels is B, and each row of the filter is a segment: a strided product on
// the image where it lies, without padding and without a copy.
//
// At an edge of the image a window loses rows or columns. A tile is made of pixels whose
// windows lose the same, along the direction in which these lie in a line: the inner
// columns along a row, an edge column down the image, and where most pixels are at an
// edge, because the image is small, the same pixel of successive images.
type convJob struct {
	Conv
	e          *Engine
	y, x, bias []float32
	accumulate bool
	filter     []float32 // panels of [Size·Size·C][nr]
	bands      int       // parts of the height; an item is one band of one group
	groups     int       // parts of the batch
	across     bool      // a tile has the same pixel of the images of a group
}

// forwardWorkspace counts the packed filter (and see narrowWorkspace).
func (e *Engine) forwardWorkspace(s Conv) Workspace {
	nr := e.arch.nr
	if s.isNarrow(e.pool.Workers()) {
		return s.narrowWorkspace()
	}
	return Workspace{Shared: ceilDiv(s.K, nr) * nr * s.Size * s.Size * s.C}
}

// packFilter packs f [Size²·C, K] into panels of output channels.
func (e *Engine) packFilter(s Conv, f []float32) {
	a, rows := e.arch, s.Size*s.Size*s.C
	for p := 0; p*a.nr < s.K; p++ {
		a.panel(e.shared[p*a.nr*rows:], f[p*a.nr:], s.K, 1, rows, min(a.nr, s.K-p*a.nr))
	}
}

// packFlipped packs the filter of the gradient of the data. s is the shape of that
// convolution, from C = the channels of dy to K = those of dx, and f [Size,Size,K,C]
// the filter of the forward direction: tap i is tap Size²−1−i of f, transposed.
func (e *Engine) packFlipped(s Conv, f []float32) {
	a, taps := e.arch, s.Size*s.Size
	for p := 0; p*a.nr < s.K; p++ {
		for i := range taps {
			src := f[((taps-1-i)*s.K+p*a.nr)*s.C:]
			a.panel(e.shared[(p*taps+i)*s.C*a.nr:], src, 1, s.C, s.C, min(a.nr, s.K-p*a.nr))
		}
	}
}

// convolve runs the convolution with the filter that is packed in e.shared.
func (e *Engine) convolve(s Conv, y, x, bias []float32, accumulate bool) {
	j := &e.conv
	*j = convJob{Conv: s, e: e, y: y, x: x, bias: bias, accumulate: accumulate, filter: e.shared}
	workers := e.pool.Workers()
	if s.isNarrow(workers) {
		e.narrow.convJob = *j
		e.pool.Run(&e.narrow, s.N)
		*j, e.narrow = convJob{}, narrowJob{}
		return
	}
	j.across = s.W-s.Size+1 < 6 && s.N >= 4
	if j.across {
		j.bands, j.groups = 1, ceilDiv(s.N, e.arch.mr)
		if j.groups < 2*workers {
			j.bands = min(s.H, ceilDiv(2*workers, j.groups))
		}
	} else {
		j.groups, j.bands = s.N, 1
		if s.N < 4*workers {
			j.bands = min(s.H, ceilDiv(4*workers, s.N))
		}
	}
	e.pool.Run(j, j.groups*j.bands)
	*j = convJob{}
}

// window returns which rows (or columns) of the filter, from ≤ i < to, are inside an
// image of the given height (or width) when the window is centred at h.
func (s Conv) window(h, height int) (from, to int) {
	p := (s.Size - 1) / 2
	return max(0, p-h), min(s.Size, height+p-h)
}

// Run does one band of one group of images, panel by panel.
func (j *convJob) Run(worker, item int) {
	g, band := item/j.bands, item%j.bands
	h0, h1 := splitPoint(0, j.H, band, j.bands), splitPoint(0, j.H, band+1, j.bands)
	t := &j.e.scratch[worker].tile
	*t = tile{cs: 4, ldb: 4 * j.e.arch.nr}
	for p := range ceilDiv(j.K, j.e.arch.nr) {
		if j.across {
			j.images(t, p, splitPoint(0, j.N, g, j.groups), splitPoint(0, j.N, g+1, j.groups), h0, h1)
		} else {
			j.image(t, p, g, h0, h1)
		}
	}
}

// images computes rows h0 ≤ h < h1 of images n0 ≤ n < n1, a pixel of all at a time.
func (j *convJob) images(t *tile, p, n0, n1, h0, h1 int) {
	t.rs, t.ldc = 4*j.H*j.W*j.C, 4*j.H*j.W*j.K
	for h := h0; h < h1; h++ {
		for w := range j.W {
			j.line(t, p, n0, h, w, n1-n0)
		}
	}
}

// image computes rows h0 ≤ h < h1 of image n: the inner columns along each row, and
// each edge column down the image.
func (j *convJob) image(t *tile, p, n, h0, h1 int) {
	edge := (j.Size - 1) / 2
	left, right := min(edge, j.W), max(j.W-edge, min(edge, j.W)) // of the inner columns
	if left < right {
		t.rs, t.ldc = 4*j.C, 4*j.K
		for h := h0; h < h1; h++ {
			j.line(t, p, n, h, left, right-left)
		}
	}
	t.rs, t.ldc = 4*j.W*j.C, 4*j.W*j.K
	for w := range j.W {
		if left <= w && w < right {
			continue
		}
		for h := h0; h < h1; {
			m := 1 // pixels whose windows lose the same rows
			if edge <= h && h < j.H-edge {
				m = min(h1, j.H-edge) - h
			}
			j.line(t, p, n, h, w, m)
			h += m
		}
	}
}

// line computes panel p of m pixels, t.rs bytes apart in x from pixel (n, h, w) on,
// whose windows all lose the rows and columns that the first one's does.
func (j *convJob) line(t *tile, p, n, h, w, m int) {
	nr, edge := j.e.arch.nr, (j.Size-1)/2
	i0, i1 := j.window(h, j.H)
	c0, c1 := j.window(w, j.W)
	run := j.Size * j.C
	t.nseg, t.kc = i1-i0, (c1-c0)*j.C
	t.agap, t.bgap = 4*(j.W*j.C-t.kc), 4*nr*(run-t.kc)
	t.n = min(nr, j.K-p*nr)
	t.a = at(j.x, ((n*j.H+h+i0-edge)*j.W+w+c0-edge)*j.C)
	t.b = at(j.filter, nr*(p*j.Size*run+i0*run+c0*j.C))
	t.c = at(j.y, ((n*j.H+h)*j.W+w)*j.K+p*nr)
	switch {
	case j.accumulate:
		t.init, t.ldi = t.c, t.ldc
	case j.bias != nil:
		t.init, t.ldi = unsafe.Pointer(&j.bias[p*nr]), 0
	default:
		t.init = nil
	}
	j.e.arch.pick(t.n).column(t, m)
}
