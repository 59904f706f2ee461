package kernels

// gemmJob is a product split into blocks, the items of its task: for each slab of k
// and each matrix of the batch, rowBlocks × colBlocks blocks of C. A worker packs
// the columns of B that an item needs into its scratch memory (unless B is read in
// place) and leaves them there, for the next item often needs the same ones. So the
// whole product is one fork and join.
type gemmJob struct {
	Gemm
	e                    *Engine
	slabs                int
	tiles                int // rows of tiles
	panels               int // panels of nr columns
	rowBlocks, colBlocks int
	direct               bool // B is read in place, not packed
	ahead                int  // steps of k that the operands are fetched ahead
	transposed           bool // A and B are exchanged, and C is written as its transpose
}

// streamAhead is how many steps of k an operand that lies in memory is fetched ahead:
// 40 steps of some 10 cycles are the latency of memory.
const streamAhead = 40

// plan chooses the blocks.
func (j *gemmJob) plan(e *Engine, g *Gemm) {
	a := e.arch
	*j = gemmJob{Gemm: *g, e: e, slabs: slabs(g.K)}
	transposed := g.worthTransposing(a.nr)
	if transposed {
		j.transpose()
	}
	g = &j.Gemm
	j.tiles = ceilDiv(g.M, a.mr)
	if transposed {
		j.tiles = 1 // a transposed product has at most transposedMaxN rows: they stay together
	}
	j.panels = ceilDiv(g.N, a.nr)
	j.direct = g.ColB == 1 && j.inPlace()
	if g.ColA > 1 && j.direct && 4*g.K*(g.M+g.N) > 4*e.cache.L2 {
		// Along a column of A the processor sees no run of addresses to fetch ahead.
		j.ahead = streamAhead
	}
	j.split()
}

// inPlace says whether rows of B that are contiguous are better read where they lie
// than packed: when they are read at most 32 times, or when all of B stays in the
// second-level cache. Rows of less than 16 elements, a vector, are always packed:
// most of their loads would straddle two cache lines.
func (j *gemmJob) inPlace() bool {
	return j.N >= 16 && (j.tiles <= 32 || 4*j.K*j.RowB <= j.e.cache.L2)
}

// split chooses rowBlocks and colBlocks: of the ways to give each worker one to four
// items, the one with the fewest cycles, estimated from the items of the busiest
// worker, the packing of B and 500 cycles for each item.
func (j *gemmJob) split() {
	a, workers := j.e.arch, j.e.pool.Workers()
	outer := j.slabs * j.batch()
	k := ceilDiv(j.K, j.slabs)
	kc := min(k, j.blockK())
	// A block of B takes at most half of the second-level cache; rows of A and C pass
	// through the rest.
	wide := max(1, j.e.cache.L2/2/(kc*a.nr*4))
	least := ceilDiv(j.panels, wide)
	j.rowBlocks, j.colBlocks = 1, least
	if workers == 1 || outer >= 4*workers {
		return
	}
	pack := 8 // cycles to pack one row of a panel; a tile computes with it for mr cycles
	if j.direct {
		pack = 0
	}
	best := 0.0
	for c := 1; c <= 4; c++ {
		for J := least; J <= min(j.panels, max(least, c*workers)); J++ {
			I := min(j.tiles, ceilDiv(c*workers, outer*J))
			items := outer * I * J
			rounds := ceilDiv(items, workers)
			rows, cols := ceilDiv(j.tiles, I), ceilDiv(j.panels, J)
			reuse := max(1, I/workers)
			item := float64(rows*cols*k*a.mr) + float64(cols*k*pack)/float64(reuse) + 500
			cycles := float64(rounds) * item
			cycles *= 1 + 0.02/float64(c) // of equals, more items: they even out a busy machine
			if best == 0 || cycles < best {
				best, j.rowBlocks, j.colBlocks = cycles, I, J
			}
		}
	}
}

// blockK is the most steps of k in a block. A transposed product does all at once,
// for its tile is not in C between blocks.
func (j *gemmJob) blockK() int {
	switch {
	case j.transposed:
		return j.K
	case j.ColA > 1:
		return blockColumns
	}
	return blockRows
}

// items is the number of blocks.
func (j *gemmJob) items() int { return j.slabs * j.batch() * j.rowBlocks * j.colBlocks }

// workspace counts the partial sums of the slabs after the first, and for each
// worker one slab of the packed columns of a block.
func (j *gemmJob) workspace() Workspace {
	var w Workspace
	w.Shared = (j.slabs - 1) * j.batch() * j.M * j.N
	if !j.direct && j.colBlocks > 0 {
		w.Worker = ceilDiv(j.K, j.slabs) * ceilDiv(j.panels, j.colBlocks) * j.e.arch.nr
	}
	return w
}

// block is what one item computes.
type block struct {
	q, s   int       // product q of the batch, slab s of k
	k0, k1 int       // steps k0 ≤ k < k1
	r0, r1 int       // rows r0 ≤ i < r1 of C
	p0, p1 int       // panels p0 ≤ p < p1: columns p0·nr to p1·nr of C
	c      []float32 // C of the product, or the partial sums of the slab
	ldc    int       // elements from row to row of c
}

