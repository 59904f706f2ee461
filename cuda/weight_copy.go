package cuda

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// A weightCopy is a copy in bfloat16 of a state, which the products of a bf16 plan
// read in its place: 2 bytes a number for 4, and no rounding on the way. The copy is
// at any time what the state rounds to. AdamW writes both; whatever else writes the
// state makes the copy stale, and takeInputs rounds the state again before it is read.
type weightCopy struct {
	kernels.BF16Copy
	value  int
	stale  bool
	launch kernels.Launch
	f      driver.Function
}

// findWeightCopies finds the states that get a copy, in any precision but bf16 none:
// those that are, in whole or in part, the right operand of a product or a
// convolution, and that no step writes but AdamW.
func findWeightCopies(p *plan.Plan) (rs []*weightCopy) {
	if p.Precision != plan.BFloat16 {
		return nil
	}
	read, written := map[int]bool{}, map[int]bool{}
	for i := range p.Steps {
		st := &p.Steps[i]
		switch k := st.Op.Kind; {
		case k == plan.MatMul && !st.Op.TransA, k == plan.Conv, k == plan.ConvData:
			base, _ := p.Root(st.In[1])
			read[base] = true
		}
		for k := range st.Op.Writes() {
			base, _ := p.Root(st.In[k])
			written[base] = written[base] || st.Op.Kind != plan.AdamW || k > 0
		}
	}
	for _, q := range p.States {
		if v := q.Value; read[v] && !written[v] {
			rs = append(rs, &weightCopy{value: v, BF16Copy: kernels.BF16Copy{N: p.Values[v].Size}})
		}
	}
	return rs
}

// bindWeightCopies makes the launches that refresh the copies, once addresses are known.
func (g *Program) bindWeightCopies() (err error) {
	for _, r := range g.weightCopies {
		l := kernels.List{}
		l.Round(r.BF16Copy)
		r.launch = l.Launches[0]
		if r.f, err = g.dev.function(r.launch.Kernel); err != nil {
			return err
		}
	}
	return nil
}

// copyOf is the memory of the copy of value v, or of a part of it where v is an alias of
// a part of the state, and whether there is one.
func (g *Program) copyOf(v int) (driver.Span, bool) {
	base, off := g.plan.Root(v)
	for _, r := range g.weightCopies {
		if r.value == base {
			n, name := g.plan.Values[v].Size, "the copy of "+g.plan.Values[v].Name
			return driver.Span{Ptr: r.At + driver.Ptr(2*off), Bytes: 2 * uint64(n), Name: name}, true
		}
	}
	return driver.Span{}, false
}

// markStale notes that something other than a run has written state v.
func (g *Program) markStale(v int) {
	for _, r := range g.weightCopies {
		r.stale = r.stale || r.value == v
	}
}

// refresh rounds stale copies again, behind the work of the main stream.
func (g *Program) refresh() error {
	for _, r := range g.weightCopies {
		if !r.stale {
			continue
		}
		l := &r.launch
		if c, ok := g.ctx.(driver.Confiner); ok {
			to, _ := g.copyOf(r.value)
			if err := c.Confine([]driver.Span{g.span(r.value)}, []driver.Span{to}, nil); err != nil {
				return err
			}
		}
		if err := g.ctx.Launch(r.f, l.Grid, l.Block, l.Shared, g.main, l.Args); err != nil {
			return err
		}
		r.stale = false
	}
	return nil
}
