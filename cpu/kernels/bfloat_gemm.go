package kernels

import "github.com/stillfield/stillfield/cpu/bf16"

// bfloatGemm is a product in bfloat16 as two tasks: packing B (and, where its rows are needed by several
// items, A), then blocks of C. A sum of more than 4096 terms is cut in slabs as one in float32, at steps.
type bfloatGemm struct {
	Gemm
	e                    *Engine
	steps, slabs         int
	panels               int
	units                int // of as many rows as the micro-kernel computes at a time
	rowBlocks, colBlocks int
	wholeA               bool // A is packed by the first task, not by the items
	inPlace              bool // A is read where it is
	ownB                 bool // an item packs the part of B that it alone needs
	multiply             bool // the second task
	a, b                 []uint32
	ld                   int // words from row to row of a
}

// plan chooses the blocks.
func (j *bfloatGemm) plan(e *Engine, g *Gemm) {
	k := &e.bfloat.kernel
	*j = bfloatGemm{Gemm: *g, e: e, steps: bf16.Steps(g.K), slabs: slabs(g.K), panels: bf16.Panels(g.N)}
	j.units = ceilDiv(g.M, k.Rows)
	j.rowBlocks, j.colBlocks = 1, 1
	outer, workers := j.slabs*g.batch(), e.pool.Workers()
	if workers > 1 && outer < 4*workers {
		want := ceilDiv(4*workers, outer)
		if j.rowBlocks = min(j.units, want); j.rowBlocks < want/2 {
			j.colBlocks = min(j.panels, ceilDiv(want, j.rowBlocks))
		}
	}
	j.inPlace = g.A16 != nil && g.ColA == 1 && g.K%bf16.StepK == 0
	j.wholeA = !j.inPlace && j.colBlocks > 1
	j.ownB = g.Packed == nil && j.deep() && j.rowBlocks == 1 && j.colBlocks == 1 &&
		j.matrices() == j.batch() && 4*j.panels*j.blockSteps()*stepWords <= e.cache.L2/2
	j.ld = 16 * j.steps
}

// deep says that columns of A are contiguous: items then go along k, and pack what a block of steps needs.
// Others go along rows, and pack them as long as they are.
func (j *bfloatGemm) deep() bool { return j.ColA != 1 }

// matrices is how many matrices B there are: one where the batch shares it.
func (j *bfloatGemm) matrices() int {
	if j.BatchB == 0 && j.HeadB == 0 {
		return 1
	}
	return j.batch()
}

// panelWords are the words of a panel of B, matrixWords those of all of it.
func (j *bfloatGemm) panelWords() int  { return stepWords * j.steps }
func (j *bfloatGemm) matrixWords() int { return j.panels * j.panelWords() }

// workspace counts the partial sums of the slabs after the first, the panels of B and A packed, and for each
// worker the memory of a turn, a group of rows and its own part of B.
func (j *bfloatGemm) workspace() Workspace {
	w := Workspace{Shared: lineWords((j.slabs - 1) * j.batch() * j.M * j.N), Worker: turnRows * turnWords}
	switch {
	case j.ownB:
		w.Worker += j.panels * j.blockSteps() * stepWords
	case j.Packed == nil:
		w.Shared += j.matrices() * j.matrixWords()
	}
	if j.wholeA {
		w.Shared += j.batch() * j.M * j.ld
	} else if !j.inPlace {
		w.Worker += j.group() * j.groupLD()
	}
	return w
}

// bfloatGroup is the most rows of A that an item packs at a time: enough for a panel of B to be used often,
// and to read a column of A in long runs.
const bfloatGroup = 192

// group is how many rows an item packs at a time: what takes half of the second-level cache, as long as they
// are.
func (j *bfloatGemm) group() int {
	rows, most := j.e.bfloat.kernel.Rows, bfloatGroup
	if !j.deep() {
		most = min(most, j.e.cache.L2/2/(4*j.groupLD()))
	}
	return max(1, most/rows) * rows
}

