package kernels

import "github.com/stillfield/stillfield/cpu/bf16"

// A Packing is a matrix of weights or a filter as the micro-kernels of bfloat16 read it, with what makes
// it of the weights.
type Packing struct {
	Words []uint32
	parts []func(turn []uint32)
}

// PackingOf is the packing of B of g, one matrix, or nil where g reads none. It is what g.Packed may be once
// a job of Pack has run.
func (e *Engine) PackingOf(g *Gemm) *Packing {
	if e.bfloat == nil || thinBFloat(g.K, g.N) {
		return nil
	}
	var j bfloatGemm
	j.plan(e, g)
	p := &Packing{Words: words(Aligned(j.matrixWords()))}
	m := panels{j.sourceB(0), g.K, g.N, j.panelWords()}
	if g.ColB == 1 { // in parts along its rows, as they lie in memory
		for s := range j.steps {
			p.parts = append(p.parts, func(turn []uint32) {
				e.bfloat.pack(p.Words, m, 0, j.panels, s, s+1, turn)
			})
		}
		return p
	}
	for q := range j.panels {
		p.parts = append(p.parts, func(turn []uint32) {
			e.bfloat.pack(p.Words, m, q, q+1, 0, j.steps, turn)
		})
	}
	return p
}

// PackingOfFilter is the packing of the filter f of s, or, flipped, of that of its gradient of the data; nil
// where the convolution reads none.
func (e *Engine) PackingOfFilter(s Conv, f []float32, flipped bool) *Packing {
	if e.bfloat == nil || s.isThin() || s.Size == 1 {
		return nil
	}
	if flipped {
		s = s.swapped()
	}
	p := &Packing{Words: words(Aligned(bf16.Panels(s.K) * s.panelWords()))}
	for tap := range s.Size * s.Size {
		p.parts = append(p.parts, func(turn []uint32) {
			e.bfloat.packFilterTap(p.Words, s, f, flipped, tap, turn)
		})
	}
	return p
}

// Bytes is what the packing takes, of weights rounded and zeros.
func (p *Packing) Bytes() int { return 4 * len(p.Words) }

// Pack is the job that makes packings of the weights as they are when it runs.
func (e *Engine) Pack(all []*Packing) *Job {
	e.Reserve(Workspace{Worker: turnRows * turnWords})
	var parts []func(turn []uint32)
	for _, p := range all {
		parts = append(parts, p.parts...)
	}
	return NewJob(e.pool, len(parts), func(worker, item int) {
		parts[item](words(e.scratch[worker].buf))
	})
}
