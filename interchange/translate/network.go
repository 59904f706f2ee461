package translate

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/format/onnx"
)

// fail notes that an operator cannot be written, and why.
func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// transposed is x with its axes in another order.
func (w *writer) transposed(x string, perm ...int64) string {
	return w.node("Transpose", []string{x}, list("perm", perm...))
}

func matMul(w *writer, p pair, xs []value) value {
	operand := func(i int, turned bool) string {
		x := w.full(xs[i]).name
		switch {
		case turned && len(xs[i].dims) == 2:
			return w.transposed(x, 1, 0)
		case turned:
			return w.transposed(x, 0, 2, 1)
		}
		return x
	}
	return value{name: w.product(operand(0, p.a.Op.TransA), operand(1, p.a.Op.TransB))}
}

func (w *writer) product(x, y string) string { return w.node("MatMul", []string{x, y}) }

// Images have their channels last here, and first in ONNX; filters [k, k, c, o] are
// [o, c, k, k] there.
func conv(w *writer, _ pair, xs []value) value { return w.convolved("Conv", xs) }

// The adjoint of the convolution in its image is what ONNX calls transposed.
func convData(w *writer, _ pair, xs []value) value { return w.convolved("ConvTranspose", xs) }

func (w *writer) convolved(op string, xs []value) value {
	k := int64(xs[1].dims[0].c)
	x := w.transposed(w.full(xs[0]).name, 0, 3, 1, 2)
	filter := w.transposed(w.full(xs[1]).name, 3, 2, 0, 1)
	y := w.node(op, []string{x, filter}, list("kernel_shape", k, k), list("pads", k/2, k/2, k/2, k/2))
	return value{name: w.transposed(y, 0, 2, 3, 1)}
}

// groups is the shape of x [n, …, c] with the channels in groups, [n, s, groups, c/groups].
func groups(s []dim, g int) []dim {
	c := s[len(s)-1].c
	between, _ := product(s[1 : len(s)-1]) // which are numbers
	return []dim{s[0], between, fixed(g), fixed(c / g)}
}

// mean is that over a group, with the axes kept.
func (w *writer) mean(x string) string { return w.node("ReduceMean", []string{x}, list("axes", 1, 3)) }

// normalised is (x − mean)/√(variance + ε) of each group of x [n, s, groups, c/groups], and
// 1/√(variance + ε).
func (w *writer) normalised(x string, eps float64) (xhat, rstd string) {
	centred := w.node("Sub", []string{x, w.mean(x)})
	variance := w.mean(w.node("Mul", []string{centred, centred}))
	deviation := w.node("Sqrt", []string{w.node("Add", []string{variance, w.number(eps, 4)})})
	rstd = w.node("Reciprocal", []string{deviation})
	return w.node("Mul", []string{centred, rstd}), rstd
}

func norm(w *writer, p pair, xs []value) value {
	gamma, beta := w.full(xs[1]).name, w.full(xs[2]).name
	if len(p.a.Shape) == 2 && p.a.Op.Groups == 1 {
		eps := float32(p.a.Op.Imm)
		return value{name: w.node("LayerNormalization", []string{w.full(xs[0]).name, gamma, beta},
			integer("axis", 1), onnx.Attr{Name: "epsilon", Float: &eps})}
	}
	xhat, _ := w.normalised(w.under(xs[0], groups(p.dims(), p.a.Op.Groups)...), p.a.Op.Imm)
	y := w.node("Mul", []string{w.reshaped(xhat, p.dims()...), gamma})
	return value{name: w.node("Add", []string{y, beta})}
}

