package kernels

import "unsafe"

// convJob is the direct convolution. For one pixel the window of the image is, in
// each row of the filter, one run of memory, Size·C floats, and the same run moved
// by C floats serves the pixel to the right. So a tile is some pixels in a line
// (rows of A, C apart) times a panel of output channels, with a segment for each
// row of the filter: a strided product on the image where it lies, without padding
// and without unrolling.
//
// At the edges the window is cut. Pixels whose windows are cut alike are gathered
// along whatever direction keeps them in a line: inner columns along the row, an
// edge column down the image, and in images so small that most pixels are at an
// edge, the same pixel of successive images.
type convJob struct {
	Conv
	e          *Engine
	y, x, bias []float32
	accumulate bool
	filter     []float32 // panels of [Size·Size·C][nr]
	bands      int       // pieces of the height
	groups     int       // pieces of the batch
	across     bool      // pixels are gathered across the images of a group
}

// forwardWorkspace is the packed filter.
func (e *Engine) forwardWorkspace(s Conv) Workspace {
	nr := e.arch.nr
	if s.isNarrow(e.pool.Workers()) {
		return s.narrowWorkspace()
	}
	return Workspace{Shared: cuts(s.K, nr) * nr * s.Size * s.Size * s.C}
}

// packFilter packs f [Size²·C, K] into panels of output channels.
func (e *Engine) packFilter(s Conv, f []float32) {
	a, rows := e.arch, s.Size*s.Size*s.C
	for p := 0; p*a.nr < s.K; p++ {
		a.panel(e.shared[p*a.nr*rows:], f[p*a.nr:], s.K, 1, rows, min(a.nr, s.K-p*a.nr))
	}
}

// packTurned packs the filter of the backward pass. s is its shape, from C = the
// channels of dy to K = those of dx, and f [Size,Size,K,C] the filter as it is:
// tap i of the pass is tap Size²−1−i of f, transposed.
func (e *Engine) packTurned(s Conv, f []float32) {
	a, taps := e.arch, s.Size*s.Size
	for p := 0; p*a.nr < s.K; p++ {
		for i := range taps {
			src := f[((taps-1-i)*s.K+p*a.nr)*s.C:]
			a.panel(e.shared[(p*taps+i)*s.C*a.nr:], src, 1, s.C, s.C, min(a.nr, s.K-p*a.nr))
		}
	}
}

// convolve runs the convolution with the filter that lies packed.
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
		j.bands, j.groups = 1, cuts(s.N, e.arch.mr)
		if j.groups < 2*workers {
			j.bands = min(s.H, cuts(2*workers, j.groups))
		}
	} else {
		j.groups, j.bands = s.N, 1
		if s.N < 4*workers {
			j.bands = min(s.H, cuts(4*workers, s.N))
		}
	}
	e.pool.Run(j, j.groups*j.bands)
	*j = convJob{}
}

// window is the part of the filter's rows (or columns) that meets the image at h.
func (s Conv) window(h, height int) (from, to int) {
	p := (s.Size - 1) / 2
	return max(0, p-h), min(s.Size, height+p-h)
}

// Run does one band of one group of images, panel by panel.
func (j *convJob) Run(worker, item int) {
	g, band := item/j.bands, item%j.bands
	h0, h1 := cut(0, j.H, band, j.bands), cut(0, j.H, band+1, j.bands)
	t := &j.e.desks[worker].tile
	*t = tile{cs: 4, ldb: 4 * j.e.arch.nr}
	for p := range cuts(j.K, j.e.arch.nr) {
		if j.across {
			j.images(t, p, cut(0, j.N, g, j.groups), cut(0, j.N, g+1, j.groups), h0, h1)
		} else {
			j.image(t, p, g, h0, h1)
		}
	}
}

// images gathers each pixel across the images n0…n1.
func (j *convJob) images(t *tile, p, n0, n1, h0, h1 int) {
	t.rs, t.ldc = 4*j.H*j.W*j.C, 4*j.H*j.W*j.K
	for h := h0; h < h1; h++ {
		for w := range j.W {
			j.line(t, p, n0, h, w, n1-n0)
		}
	}
}

// image gathers inner columns along the rows and the others down the image.
func (j *convJob) image(t *tile, p, n, h0, h1 int) {
	edge := (j.Size - 1) / 2
	left, right := min(edge, j.W), max(j.W-edge, min(edge, j.W))
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
			m := 1
			if edge <= h && h < j.H-edge {
				m = min(h1, j.H-edge) - h
			}
			j.line(t, p, n, h, w, m)
			h += m
		}
	}
}

// line computes m pixels, t.rs bytes apart from (n,h,w) on, whose windows are all
// cut as the first one's.
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
