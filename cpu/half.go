package cpu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// half reports whether value v is bfloat16 in memory.
func (g *Program) half(v int) bool { return g.plan.Values[v].Storage == plan.InBFloat16 }

// numbers are the memory of value v.
func (g *Program) numbers(v int) kernels.Numbers {
	return kernels.Numbers{F: g.values[v], H: g.halves[v]}
}

// halvesOf is words of the arena seen as n numbers of bfloat16.
func halvesOf(words []float32, n int) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// takesHalf reports whether the kernel of st reads operand k as bfloat16 in memory.
func takesHalf(st *plan.Step, k int) bool {
	switch st.Op.Kind {
	case plan.MatMul, plan.ConvFilter, plan.Attention, plan.AttentionGrad:
		return true
	case plan.Conv, plan.ConvData:
		return k == 0
	}
	return false
}

// wideStep is a step of kernels that know float32 alone: what it reads of bfloat16 is
// copied before it, and its result rounded after it.
type wideStep struct{ before, step, after job }

// Do does all three.
func (w *wideStep) Do() {
	if w.before != nil {
		w.before.Do()
	}
	w.step.Do()
	if w.after != nil {
		w.after.Do()
	}
}

// copies are jobs, one after the other.
type copies []job

// Do does them.
func (c copies) Do() {
	for _, j := range c {
		j.Do()
	}
}

// reserveWide allocates the copies in float32 that steps need of values in bfloat16: of
// each of two operands, and of the result, as large as the largest.
func (g *Program) reserveWide() {
	var most [3]int
	for i := range g.plan.Steps {
		st := &g.plan.Steps[i]
		if st.Chain != nil {
			continue
		}
		for k, v := range st.In {
			if g.half(v) && !takesHalf(st, k) {
				most[k] = max(most[k], g.plan.Values[v].Size)
			}
		}
		if g.half(st.Out) {
			most[2] = max(most[2], g.plan.Values[st.Out].Size)
		}
	}
	for k, n := range most {
		g.wide[k] = kernels.Aligned(n)
	}
}

// widened binds st to float32 in the place of each value in bfloat16 that its kernel does
// not take, by bind, and does the conversions.
func (g *Program) widened(st *plan.Step, bind func(in [][]float32, out []float32) (job, error)) (job, error) {
	var before copies
	in := make([][]float32, len(st.In))
	for k, v := range st.In {
		in[k] = g.values[v]
		if g.half(v) && !takesHalf(st, k) {
			in[k] = g.wide[k][:len(g.halves[v])]
			g.converted += 4 * len(in[k])
			before = append(before, g.engine.Widen(in[k], g.halves[v]))
		}
	}
	if !g.half(st.Out) {
		j, err := bind(in, g.values[st.Out])
		if err != nil || len(before) == 0 {
			return j, err
		}
		return &wideStep{before: before, step: j}, nil
	}
	to := g.halves[st.Out]
	out := g.wide[2][:len(to)]
	j, err := bind(in, out)
	if err != nil {
		return nil, err
	}
	g.converted += 2 * len(to)
	return &wideStep{before: before, step: j, after: g.engine.Narrow(to, out)}, nil
}
