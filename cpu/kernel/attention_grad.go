package kernel

import "github.com/stillfield/stillfield/plan"

// AttentionGrad is the adjoint of Attention: dqkv [N, T, 3C] for the gradient g
// [N, T, C] of its result. The probabilities are computed again, block by block:
//
//	dv = Pᵀ·g,  dP = g·vᵀ,  dS = P∘(dP − rowsum(P∘dP))/√dim,  dq = dS·k,  dk = dSᵀ·q
func (v *Vec) AttentionGrad(p *Pool, s AttentionShape, dqkv, qkv, g []float32) *Job {
	a := v.attention(p, s, true)
	return NewJob(p, s.N*s.Heads, func(worker, item int) {
		d, h, n := &a.desks[worker], item%s.Heads, item/s.Heads
		at := n*s.T*3*s.C + h*a.dim
		a.headGrad(d, dqkv[at:], qkv[at:], g[n*s.T*s.C+h*a.dim:])
	})
}

// headGrad is AttentionGrad of one head of one sequence.
func (a *attention) headGrad(d *attentionDesk, dx, x, g []float32) {
	c, t := a.C, a.T
	a.transpose(d.kt, x[c:], 3*c)
	a.transpose(d.vt, x[2*c:], 3*c)
	for q := 0; q < t; q += queryBlock {
		rows, later := min(queryBlock, t-q), q > 0
		a.probabilities(d, &x[q*3*c], rows)
		gq := matrix{&g[q*c], c, 1}
		a.product(&d.tile, matrix{&dx[2*c], 3 * c, 1}, matrix{&d.p[0], 1, t}, gq, t, a.dim, rows, later)
		a.product(&d.tile, matrix{&d.dp[0], t, 1}, gq, matrix{&d.vt[0], t, 1}, rows, t, a.dim, false)
		a.scoreGrad(d, rows)
		a.product(&d.tile, matrix{&dx[q*3*c], 3 * c, 1}, matrix{&d.dp[0], t, 1}, matrix{&x[c], 3 * c, 1},
			rows, a.dim, t, false)
		a.product(&d.tile, matrix{&dx[c], 3 * c, 1}, matrix{&d.dp[0], 1, t}, matrix{&x[q*3*c], 3 * c, 1},
			t, a.dim, rows, later)
	}
}

// scoreGrad turns d.dp from dP to dS.
func (a *attention) scoreGrad(d *attentionDesk, rows int) {
	for r := 0; r < rows*a.T; r += a.T {
		p, dp := d.p[r:r+a.T], d.dp[r:r+a.T]
		mean := float32(a.v.Dot(p, dp))
		a.v.blocks[plan.Shift](&dp[0], &dp[0], nil, len(dp), -mean)
		a.v.blocks[plan.Mul](&dp[0], &dp[0], &p[0], len(dp), 0)
	}
	a.v.blocks[plan.Scale](&d.dp[0], &d.dp[0], nil, rows*a.T, a.scale)
}