// blockSteps is the most steps of a slab that are multiplied at a time.
func (j *bfloatGemm) blockSteps() int { return min(j.e.bfloat.kernel.Steps, j.slabSteps()) }

// slabSteps is the most steps that a slab has.
func (j *bfloatGemm) slabSteps() int { return ceilDiv(j.steps, j.slabs) }

// groupLD is the words of a row of a group: no multiple of 1 KiB, of which few sets of the cache are.
func (j *bfloatGemm) groupLD() int {
	n := 16 * j.slabSteps()
	if j.deep() {
		n = 16 * j.blockSteps()
	}
	if n%256 == 0 {
		n += 16
	}
	return n
}

// bfloatGemm computes g.
func (e *Engine) bfloatGemm(g *Gemm) {
	if thinBFloat(g.K, g.N) {
		e.settledGemm(g)
		return
	}
	j := &e.bfloat.gemm
	j.plan(e, g)
	e.Reserve(j.workspace())
	shared := words(e.shared)[lineWords((j.slabs-1)*j.batch()*j.M*j.N):]
	if j.b = g.Packed; j.b == nil && !j.ownB {
		j.b, shared = shared, shared[j.matrices()*j.matrixWords():]
	}
	if j.wholeA {
		j.a = shared
	}
	if n := j.packItemsB() + j.packItemsA(); n > 0 {
		e.pool.Run(j, n)
	}
	j.multiply = true
	e.pool.Run(j, j.slabs*j.batch()*j.rowBlocks*j.colBlocks)
	if j.slabs > 1 {
		e.addSlabs(&j.Gemm, j.slabs)
	}
	*j = bfloatGemm{}
}

// packItemsB is how many items pack B, in parts along its memory.
func (j *bfloatGemm) packItemsB() int {
	if j.Packed != nil || j.ownB {
		return 0
	}
	return j.matrices() * j.partsB()
}

// partsB is in how many parts a matrix B is packed: parts of the steps where its rows are contiguous, else
// of the panels.
func (j *bfloatGemm) partsB() int {
	n := j.panels
	if j.ColB == 1 {
		n = j.steps
	}
	return min(n, 4*j.e.pool.Workers())
}

// packItemsA is how many items pack A, turnWords rows each.
func (j *bfloatGemm) packItemsA() int {
	if !j.wholeA {
		return 0
	}
	return j.batch() * ceilDiv(j.M, turnWords)
}

// Run packs a part of an operand, or computes a block.
func (j *bfloatGemm) Run(worker, item int) {
	switch n := j.packItemsB(); {
	case j.multiply:
		j.block(worker, item)
	case item < n:
		j.packB(worker, item)
	default:
		j.packA(worker, item-n)
	}
}

// packB packs a part of B.
func (j *bfloatGemm) packB(worker, item int) {
	q, part, parts := item/j.partsB(), item%j.partsB(), j.partsB()
	m := panels{j.sourceB(q), j.K, j.N, j.panelWords()}
	p0, p1, s0, s1 := 0, j.panels, 0, j.steps
	if j.ColB == 1 {
		s0, s1 = splitPoint(0, j.steps, part, parts), splitPoint(0, j.steps, part+1, parts)
	} else {
		p0, p1 = splitPoint(0, j.panels, part, parts), splitPoint(0, j.panels, part+1, parts)
	}
	j.e.bfloat.pack(j.b[q*j.matrixWords():], m, p0, p1, s0, s1, words(j.e.scratch[worker].buf))
}

// packA packs rows of A.
func (j *bfloatGemm) packA(worker, item int) {
	count := ceilDiv(j.M, turnWords)
	q, r := item/count, item%count*turnWords
	s, turn := j.sourceA(q).at(r, 0), words(j.e.scratch[worker].buf)
	j.e.bfloat.packRows(j.a[(q*j.M+r)*j.ld:], j.ld, s, min(turnWords, j.M-r), j.K, turn)
}

// sourceA is A of product q.
func (j *bfloatGemm) sourceA(q int) source {
	return source{j.A, j.A16, j.RowA, j.ColA}.skip(j.offset(q, j.BatchA, j.HeadA))
}
