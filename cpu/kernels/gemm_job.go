package kernels

// gemmJob is a product cut into blocks, the items of its task: for each slab of k
// and each matrix of the batch, I blocks of rows by J blocks of columns. An item
// packs its columns of B on its own desk (unless B can be read in place) and
// leaves them there, since the items that follow often need the same: one fork and
// join for the whole product.
type gemmJob struct {
	Gemm
	e      *Engine
	slabs  int
	tiles  int // rows of tiles
	panels int // panels of nr columns
	I, J   int
	direct bool // B is read in place
	ahead  int  // steps of k that the operands are fetched ahead
	turned bool // A and B are exchanged, and C is written as its transpose
}

// streamAhead hides the latency of memory, some 40 steps of 10 cycles.
const streamAhead = 40

// plan chooses the blocks.
func (j *gemmJob) plan(e *Engine, g *Gemm) {
	a := e.arch
	*j = gemmJob{Gemm: *g, e: e, slabs: slabs(g.K)}
	turned := g.worthTurning(a.nr)
	if turned {
		j.turn()
	}
	g = &j.Gemm
	j.tiles = cuts(g.M, a.mr)
	if turned {
		j.tiles = 1 // its few rows are never split
	}
	j.panels = cuts(g.N, a.nr)
	j.direct = g.ColB == 1 && j.inPlace()
	if g.ColA > 1 && j.direct && 4*g.K*(g.M+g.N) > 4*e.cache.L2 { // columns of A: no run to foresee
		j.ahead = streamAhead
	}
	j.split()
}

// inPlace says whether rows of B that are contiguous are better read where they are
// than packed: when they are read a few times only, or when all of B stays in the
// second-level cache. Rows of less than a vector are not: most loads would straddle
// two lines.
func (j *gemmJob) inPlace() bool {
	return j.N >= 16 && (j.tiles <= 32 || 4*j.K*j.RowB <= j.e.cache.L2)
}

// split chooses I and J: of the ways to give each worker up to four items, the one
// that is done first, counting the work of the longest queue and the packing.
func (j *gemmJob) split() {
	a, workers := j.e.arch, j.e.pool.Workers()
	outer := j.slabs * j.batch()
	k := (j.K + j.slabs - 1) / j.slabs
	kc := min(k, j.blockK())
	// A block of B and the rows of A that pass over it share the second-level cache.
	wide := max(1, j.e.cache.L2/2/(kc*a.nr*4))
	least := (j.panels + wide - 1) / wide
	j.I, j.J = 1, least
	if workers == 1 || outer >= 4*workers {
		return
	}
	pack := 8 // cycles to pack one row of a panel; computing with it takes mr for each tile
	if j.direct {
		pack = 0
	}
	best := 0.0
	for c := 1; c <= 4; c++ {
		for J := least; J <= min(j.panels, max(least, c*workers)); J++ {
			I := min(j.tiles, (c*workers+outer*J-1)/(outer*J))
			items := outer * I * J
			rounds := (items + workers - 1) / workers
			rows, cols := (j.tiles+I-1)/I, (j.panels+J-1)/J
			reuse := max(1, I/workers)
			cycles := float64(rounds) * (float64(rows*cols*k*a.mr) + float64(cols*k*pack)/float64(reuse) + 500)
			cycles *= 1 + 0.02/float64(c) // more items even out a noisy machine
			if best == 0 || cycles < best {
				best, j.I, j.J = cycles, I, J
			}
		}
	}
}

// blockK is how many steps of k are done at a time; a turned product does all.
func (j *gemmJob) blockK() int {
	switch {
	case j.turned:
		return j.K
	case j.ColA > 1:
		return blockColumns
	}
	return blockRows
}

func (j *gemmJob) items() int { return j.slabs * j.batch() * j.I * j.J }

// workspace is the partial sums of the slabs after the first, and for each worker
// a slab of packed columns.
func (j *gemmJob) workspace() Workspace {
	var w Workspace
	w.Shared = (j.slabs - 1) * j.batch() * j.M * j.N
	if !j.direct && j.J > 0 {
		w.Worker = (j.K + j.slabs - 1) / j.slabs * ((j.panels + j.J - 1) / j.J) * j.e.arch.nr
	}
	return w
}

// block is an item: matrix q of the batch, slab s of k, rows r0…r1, panels p0…p1.
type block struct {
	q, s   int
	k0, k1 int
	r0, r1 int
	p0, p1 int
	c      []float32 // C of the matrix, or the partial sums of the slab
	ldc    int
}

