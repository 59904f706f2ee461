package kernels

// settleJob rounds operands to bfloat16 and keeps them in float32.
type settleJob struct {
	e        *Engine
	dst, src []float32
	h        []uint16 // instead of src
}

// settleUnit is the most elements that an item rounds.
const settleUnit = 1 << 14

// settle sets dst to as many numbers of src, or of h where src is nil, rounded.
func (e *Engine) settle(dst, src []float32, h []uint16) {
	j := &e.bfloat.settle
	*j = settleJob{e, dst, src, h}
	e.pool.Run(j, ceilDiv(len(dst), settleUnit))
	*j = settleJob{}
}

// Run rounds one part.
func (j *settleJob) Run(_, item int) {
	from, to := item*settleUnit, min((item+1)*settleUnit, len(j.dst))
	if j.src != nil {
		j.e.bfloat.packer.Settle(j.dst[from:to], j.src[from:to])
		return
	}
	widen(j.dst[from:to], j.h[from:to])
}

// settledGemm computes g, whose operands are rounded first, in float32.
func (e *Engine) settledGemm(g *Gemm) {
	h := *g
	h.A16, h.B16 = nil, nil
	w := e.floatWorkspace(&h)
	h.A, h.B = e.settled(w, h.spanA(), h.spanB())
	e.settle(h.A, g.A, g.A16)
	e.settle(h.B, g.B, g.B16)
	e.floatGemm(&h)
}

// settled is memory for two operands of so many numbers, behind the workspace of a call in float32.
func (e *Engine) settled(w Workspace, a, b int) (x, y []float32) {
	e.Reserve(settledWorkspace(w, a, b))
	x = e.shared[lineWords(w.Shared):]
	return x[:a], x[lineWords(a):][:b]
}

// settledWorkspace is w and two operands of so many numbers.
func settledWorkspace(w Workspace, a, b int) Workspace {
	w.Shared = lineWords(w.Shared) + lineWords(a) + lineWords(b)
	return w
}

// contracted are the operands of a call in float32 of workspace w, rounded at precision BFloat16.
func (e *Engine) contracted(w Workspace, a, b Numbers) (x, y []float32) {
	if e.bfloat == nil {
		return a.F, b.F
	}
	x, y = e.settled(w, a.Len(), b.Len())
	e.settle(x, a.F, a.H)
	e.settle(y, b.F, b.H)
	return x, y
}
