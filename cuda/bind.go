package cuda

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// usage is what a step needs: scratch bytes of the workspace, and the constants from
// byte first to byte end.
type usage struct{ scratch, first, end uint64 }

// bind makes the launches of the plan, and what each step uses of the workspace and of
// the constants. Copies of weights do not change how much that is.
func (g *Program) bind(ctx context.Context, copies []*weightCopy, workspace, constants driver.Ptr) (
	*kernels.List, []usage, error) {
	p := g.plan
	l := &kernels.List{Precision: p.Precision, RowsIndependent: p.RowsIndependent, Workspace: workspace,
		Constants: constants, MostBlocks: g.dev.mostBlocks, Hopper: g.dev.MultipliesStored()}
	if !g.dev.emulated { // an emulator has one, and counts as a large device would
		l.Multiprocessors = g.dev.prop.Multiprocessors
	}
	for _, r := range copies {
		l.Copies = append(l.Copies, r.BF16Copy)
	}
	uses, most := make([]usage, len(p.Steps)), uint64(0)
	for i := range p.Steps {
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		st := &p.Steps[i]
		l.Step, l.Scratch = i, 0
		uses[i].first = uint64(len(l.Data))
		if err := bindStep(l, p, i, g.at); err != nil {
			return nil, nil, fmt.Errorf("step %d %v (%s): %w", i, st.Op, st.Name, err)
		}
		if l.Err != nil {
			return nil, nil, fmt.Errorf("step %d %v (%s): %w", i, st.Op, st.Name, l.Err)
		}
		uses[i].scratch, uses[i].end = l.Scratch, uint64(len(l.Data))
		most = max(most, l.Scratch)
	}
	l.Scratch = most
	return l, uses, nil
}

// bindStep adds the launches of step s. An epilogue has none: the step before
// does its work.
func bindStep(l *kernels.List, p *plan.Plan, s int, addr func(v int) driver.Ptr) error {
	st := &p.Steps[s]
	if st.Chain != nil {
		if st.Epilogue == plan.NoEpilogue {
			l.Chain(st.Chain, addr, func(v int) bool { return half(p, v) })
		}
		return nil
	}
	op := st.Op
	in := make([]driver.Ptr, len(st.In))
	for k, v := range st.In {
		in[k] = addr(v)
	}
	shape := func(k int) []int { return p.Values[st.In[k]].Shape }
	size := func(k int) int { return p.Values[st.In[k]].Size }
	out, to, end := destination(p, s, addr)
	l.Half = halves(p, st.In, to)
	switch op.Kind {
	case plan.MatMul:
		l.Gemm(out, in[0], in[1], end, matrix(op, shape(0), shape(1)))
	case plan.Conv:
		l.Conv(out, in[0], in[1], end, convolution(shape(0), shape(1)))
	case plan.ConvData:
		l.ConvData(out, in[0], in[1], end, convolution(shape(0), shape(1)))
	case plan.ConvFilter:
		x, g := shape(0), shape(1)
		l.ConvFilter(out, in[0], in[1], convolution(x, []int{op.Width, op.Width, x[3], g[3]}))
	case plan.Sum:
		l.Sum(out, in[0], op.Outer, size(0)/(op.Outer*op.Inner), op.Inner)
	case plan.Dot:
		l.Dot(out, in[0], in[1], op.Rows, size(0)/op.Rows)
	case plan.Gather:
		n := shape(0)[0]
		l.Gather(out, in[0], in[1], n, size(1), size(0)/n)
	case plan.Norm:
		l.Norm(out, in[0], in[1], in[2], normShape(op, shape(0)))
	case plan.NormGrad:
		l.NormGrad(out, rest(st, out, size(0), addr), in[0], in[1], in[2], normShape(op, shape(0)))
	case plan.Softmax:
		x := shape(0)
		l.Softmax(out, in[0], size(0)/x[len(x)-1], x[len(x)-1])
	case plan.Attention:
		l.Attention(out, in[0], attentionShape(op, shape(0)))
	case plan.AttentionGrad:
		l.AttentionGrad(out, in[0], in[1], attentionShape(op, shape(0)))
	case plan.Assign:
		l.Copy(in[0], in[1], size(0))
		l.Copy(out, in[1], size(0))
	case plan.AdamW:
		k := op.Writes()
		l.AdamW(in[0], in[1], in[2], in[3:k], in[k], in[k+1], in[k+2], size(0), op.Adam)
		l.Zero(out, 1)
	case plan.Clip:
		l.Clip(out, in[0], in[1], in[2], in[3], (size(0)-1)/2, op.Max)
	case plan.AllSum: // which is no launch: see segment
	default:
		return fmt.Errorf("no kernel for this operator")
	}
	return nil
}

