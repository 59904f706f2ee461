package reference

import (
	"math"

	"github.com/stillfield/stillfield/plan"
)

var definitions = map[plan.Kind]func(op plan.Op, out Tensor, in []Tensor){
	plan.Reshape: func(_ plan.Op, out Tensor, in []Tensor) { copy(out.Data, in[0].Data) },
	plan.Expand:  expand, plan.Sum: sum, plan.Narrow: narrow, plan.Swap: swap, plan.Concat: concat,
	plan.Dot: dot, plan.Gather: gather,
	plan.MatMul: matMul, plan.Conv: conv, plan.ConvData: convData, plan.ConvFilter: convFilter,
	plan.Norm: norm, plan.NormGrad: normGrad, plan.Softmax: softmax,
	plan.Attention: attention, plan.AttentionGrad: attentionGrad,
	plan.AllSum: allSum, plan.Assign: assign, plan.AdamW: adamW, plan.Clip: clip,
}

// y[o, m, i] = x[o, i]
func expand(op plan.Op, out Tensor, in []Tensor) {
	mid := len(out.Data) / (op.Outer * op.Inner)
	for j := range out.Data {
		o, i := j/(mid*op.Inner), j%op.Inner
		out.Data[j] = in[0].Data[o*op.Inner+i]
	}
}

// y[o, i] = Σₘ x[o, m, i]
func sum(op plan.Op, out Tensor, in []Tensor) {
	mid := len(in[0].Data) / (op.Outer * op.Inner)
	for j, x := range in[0].Data {
		o, i := j/(mid*op.Inner), j%op.Inner
		out.Data[o*op.Inner+i] += x
	}
}

func narrow(op plan.Op, out Tensor, in []Tensor) {
	total := len(in[0].Data) / op.Rows
	for r := range op.Rows {
		copy(out.Data[r*op.Width:(r+1)*op.Width], in[0].Data[r*total+op.Off:])
	}
}

// y[a, c, b, d] = x[a, b, c, d]
func swap(op plan.Op, out Tensor, in []Tensor) {
	_, nb, nc, nd := op.Dims[0], op.Dims[1], op.Dims[2], op.Dims[3]
	for j, x := range in[0].Data {
		d, c, b, a := j%nd, j/nd%nc, j/nd/nc%nb, j/nd/nc/nb
		out.Data[((a*nc+c)*nb+b)*nd+d] = x
	}
}

func concat(op plan.Op, out Tensor, in []Tensor) {
	total, off := len(out.Data)/op.Rows, 0
	for _, t := range in {
		w := len(t.Data) / op.Rows
		for r := range op.Rows {
			copy(out.Data[r*total+off:][:w], t.Data[r*w:])
		}
		off += w
	}
}

func dot(op plan.Op, out Tensor, in []Tensor) {
	w := len(in[0].Data) / op.Rows
	for j, x := range in[0].Data {
		out.Data[j/w] += x * in[1].Data[j]
	}
}

// y[r] = x[i[r]]
func gather(_ plan.Op, out Tensor, in []Tensor) {
	n := in[0].Shape[0]
	w := len(in[0].Data) / n
	for r, i := range in[1].Data {
		from := 0
		if i > 0 { // not NaN
			from = int(math.Min(i, float64(n-1)))
		}
		copy(out.Data[r*w:(r+1)*w], in[0].Data[from*w:])
	}
}

func assign(_ plan.Op, out Tensor, in []Tensor) {
	copy(in[0].Data, in[1].Data)
	copy(out.Data, in[1].Data)
}

// adamW is the text of plan.HyperLR.
func adamW(op plan.Op, _ Tensor, in []Tensor) {
	k := op.Writes()
	w, m, v, g := in[0].Data, in[1].Data, in[2].Data, in[k].Data
	scale, h, c := in[k+1].Data[0], in[k+2].Data, op.Adam
	if math.IsNaN(scale) {
		return
	}
	lr := h[plan.HyperLR]
	for i := range w {
		G := scale * g[i]
		m[i] = c.Beta1*m[i] + (1-c.Beta1)*G
		v[i] = c.Beta2*v[i] + (1-c.Beta2)*G*G
		decay := 0.0
		if i < c.DecayLen {
			decay = c.Decay
		}
		w[i] = w[i] - lr*decay*w[i] - lr*h[plan.HyperC1]*m[i]/(math.Sqrt(h[plan.HyperC2]*v[i])+c.Eps)
		for j, avg := range in[3:k] {
			avg.Data[i] += h[plan.HyperEMA+j] * (w[i] - avg.Data[i])
		}
	}
}

// clip is the text of plan.ClipFailed.
func clip(op plan.Op, out Tensor, in []Tensor) {
	record, loss, gg, k := in[0].Data, in[1].Data[0], in[2].Data[0], int(in[3].Data[0])
	if record[plan.ClipFailed] == 0 {
		record[plan.ClipLoss(k)], record[plan.ClipNorm(k)] = loss, math.Sqrt(gg)
	}
	if bad := loss-loss != 0 || gg-gg != 0; bad || record[plan.ClipFailed] != 0 {
		record[plan.ClipFailed]++
		out.Data[0] = math.NaN()
		return
	}
	out.Data[0] = 1
	if n := math.Sqrt(gg); op.Max > 0 && n > op.Max {
		out.Data[0] = op.Max / n
	}
}