// normGrad is dx of the bundle dx | dγ | dβ, the only part that a gradient in the point takes:
//
//	dx = rstd·(h − mean(h) − x̂·mean(h·x̂)),   h = γ·g
func (w *writer) normGrad(p pair) (v value, err error) {
	bundle := p.in(0)
	x := bundle.in(0)
	if p.off() != fixed(0) || p.width() != x.size() {
		return v, fmt.Errorf("%v of %v: ONNX has no form of a gradient in weights", p.a.Op, bundle.a.Op)
	}
	var xs [3]value
	for i := range xs {
		if xs[i], err = w.value(bundle.a.In[i], bundle.b.In[i]); err != nil {
			return v, err
		}
	}
	w.scope = bundle.a.Name
	grouped := groups(x.dims(), bundle.a.Op.Groups)
	xhat, rstd := w.normalised(w.under(xs[0], grouped...), bundle.a.Op.Imm)
	h := w.reshaped(w.node("Mul", []string{w.full(xs[2]).name, w.full(xs[1]).name}), grouped...)
	along := w.node("Mul", []string{xhat, w.mean(w.node("Mul", []string{h, xhat}))})
	dx := w.node("Sub", []string{w.node("Sub", []string{h, w.mean(h)}), along})
	v = value{name: w.reshaped(w.node("Mul", []string{dx, rstd}), p.dims()...), dims: p.dims(),
		small: make([]bool, len(p.a.Shape))}
	return v, w.err
}

func softmax(w *writer, _ pair, xs []value) value {
	return value{name: w.node("Softmax", []string{w.full(xs[0]).name}, integer("axis", -1))}
}

// heads are q, k and v of qkv [n, t, 3c], each [n, heads, t, d], and the extents of qkv
// before its axes change places.
func (w *writer) heads(p pair, qkv value) (parts [3]string, apart []dim) {
	s, h := qkv.dims, p.a.Op.Groups
	c := s[2].c / 3
	apart = []dim{s[0], s[1], fixed(3), fixed(h), fixed(c / h)}
	all := w.transposed(w.under(qkv, apart...), 2, 0, 3, 1, 4)
	for i := range parts {
		parts[i] = w.node("Squeeze", []string{w.slice(all, 0, i, i+1), w.ints(0)})
	}
	return parts, apart
}

// scores is softmax(q·kᵀ/√d), and scale is 1/√d.
func (w *writer) scores(p pair, q, k string, d dim) (probability, scale string) {
	scale = w.number(1/math.Sqrt(float64(d.c)), 4)
	s := w.node("Mul", []string{w.product(q, w.transposed(k, 0, 1, 3, 2)), scale})
	return w.node("Softmax", []string{s}, integer("axis", -1)), scale
}

func attention(w *writer, p pair, xs []value) value {
	parts, apart := w.heads(p, xs[0])
	probability, _ := w.scores(p, parts[0], parts[1], apart[4])
	y := w.transposed(w.product(probability, parts[2]), 0, 2, 1, 3)
	return value{name: w.reshaped(y, p.dims()...)}
}

// With P the scores, of y = P·v and ds = P·(dp − Σ dp·P) for dp = g·vᵀ:
//
//	dq = ds·k/√d,   dk = dsᵀ·q/√d,   dv = Pᵀ·g
func attentionGrad(w *writer, p pair, xs []value) value {
	parts, apart := w.heads(p, xs[0])
	q, k, v := parts[0], parts[1], parts[2]
	probability, scale := w.scores(p, q, k, apart[4])
	g := w.transposed(w.under(xs[1], apart[0], apart[1], apart[3], apart[4]), 0, 2, 1, 3)
	dp := w.product(g, w.transposed(v, 0, 1, 3, 2))
	row := w.node("ReduceSum", []string{w.node("Mul", []string{dp, probability}), w.ints(3)})
	ds := w.node("Mul", []string{probability, w.node("Sub", []string{dp, row})})
	ds = w.node("Mul", []string{ds, scale})
	grads := []string{w.product(ds, k), w.product(w.transposed(ds, 0, 1, 3, 2), q),
		w.product(w.transposed(probability, 0, 1, 3, 2), g)}
	for i, x := range grads {
		grads[i] = w.node("Unsqueeze", []string{x, w.ints(0)})
	}
	all := w.node("Concat", grads, integer("axis", 0))
	return value{name: w.reshaped(w.transposed(all, 1, 3, 0, 2, 4), p.dims()...)}
}