// rest is where the second part of st's result goes: to its own value, or behind the n
// numbers of the first at out.
func rest(st *plan.Step, out driver.Ptr, n int, addr func(v int) driver.Ptr) driver.Ptr {
	if st.Split {
		return addr(st.Rest)
	}
	return out + driver.Ptr(4*n)
}

// half reports whether value v is bfloat16 in memory.
func half(p *plan.Plan, v int) bool { return p.Values[v].Storage == plan.InBFloat16 }

// halves says which of a step's first two operands, and of its result, value to, are
// bfloat16 in memory.
func halves(p *plan.Plan, in []int, to int) kernels.Half {
	return kernels.Half{A: half(p, in[0]), B: len(in) > 1 && half(p, in[1]), C: half(p, to)}
}

// destination is where the result of step s goes, which value that is, and what is done
// with it before it is stored: its bias is added, and then what the next step does, if
// that is its epilogue.
func destination(p *plan.Plan, s int, addr func(v int) driver.Ptr) (out driver.Ptr, to int,
	e kernels.Epilogue) {
	st := &p.Steps[s]
	out = addr(st.Out)
	if st.Bias {
		e.Bias = addr(st.In[2])
	}
	if !p.Ended(s) {
		return out, st.Out, e
	}
	if p.Stored(s) {
		e.Sum = out
	}
	if p.Steps[s+1].Epilogue == plan.AddTo {
		e.Addend = addr(p.Addend(s + 1))
	} else {
		e.SiLU = true
	}
	to = p.Steps[s+1].Chain.Outs[0].Value
	return addr(to), to, e
}

// matrix is the shape of a product of operands of shapes x and y.
func matrix(op plan.Op, x, y []int) kernels.Matrix {
	r := len(x)
	m := kernels.Matrix{Batch: 1, M: x[r-2], K: x[r-1], N: y[r-1], TransA: op.TransA, TransB: op.TransB}
	if r == 3 {
		m.Batch = x[0]
	}
	if op.TransA {
		m.M, m.K = m.K, m.M
	}
	if op.TransB {
		m.N = y[r-2]
	}
	return m
}

// convolution is the shape of a convolution of an image [n, h, w, c] with a filter
// [k, k, c, o].
func convolution(image, filter []int) kernels.Convolution {
	return kernels.Convolution{N: image[0], H: image[1], W: image[2], K: filter[0], C: filter[2],
		O: filter[3]}
}

// normShape is the shape of a norm of x [n, …, c].
func normShape(op plan.Op, x []int) kernels.NormShape {
	n, c := x[0], x[len(x)-1]
	return kernels.NormShape{N: n, S: plan.Size(x) / (n * c), C: c, Groups: op.Groups, Eps: op.Imm}
}

// attentionShape is the shape of attention on qkv [n, t, 3c].
func attentionShape(op plan.Op, qkv []int) kernels.AttentionShape {
	return kernels.AttentionShape{N: qkv[0], T: qkv[1], Heads: op.Groups, Dim: qkv[2] / 3 / op.Groups}
}
