package cuda

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// rounded is a state with a copy in bfloat16, which the products of a bf16 plan
// read: 2 bytes a number for 4, and no register on the way. The state stays the
// truth and the copy a function of it. AdamW writes both; what else writes the
// state makes the copy stale, until takeInputs rounds it again.
type rounded struct {
	kernels.Rounded
	value  int
	stale  bool
	launch kernels.Launch
	f      driver.Function
}

// findRounded finds the states that are worth a copy, aliases seen through: the
// right operand of a product or a convolution, written by AdamW alone, if at all.
func findRounded(p *plan.Plan) (rs []*rounded) {
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
		for k := range st.Op.Kind.Writes() {
			base, _ := p.Root(st.In[k])
			written[base] = written[base] || st.Op.Kind != plan.AdamW || k > 0
		}
	}
	for _, q := range p.States {
		if v := q.Value; read[v] && !written[v] {
			rs = append(rs, &rounded{value: v, Rounded: kernels.Rounded{N: p.Values[v].Size}})
		}
	}
	return rs
}

// bindRounded makes the launches that refresh the copies, once addresses are known.
func (g *Program) bindRounded() (err error) {
	for _, r := range g.rounded {
		l := kernels.List{}
		l.Round(r.Rounded)
		r.launch = l.Launches[0]
		if r.f, err = g.dev.function(r.launch.Kernel); err != nil {
			return err
		}
	}
	return nil
}

// copyOf is the memory of the copy of value v, of its part of it if v is an alias.
func (g *Program) copyOf(v int) (driver.Span, bool) {
	base, off := g.plan.Root(v)
	for _, r := range g.rounded {
		if r.value == base {
			n, name := g.plan.Values[v].Size, "the copy of "+g.plan.Values[v].Name
			return driver.Span{Ptr: r.At + driver.Ptr(2*off), Bytes: 2 * uint64(n), Name: name}, true
		}
	}
	return driver.Span{}, false
}

// wrote notes that something other than a run has written state v.
func (g *Program) wrote(v int) {
	for _, r := range g.rounded {
		r.stale = r.stale || r.value == v
	}
}

// refresh rounds again what has been written, behind the work of the main stream.
func (g *Program) refresh() error {
	for _, r := range g.rounded {
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
