package plan

// FLOPs counts the multiplications and additions of a step, and one for every
// other pointwise operation. Work that a kernel repeats to save memory (a
// normalisation's statistics, attention's scores in the backward pass) counts
// as often as the definition needs it.
func (p *Plan) FLOPs(s int) float64 {
	st := &p.Steps[s]
	if st.Chain != nil {
		n := 0
		for _, in := range st.Chain.Code {
			if in.Kind.Pointwise() && in.Kind != Fill {
				n++
			}
		}
		return float64(n) * float64(st.Chain.Len)
	}
	in := func(k int) []int { return p.Values[st.In[k]].Shape }
	size := func(k int) float64 { return float64(p.Values[st.In[k]].Size) }
	out := float64(p.Values[st.Out].Size)
	bias := 0.0
	if st.Bias {
		bias = out
	}
	switch st.Op.Kind {
	case MatMul:
		k := in(0)[len(in(0))-1]
		if st.Op.TransA {
			k = in(0)[len(in(0))-2]
		}
		return 2*out*float64(k) + bias
	case Conv:
		return 2*out*size(1)/float64(in(1)[3]) + bias
	case ConvData:
		return 2 * out * size(1) / float64(in(1)[2])
	case ConvFilter:
		return 2 * out * size(0) / float64(in(0)[3])
	case Sum:
		return size(0)
	case Dot:
		return 2 * size(0)
	case Gather:
		return 0
	case Norm:
		return 8 * size(0)
	case NormGrad:
		return 16 * size(0)
	case Softmax:
		return 5 * out
	case Attention:
		return attentionFLOPs(in(0), 2)
	case AttentionGrad:
		return attentionFLOPs(in(0), 5)
	case AdamW:
		return (18 + 3*float64(st.Op.Adam.More)) * size(0)
	}
	return out
}

// attentionFLOPs counts products of a t×t matrix with a t×c one.
func attentionFLOPs(qkv []int, products int) float64 {
	n, t, c := float64(qkv[0]), float64(qkv[1]), float64(qkv[2]/3)
	return 2 * float64(products) * n * t * t * c
}

// copied reports whether a device may keep a copy of st's right operand in the
// precision it is multiplied in: it is a part of a state. Which copies are worth
// their memory is the device's affair; this is the least.
func (p *Plan) copied(st *Step) bool {
	switch st.Op.Kind {
	case MatMul, Conv, ConvData:
		b, _ := p.Root(st.In[1])
		return p.Precision == BFloat16 && p.Values[b].Class == StateClass
	}
	return false
}

// TotalBytes is the sum over the steps.
func (p *Plan) TotalBytes() float64 {
	var t float64
	for s := range p.Steps {
		t += p.Bytes(s)
	}
	return t
}

// TotalFLOPs is the sum over the steps.
func (p *Plan) TotalFLOPs() float64 {
	var t float64
	for s := range p.Steps {
		t += p.FLOPs(s)
	}
	return t
}
