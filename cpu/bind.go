package cpu

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// jobFunc is a function as a job.
type jobFunc func()

// Do calls f.
func (f jobFunc) Do() { f() }

// bind makes a job of every step, until ctx ends. The engine's workspace is then as large
// as any of them needs.
func (g *Program) bind(ctx context.Context) error {
	for i := range g.plan.Steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		st := &g.plan.Steps[i]
		var j job
		var err error
		switch {
		case st.Chain != nil:
			j, err = g.bindChain(st.Chain)
		case st.Op.Kind == plan.AllSum:
			j, err = g.bindAllSum(i)
		default:
			j, err = g.bindStep(st)
		}
		if err != nil {
			return fmt.Errorf("step %d %v (%s): %w", i, st.Op, st.Name, err)
		}
		g.steps = append(g.steps, j)
	}
	return nil
}

// shapes returns the shapes of what a step reads.
func (g *Program) shapes(st *plan.Step) (shape [][]int) {
	for _, v := range st.In {
		shape = append(shape, g.plan.Values[v].Shape)
	}
	return shape
}

// bindStep makes a job of a step that is one operator.
func (g *Program) bindStep(st *plan.Step) (job, error) {
	return g.widened(st, func(in [][]float32, out []float32) (job, error) {
		return g.bindOperator(st, in, out)
	})
}

// bindOperator is bindStep with the memory of what the step reads, and of its result. Of
// an operand in bfloat16 that the kernel takes, in has none.
func (g *Program) bindOperator(st *plan.Step, in [][]float32, out []float32) (job, error) {
	op, p, v := st.Op, g.engine.Pool(), g.vec
	shape := g.shapes(st)
	switch op.Kind {
	case plan.MatMul:
		return g.bindMatMul(st, out, in, shape), nil
	case plan.Conv, plan.ConvData, plan.ConvFilter:
		return g.bindConv(st, out, in, shape)
	case plan.Sum:
		return v.Sum3(p, op.Outer, len(in[0])/(op.Outer*op.Inner), op.Inner, out, in[0]), nil
	case plan.Dot:
		return v.DotRows(p, op.Rows, len(in[0])/op.Rows, out, in[0], in[1]), nil
	case plan.Gather:
		return g.bindGather(out, in[0], in[1], shape[0][0]), nil
	case plan.Norm:
		return v.Norm(p, normShape(op, shape[0]), out, in[0], in[1], in[2]), nil
	case plan.NormGrad:
		dx, params := out[:len(in[0])], out[len(in[0]):]
		if st.Split {
			params = g.values[st.Rest]
		}
		return v.NormGrad(p, normShape(op, shape[0]), dx, params, in[0], in[1], in[2]), nil
	case plan.Softmax:
		n := shape[0][len(shape[0])-1]
		return v.Softmax(p, len(in[0])/n, n, out, in[0]), nil
	case plan.Attention:
		g.rounds(st.In[0])
		return g.engine.Attention(v, attentionShape(op, shape[0]), out, g.numbers(st.In[0])), nil
	case plan.AttentionGrad:
		g.rounds(st.In[:2]...)
		return g.engine.AttentionGrad(v, attentionShape(op, shape[0]), out, g.numbers(st.In[0]),
			g.numbers(st.In[1])), nil
	case plan.Assign:
		return g.bindAssign(out, in), nil
	case plan.AdamW:
		k := op.Writes()
		j := v.AdamW(p, op.Adam, in[0], in[1], in[2], in[3:k], in[k], in[k+1], in[k+2])
		s := g.packedOf(st.In[0])
		return jobFunc(func() {
			if j.Do(); s != nil {
				s.pack(g.engine)
			}
			clear(out)
		}), nil
	case plan.Clip:
		return kernels.Clip(p, op.Max, out, in[0], in[1], in[2], in[3]), nil
	}
	return nil, fmt.Errorf("no kernel for this operator")
}

// normShape is the normalisation that op is of x [n, …, c].
func normShape(op plan.Op, x []int) kernels.NormShape {
	n, c := x[0], x[len(x)-1]
	return kernels.NormShape{N: n, S: plan.Size(x) / (n * c), C: c, Groups: op.Groups, Eps: op.Imm}
}

// attentionShape is the attention that op is of qkv [n, t, 3c].
func attentionShape(op plan.Op, qkv []int) kernels.AttentionShape {
	return kernels.AttentionShape{N: qkv[0], T: qkv[1], C: qkv[2] / 3, Heads: op.Groups}
}

