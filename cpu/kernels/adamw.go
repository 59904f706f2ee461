package kernels

import (
	"math"

	"github.com/stillfield/stillfield/plan"
)

// adamArgs is n consecutive weights for the AdamW kernel (Loshchilov and Hutter 2019),
// with the bias corrections c1 and c2 of Adam and an exponential moving average avg of
// the weights. In float32, where fma rounds once:
//
//	G = scale·g
//	m = fma(β₁, m, (1−β₁)·G)
//	v = fma(β₂, v, ((1−β₂)·G)·G)
//	w = fma(−lr, (c1·m)/(√(c2·v) + ε), fma(−lr·decay, w, w))
//	avg = fma(1−ema, w − avg, avg)
//
// It reads 5 floats and writes 4 for each weight, 36 bytes. Averages beside the first
// follow by the same rule, with their own ema, while w is in the cache: see average.
type adamArgs struct {
	w, m, v, avg, grad                  *float32
	n                                   int
	beta1, rest1, beta2, rest2, eps     float32
	scale, negLR, negDecay, c1, c2, ema float32
}

// AdamW binds plan.AdamW. w, m, s (v of the paper), every avg, of which there is at
// least one, and g have one length; scale is one number, NaN for a step that must change
// nothing, and hyper is as plan.HyperLR and its neighbours say. The first c.DecayLen
// weights decay.
func (v *Vec) AdamW(p *Pool, c plan.AdamWConst, w, m, s []float32, avg [][]float32, g, scale,
	hyper []float32) *Job {
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
			w: &w[at], m: &m[at], v: &s[at], avg: &avg[0][at], grad: &g[at], n: min(grain, end-at),
			beta1: float32(c.Beta1), rest1: float32(1 - c.Beta1),
			beta2: float32(c.Beta2), rest2: float32(1 - c.Beta2), eps: float32(c.Eps),
			scale: scale[0], negLR: -hyper[plan.HyperLR],
			negDecay: float32(-float64(hyper[plan.HyperLR]) * decay),
			c1:       hyper[plan.HyperC1], c2: hyper[plan.HyperC2], ema: hyper[plan.HyperEMA],
		}
		v.adam(&a)
		for k, more := range avg[1:] {
			v.average(&more[at], &w[at], a.n, hyper[plan.HyperEMA+1+k])
		}
	})
}

// Clip binds plan.Clip, with maxNorm the greatest norm of a gradient, or 0 for none. A
// control that is no slot of the log counts as slot 0.
func Clip(p *Pool, maxNorm float64, scale, log, loss, gg, control []float32) *Job {
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
		if maxNorm > 0 && float64(norm) > maxNorm {
			scale[0] = float32(maxNorm / float64(norm))
		}
	})
}
