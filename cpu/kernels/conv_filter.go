package kernels

// filterJob is the gradient of the filter. For one tap (i, j) the sum runs over the
// pixels of dy whose tap lies inside the image. These are a rectangle: the rows of A are
// channels of x, the rows of B are pixels of dy, and each row of the rectangle is a
// segment. Both operands are read where they lie.
//
// The batch is split into groups of images, whose number depends on the shape alone. A
// group is one chain of sums, and the groups are added in order.
type filterJob struct {
	Conv
	e           *Engine
	dw, x, dy   []float32
	groups      int
	accumulate  bool
	byFilterRow bool // an item is one row of the filter of a group, not the whole group
}

// maxGroups bounds the partial sums: so many filters of scratch memory.
const maxGroups = 16

// filterGroups is the number of groups: up to 16, fewer where their partial sums would
// take more than 4M floats. It depends on the shape alone, for the result depends on it.
func (s Conv) filterGroups() int {
	size := s.Size * s.Size * s.C * s.K
	return max(1, min(maxGroups, s.N, 1+(4<<20)/size))
}

// filterWorkspace counts the partial sums of the groups after the first.
func (e *Engine) filterWorkspace(s Conv) Workspace {
	return Workspace{Shared: (s.filterGroups() - 1) * s.Size * s.Size * s.C * s.K}
}

// ConvFilter is the gradient of the filter. It sets df to
//
//	df[i,j,c,o] = Σ_{n,h,w} x[n, h+i−p, w+j−p, c]·dy[n,h,w,o]
//
// or adds that to df when accumulate is set.
//
// The batch is summed in min(N, 16) groups of images (fewer for filters of more than
// 280k weights), and the groups are added in order. Each group is one chain of its
// pixels, image by image; when C or K is 1, the inner columns of an image come
// before those at its edge.
func (e *Engine) ConvFilter(s Conv, df []float32, x, dy Numbers, accumulate bool) {
	s.check(x.Len(), len(df), dy.Len())
	size := s.Size * s.Size * s.C * s.K
	if s.N == 0 {
		if !accumulate {
			clear(df[:size])
		}
		return
	}
	if e.bfloat != nil && !s.isThin() {
		e.bfloatConvFilter(s, df, x.source(0, 0), dy.source(0, 0), accumulate)
		return
	}
	e.Reserve(e.filterWorkspace(s))
	in, g := e.contracted(e.filterWorkspace(s), x, dy)
	j := &e.filter
	*j = filterJob{Conv: s, e: e, dw: df, x: in, dy: g, accumulate: accumulate}
	j.groups = s.filterGroups()
	items := j.groups
	if j.byFilterRow = j.groups < 4*e.pool.Workers(); j.byFilterRow {
		items *= s.Size
	}
	e.pool.Run(j, items)
	if j.groups > 1 {
		e.sum = sumJob{e: e, dst: df, ld: size, rows: 1, cols: size,
			src: e.shared, stride: size, parts: j.groups - 1, add: true}
		e.sum.run()
	}
	*j = filterJob{}
}

// Run sums one group, for all rows of the filter or for one.
func (j *filterJob) Run(worker, item int) {
	g, i0, i1 := item, 0, j.Size
	if j.byFilterRow {
		g, i0 = item/j.Size, item%j.Size
		i1 = i0 + 1
	}
	dst := j.dw
	if g > 0 {
		dst = j.e.shared[(g-1)*j.Size*j.Size*j.C*j.K:]
	}
	t := &j.e.scratch[worker].tile
	*t = tile{rs: 4, cs: 4 * j.C, ldb: 4 * j.K, ldc: 4 * j.K, ldi: 4 * j.K}
	set := g > 0 || !j.accumulate
	band := j.band()
	for n := splitPoint(0, j.N, g, j.groups); n < splitPoint(0, j.N, g+1, j.groups); n++ {
		for h := 0; h < j.H; h += band {
			for i := i0; i < i1; i++ {
				j.row(t, dst[i*j.Size*j.C*j.K:], n, h, min(h+band, j.H), i, set)
			}
			set = false
		}
	}
}

// row adds what rows h0 ≤ h < h1 of image n give to row i of the filter, dst
// [Size,C,K], or sets dst to it.
func (j *filterJob) row(t *tile, dst []float32, n, h0, h1, i int, set bool) {
	if j.hasSingleChannel() {
		j.singleChannelRow(t, dst, n, h0, h1, i, set)
		return
	}
	for tap := range j.Size {
		t.ahead = 0
		if tap == 0 {
			t.ahead = streamAhead // these rows lie in memory; the other taps find them in the cache
		}
		j.tap(t, dst[tap*j.C*j.K:], n, h0, h1, i, tap, set)
	}
}

// band is how many rows of an image are summed at a time: what fits three quarters of
// the first-level cache, but at least 64 pixels, to pay for loading and storing the sums.
func (j *filterJob) band() int {
	if j.hasSingleChannel() {
		return j.H // these tiles are too small to be split
	}
	rows := j.e.cache.L1 / 4 * 3 / (4 * j.W * (j.C + j.K))
	return max(rows, ceilDiv(64, j.W))
}

// tap adds what rows h0 ≤ h < h1 of image n give to the C×K weights of tap (i, tap) in
// dst, or sets them to it.
func (j *filterJob) tap(t *tile, dst []float32, n, h0, h1, i, tap int, set bool) {
	a, edge := j.e.arch, (j.Size-1)/2
	// Pixels (h,w) of dy with h+i−p and w+tap−p inside the image.
	h0, h1 = max(h0, edge-i), min(h1, j.H+edge-i)
	w0, w1 := max(0, edge-tap), min(j.W, j.W+edge-tap)
	if h0 >= h1 || w0 >= w1 {
		if set {
			clear(dst[:j.C*j.K])
		}
		return
	}
	t.nseg, t.kc = h1-h0, w1-w0
	t.agap, t.bgap = 4*j.C*(j.W-t.kc), 4*j.K*(j.W-t.kc)
	x := ((n*j.H+h0+i-edge)*j.W + w0 + tap - edge) * j.C
	y := ((n*j.H+h0)*j.W + w0) * j.K
	for o := 0; o < j.K; o += a.nr {
		t.n = min(a.nr, j.K-o)
		t.a, t.b, t.c = at(j.x, x), at(j.dy, y+o), at(dst, o)
		t.init = t.c
		if set {
			t.init = nil
		}
		a.pick(t.n).column(t, j.C)
	}
}