// block decodes an item. Consecutive items share their columns of B.
func (j *gemmJob) block(item int) block {
	item, i := item/j.rowBlocks, item%j.rowBlocks
	item, jb := item/j.colBlocks, item%j.colBlocks
	s, q := item/j.batch(), item%j.batch()
	b := block{
		q: q, s: s,
		k0: splitPoint(0, j.K, s, j.slabs), k1: splitPoint(0, j.K, s+1, j.slabs),
		r0: j.firstRow(i), r1: j.firstRow(i + 1),
		p0: splitPoint(0, j.panels, jb, j.colBlocks), p1: splitPoint(0, j.panels, jb+1, j.colBlocks),
		ldc: j.RowC,
	}
	if s == 0 {
		b.c = j.C[j.offset(q, j.BatchC, j.HeadC):]
	} else {
		b.c, b.ldc = j.e.shared[((s-1)*j.batch()+q)*j.M*j.N:], j.N
	}
	return b
}

// firstRow is the first row of row block i: blocks begin where a tile does.
func (j *gemmJob) firstRow(i int) int {
	return splitPoint(0, j.M, splitPoint(0, j.tiles, i, j.rowBlocks), j.tiles)
}

// Run computes one block.
func (j *gemmJob) Run(worker, item int) {
	sc := &j.e.scratch[worker]
	b := j.block(item)
	if !j.direct && sc.packed != item/j.rowBlocks+1 {
		j.pack(sc, &b)
		sc.packed = item/j.rowBlocks + 1
	}
	t := &sc.tile
	t.nseg, t.agap, t.bgap, t.ahead = 1, 0, 0, j.ahead
	t.rs, t.cs = 4*j.RowA, 4*j.ColA
	t.ldc = 4 * b.ldc
	count := ceilDiv(b.k1-b.k0, j.blockK())
	for n := range count {
		ka, kb := splitPoint(b.k0, b.k1, n, count), splitPoint(b.k0, b.k1, n+1, count)
		t.kc = kb - ka
		rows := max(4, j.e.cache.L2/4/(4*t.kc*j.e.arch.mr)) * j.e.arch.mr
		parts := ceilDiv(b.r1-b.r0, rows)
		for part := range parts {
			r0, r1 := splitPoint(b.r0, b.r1, part, parts), splitPoint(b.r0, b.r1, part+1, parts)
			for p := b.p0; p < b.p1; {
				p += j.column(sc, &b, ka, r0, r1, p)
			}
		}
	}
}

// column computes rows r0 ≤ i < r1 of panel p for t.kc steps of k from ka on. Where
// the wide micro-kernel fits, it computes the panels after p too. It returns how
// many panels it has done.
func (j *gemmJob) column(sc *scratch, b *block, ka, r0, r1, p int) int {
	t, nr := &sc.tile, j.e.arch.nr
	t.n = min(nr, j.N-p*nr)
	f, panels := j.e.arch.pick(t.n), 1
	if w := j.e.arch.wide; w != nil && j.direct && !j.transposed && r1-r0 <= w.rows() &&
		min(b.p1*nr, j.N)-p*nr >= w.width {
		f, panels, t.n = w, w.width/nr, w.width
	}
	if j.direct {
		t.b, t.ldb = at(j.B, j.offset(b.q, j.BatchB, j.HeadB)+ka*j.RowB+p*nr), 4*j.RowB
	} else {
		t.b, t.ldb = at(sc.buf, nr*((ka-b.k0)*(b.p1-b.p0)+t.kc*(p-b.p0))), 4*nr
	}
	t.a = at(j.A, j.offset(b.q, j.BatchA, j.HeadA)+r0*j.RowA+ka*j.ColA)
	if j.transposed {
		j.transposedColumn(sc, b, p)
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

// pack copies the block's columns of B to the scratch memory: for each block of k,
// its panels one after the other.
func (j *gemmJob) pack(sc *scratch, b *block) {
	a := j.e.arch
	dst := sc.buf
	count := ceilDiv(b.k1-b.k0, j.blockK())
	for n := range count {
		ka, kb := splitPoint(b.k0, b.k1, n, count), splitPoint(b.k0, b.k1, n+1, count)
		for p := b.p0; p < b.p1; p++ {
			src := j.B[j.offset(b.q, j.BatchB, j.HeadB)+ka*j.RowB+p*a.nr*j.ColB:]
			a.panel(dst, src, j.RowB, j.ColB, kb-ka, min(a.nr, j.N-p*a.nr))
			dst = dst[(kb-ka)*a.nr:]
		}
	}
}

// addSlabs adds the partial sums of slabs 1, 2, … of g, in e.shared, to C, in this order.
func (e *Engine) addSlabs(g *Gemm, slabs int) {
	s := &e.sum
	size := g.M * g.N
	for q := range g.batch() {
		*s = sumJob{e: e, dst: g.C[g.offset(q, g.BatchC, g.HeadC):], ld: g.RowC, rows: g.M, cols: g.N,
			src: e.shared[q*size:], stride: g.batch() * size, parts: slabs - 1, add: true}
		s.run()
	}
}

// ceilDiv is ⌈n/size⌉: how many parts of at most size n has.
func ceilDiv(n, size int) int { return (n + size - 1) / size }

// splitPoint is where part n begins when a ≤ i < b is split into count even parts;
// part count begins at b.
func splitPoint(a, b, n, count int) int { return a + (b-a)*n/count }
