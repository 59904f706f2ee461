package cpu

import (
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// packedState is a state whose weights products and convolutions in bfloat16 read packed: rounded, and laid
// out for the micro-kernels. The packings are at any time what the state makes: AdamW is followed by packing
// them again, and whatever else writes the state makes them stale until the next run.
type packedState struct {
	value    int
	packings []*kernels.Packing
	job      *kernels.Job // made when it is first wanted
	stale    bool
}

// pack makes the packings of the state as it is.
func (s *packedState) pack(e *kernels.Engine) {
	if s.job == nil {
		s.job = e.Pack(s.packings)
	}
	s.job.Do()
	s.stale = false
}

// findPacked finds the states that may be read packed: those that no step writes but AdamW.
func (g *Program) findPacked() {
	if g.plan.Precision != plan.BFloat16 {
		return
	}
	written := map[int]bool{}
	for i := range g.plan.Steps {
		st := &g.plan.Steps[i]
		for k := range st.Op.Writes() {
			b, _ := g.plan.Root(st.In[k])
			written[b] = written[b] || st.Op.Kind != plan.AdamW || k > 0
		}
	}
	for _, q := range g.plan.States {
		if !written[q.Value] {
			g.packed = append(g.packed, &packedState{value: q.Value, stale: true})
		}
	}
}

// packedOf is the state that value v is of, or nil where its products do not read it packed.
func (g *Program) packedOf(v int) *packedState {
	b, _ := g.plan.Root(v)
	for _, s := range g.packed {
		if s.value == b {
			return s
		}
	}
	return nil
}

// readPacked has a product whose right operand is value v read what make returns, and tells whether it may:
// the words are nil where v is no state, or the product reads none packed.
func (g *Program) readPacked(v int, make func() *kernels.Packing) []uint32 {
	s := g.packedOf(v)
	if s == nil {
		return nil
	}
	p := make()
	if p == nil {
		return nil
	}
	s.packings = append(s.packings, p)
	return p.Words
}

// markStale notes that something other than a run has written state v.
func (g *Program) markStale(v int) {
	if s := g.packedOf(v); s != nil {
		s.stale = true
	}
}

// wrote is markStale of the state of that name.
func (g *Program) wrote(name string) {
	for _, q := range g.plan.States {
		if q.Name == name {
			g.markStale(q.Value)
		}
	}
}

// refreshPacked packs what is stale, before a run.
func (g *Program) refreshPacked() {
	for _, s := range g.packed {
		if s.stale {
			s.pack(g.engine)
		}
	}
}