// block decodes an item. Those that share columns are neighbours.
func (j *gemmJob) block(item int) block {
	item, i := item/j.I, item%j.I
	item, jb := item/j.J, item%j.J
	s, q := item/j.batch(), item%j.batch()
	b := block{
		q: q, s: s,
		k0: j.K * s / j.slabs, k1: j.K * (s + 1) / j.slabs,
		r0: j.M * (j.tiles * i / j.I) / j.tiles, r1: j.M * (j.tiles * (i + 1) / j.I) / j.tiles,
		p0: j.panels * jb / j.J, p1: j.panels * (jb + 1) / j.J,
		ldc: j.RowC,
	}
	if s == 0 {
		b.c = j.C[j.offset(q, j.BatchC, j.HeadC):]
	} else {
		b.c, b.ldc = j.e.shared[((s-1)*j.batch()+q)*j.M*j.N:], j.N
	}
	return b
}

// Run computes one block.
func (j *gemmJob) Run(worker, item int) {
	d := &j.e.desks[worker]
	b := j.block(item)
	if !j.direct && d.packed != item/j.I+1 {
		j.pack(d, &b)
		d.packed = item/j.I + 1
	}
	t := &d.tile
	t.nseg, t.agap, t.bgap, t.ahead = 1, 0, 0, j.ahead
	t.rs, t.cs = 4*j.RowA, 4*j.ColA
	t.ldc = 4 * b.ldc
	count := cuts(b.k1-b.k0, j.blockK())
	for n := range count {
		ka, kb := cut(b.k0, b.k1, n, count), cut(b.k0, b.k1, n+1, count)
		t.kc = kb - ka
		rows := max(4, j.e.cache.L2/4/(4*t.kc*j.e.arch.mr)) * j.e.arch.mr
		parts := cuts(b.r1-b.r0, rows)
		for part := range parts {
			r0, r1 := cut(b.r0, b.r1, part, parts), cut(b.r0, b.r1, part+1, parts)
			for p := b.p0; p < b.p1; {
				p += j.column(d, &b, ka, r0, r1, p)
			}
		}
	}
}

// column computes rows r0…r1 of panel p over the block of k that starts at ka, and
// of the panels after it when they fit a wide kernel. It returns how many.
func (j *gemmJob) column(d *desk, b *block, ka, r0, r1, p int) int {
	t, nr := &d.tile, j.e.arch.nr
	t.n = min(nr, j.N-p*nr)
	f, panels := j.e.arch.pick(t.n), 1
	if w := j.e.arch.wide; w != nil && j.direct && !j.turned && r1-r0 <= w.rows() &&
		min(b.p1*nr, j.N)-p*nr >= w.width {
		f, panels, t.n = w, w.width/nr, w.width
	}
	if j.direct {
		t.b, t.ldb = at(j.B, j.offset(b.q, j.BatchB, j.HeadB)+ka*j.RowB+p*nr), 4*j.RowB
	} else {
		t.b, t.ldb = at(d.buf, nr*((ka-b.k0)*(b.p1-b.p0)+t.kc*(p-b.p0))), 4*nr
	}
	t.a = at(j.A, j.offset(b.q, j.BatchA, j.HeadA)+r0*j.RowA+ka*j.ColA)
	if j.turned {
		j.turnedColumn(d, b, p)
		return 1
	}
	t.c = at(b.c, r0*b.ldc+p*nr)
	switch {
	case ka > b.k0 || j.Accumulate && b.s == 0:
		t.init, t.ldi = t.c, t.ldc
	case j.Bias != nil && b.s == 0:
		t.init, t.ldi = at(j.Bias, p*nr), 0
	default:
		t.init = nil
	}
	f.column(t, r1-r0)
	return panels
}

// pack lays the block's columns on the desk: for each block of k its panels.
func (j *gemmJob) pack(d *desk, b *block) {
	a := j.e.arch
	dst := d.buf
	count := cuts(b.k1-b.k0, j.blockK())
	for n := range count {
		ka, kb := cut(b.k0, b.k1, n, count), cut(b.k0, b.k1, n+1, count)
		for p := b.p0; p < b.p1; p++ {
			src := j.B[j.offset(b.q, j.BatchB, j.HeadB)+ka*j.RowB+p*a.nr*j.ColB:]
			a.panel(dst, src, j.RowB, j.ColB, kb-ka, min(a.nr, j.N-p*a.nr))
			dst = dst[(kb-ka)*a.nr:]
		}
	}
}

// addSlabs adds the partial sums to C, in order.
func (j *gemmJob) addSlabs() {
	s := &j.e.sum
	size := j.M * j.N
	for q := range j.batch() {
		*s = sumJob{e: j.e, dst: j.C[j.offset(q, j.BatchC, j.HeadC):], ld: j.RowC, rows: j.M, cols: j.N,
			src: j.e.shared[q*size:], stride: j.batch() * size, parts: j.slabs - 1, add: true}
		s.run()
	}
}

// cuts is the number of even pieces of at most size that n is cut into.
func cuts(n, size int) int { return (n + size - 1) / size }

// cut is where piece n of count begins in a…b.
func cut(a, b, n, count int) int { return a + (b-a)*n/count }
