package kernels

import (
	"math"

	"github.com/stillfield/stillfield/plan"
)

// adamArgs is one stretch of weights for the AdamW kernel. In float32, with fma
// rounded once:
//
//	G = scale·g
//	m = fma(β₁, m, (1−β₁)·G)
//	v = fma(β₂, v, ((1−β₂)·G)·G)
//	w = fma(−lr, (c1·m)/(√(c2·v) + ε), fma(−lr·decay, w, w))
//	avg = fma(1−ema, w − avg, avg)
//
// 5 floats read and 4 written for each weight: 36 B.
type adamArgs struct {
	w, m, v, avg, grad                  *float32
	n                                   int
	beta1, rest1, beta2, rest2, eps     float32
	scale, negLR, negDecay, c1, c2, ema float32
}

// AdamW binds plan's AdamW; see plan.AdamWHyper. All operands but scale [1] and
// hyper have one length.
func (v *Vec) AdamW(p *Pool, c plan.AdamWConst, w, m, s, avg, g, scale, hyper []float32) *Job {
	head := ceilDiv(c.DecayLen, grain)
	items := head + ceilDiv(len(w)-c.DecayLen, grain)
	return NewJob(p, items, func(_, item int) {
		if scale[0] != scale[0] {
			return
		}
		at, end, decay := item*grain, c.DecayLen, c.Decay
		if item >= head {
			at, end, decay = c.DecayLen+(item-head)*grain, len(w), 0
		}
		a := adamArgs{
			w: &w[at], m: &m[at], v: &s[at], avg: &avg[at], grad: &g[at], n: min(grain, end-at),
			beta1: float32(c.Beta1), rest1: float32(1 - c.Beta1),
			beta2: float32(c.Beta2), rest2: float32(1 - c.Beta2), eps: float32(c.Eps),
			scale: scale[0], negLR: -hyper[plan.HyperLR], negDecay: float32(-float64(hyper[plan.HyperLR]) * decay),
			c1: hyper[plan.HyperC1], c2: hyper[plan.HyperC2], ema: hyper[plan.HyperEMA],
		}
		v.adam(&a)
	})
}

// Clip binds plan's Clip; see plan.Clip. A control outside the log counts
// as slot 0.
func Clip(p *Pool, most float64, scale, log, loss, gg, control []float32) *Job {
	return NewJob(p, 1, func(_, _ int) {
		norm := float32(math.Sqrt(float64(gg[0])))
		if log[0] == 0 {
			k := 0
			if c := control[0]; c >= 0 && int(c) < (len(log)-1)/2 {
				k = int(c)
			}
			log[1+2*k], log[2+2*k] = loss[0], norm
		}
		if log[0] != 0 || loss[0]-loss[0] != 0 || gg[0]-gg[0] != 0 {
			log[0]++
			scale[0] = float32(math.NaN())
			return
		}
		scale[0] = 1
		if most > 0 && float64(norm) > most {
			scale[0] = float32(most / float64(norm))
		}
	})
}
