package kernels

// AttentionGrad is the adjoint of Attention: dqkv [N, T, 3C] from the gradient g
// [N, T, C] of y. The probabilities P are computed again, a block of queries at a time.
// Its five products cost 10·N·T²·C FLOP:
//
//	dv = Pᵀ·g,  dP = g·vᵀ,  dS = P∘(dP − rowsum(P∘dP))/√dim,  dq = dS·k,  dk = dSᵀ·q
func (v *Vec) AttentionGrad(p *Pool, s AttentionShape, dqkv, qkv, g []float32) *Job {
	a := v.attention(p, s, true)
	return NewJob(p, s.N*s.Heads, func(worker, item int) {
		d, h, n := &a.scratch[worker], item%s.Heads, item/s.Heads
		at := n*s.T*3*s.C + h*a.dim
		a.headGrad(d, dqkv[at:], qkv[at:], g[n*s.T*s.C+h*a.dim:])
	})
}

// headGrad is AttentionGrad of one head of one sequence. dx, x and g begin with the
// head's first query.
func (a *attention) headGrad(d *attentionScratch, dx, x, g []float32) {
	c, t, w, row := a.C, a.T, a.rowStride, 3*a.C
	a.transpose(d.kt, x[c:], row)
	a.transpose(d.vt, x[2*c:], row)
	keys := a.collect(d.rows, x[c:], t, row)
	pt := matrix{&d.p[0], 1, w}
	ds, dst := matrix{&d.dp[0], w, 1}, matrix{&d.dp[0], 1, w}
	for i := 0; i < t; i += queryBlock {
		n, later := min(queryBlock, t-i), i > 0
		q := a.collect(d.q, x[i*row:], n, row)
		dy := a.collect(d.g, g[i*c:], n, c)
		a.probabilities(d, q, n)
		a.product(&d.tile, matrix{&dx[2*c], row, 1}, pt, dy, t, a.dim, n, later)
		a.product(&d.tile, ds, dy, matrix{&d.vt[0], w, 1}, n, t, a.dim, false)
		a.v.scoreRows(&d.dp[0], &d.p[0], n, t, w, a.scale)
		a.product(&d.tile, matrix{&dx[i*row], row, 1}, ds, keys, n, a.dim, t, false)
		a.product(&d.tile, matrix{&dx[c], row, 1}, dst, q, t, a.dim, n, later)
	}
}
