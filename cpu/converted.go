package cpu

import "github.com/stillfield/stillfield/plan"

// rounds counts values that a contraction rounds itself, if they are float32.
func (g *Program) rounds(values ...int) {
	for _, v := range values {
		if g.plan.Precision == plan.BFloat16 && !g.half(v) {
			g.converted += 2 * g.plan.Values[v].Size
		}
	}
}

// Converted is the bytes of bfloat16 that contractions make of operands in float32, of packings that AdamW
// renews, and of copies in the other type, in a run.
func (g *Program) Converted() int {
	n := g.converted
	for i := range g.plan.Steps {
		st := &g.plan.Steps[i]
		if st.Op.Kind != plan.AdamW {
			continue
		}
		if s := g.packedOf(st.In[0]); s != nil {
			for _, p := range s.packings {
				n += p.Bytes()
			}
		}
	}
	return n
}