// copyUnit is the most elements that an item of a copy has.
const copyUnit = 1 << 15

// bindAssign copies the operand in[1] to the state in[0] and to the result.
func (g *Program) bindAssign(out []float32, in [][]float32) job {
	x, y := in[0], in[1]
	return kernels.NewJob(g.engine.Pool(), (len(x)+copyUnit-1)/copyUnit, func(_, item int) {
		a, b := item*copyUnit, min(len(x), (item+1)*copyUnit)
		copy(x[a:b], y[a:b])
		copy(out[a:b], y[a:b])
	})
}

// bindGather copies rows of x [n, …], as index says, each an item. An index beyond the
// rows counts as the nearest row, and NaN as 0.
func (g *Program) bindGather(out, x, index []float32, n int) job {
	w := len(x) / n
	return kernels.NewJob(g.engine.Pool(), len(index), func(_, r int) {
		from := 0
		if i := index[r]; i > 0 { // false for NaN
			from = int(min(i, float32(n-1)))
		}
		copy(out[r*w:(r+1)*w], x[from*w:])
	})
}

// bindMatMul makes the job of a product, or of a batch of products of rank 3.
func (g *Program) bindMatMul(st *plan.Step, out []float32, in [][]float32, shape [][]int) job {
	x, y := shape[0], shape[1]
	r := len(x)
	a, b := g.numbers(st.In[0]), g.numbers(st.In[1])
	m := &kernels.Gemm{A: a.F, B: b.F, A16: a.H, B16: b.H, C: out, M: x[r-2], K: x[r-1], N: y[r-1]}
	m.RowA, m.ColA, m.RowB, m.ColB = x[r-1], 1, y[r-1], 1
	if st.Op.TransA {
		m.M, m.K = m.K, m.M
		m.RowA, m.ColA = m.ColA, m.RowA
	}
	if st.Op.TransB {
		m.N = y[r-2]
		m.RowB, m.ColB = m.ColB, m.RowB
	}
	m.RowC = m.N
	if r == 3 {
		m.Batch, m.BatchA, m.BatchB, m.BatchC = x[0], x[1]*x[2], y[1]*y[2], m.M*m.N
	}
	if st.Bias {
		m.Bias = in[2]
	}
	e := g.engine
	if r == 2 && !st.Op.TransA {
		m.Packed = g.readPacked(st.In[1], func() *kernels.Packing { return e.PackingOf(m) })
	}
	if g.rounds(st.In[0]); m.Packed == nil {
		g.rounds(st.In[1])
	}
	e.Reserve(e.GemmWorkspace(m))
	return jobFunc(func() { e.Gemm(m) })
}

// bindConv makes the job of a convolution in one of its three directions.
func (g *Program) bindConv(st *plan.Step, out []float32, in [][]float32, shape [][]int) (job, error) {
	x, e := shape[0], g.engine
	s := kernels.Conv{N: x[0], H: x[1], W: x[2]}
	switch st.Op.Kind {
	case plan.Conv:
		s.Size, s.C, s.K = shape[1][0], shape[1][2], shape[1][3]
	case plan.ConvData:
		s.Size, s.C, s.K = shape[1][0], shape[1][2], shape[1][3]
	case plan.ConvFilter:
		s.Size, s.C, s.K = st.Op.Width, x[3], shape[1][3]
	}
	if s.Size > 7 {
		return nil, fmt.Errorf("the filter's side is %d, want at most 7", s.Size)
	}
	e.Reserve(e.ConvWorkspace(s))
	a, b := g.numbers(st.In[0]), g.numbers(st.In[1])
	filter := kernels.Filter{F: in[1]}
	if flipped := st.Op.Kind == plan.ConvData; flipped || st.Op.Kind == plan.Conv {
		filter.Packed = g.readPacked(st.In[1], func() *kernels.Packing {
			return e.PackingOfFilter(s, filter.F, flipped)
		})
	}
	if g.rounds(st.In[0]); filter.Packed == nil {
		g.rounds(st.In[1])
	}
	switch st.Op.Kind {
	case plan.Conv:
		var bias []float32
		if st.Bias {
			bias = in[2]
		}
		return jobFunc(func() { e.ConvForward(s, out, a, filter, bias, false) }), nil
	case plan.ConvData:
		return jobFunc(func() { e.ConvData(s, out, a, filter, false) }), nil
	}
	return jobFunc(func() { e.ConvFilter(s, out, a, b, false) }), nil
}
