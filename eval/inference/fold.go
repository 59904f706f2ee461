package inference

import (
	"math"
	"slices"

	"github.com/stillfield/stillfield/format/onnx"
)

// folded is g with each BatchNormalization in the convolution whose output it alone reads:
//
//	scale·(Σ f·x + b) + shift = Σ (scale·f)·x + (scale·b + shift).
//
// What does not go together is left as it is, for the operators to refuse.
func folded(g onnx.Graph) onnx.Graph {
	weights, maker, reads := map[string]onnx.Tensor{}, map[string]int{}, map[string]int{}
	for _, t := range g.Weights {
		weights[t.Name] = t
	}
	for i, n := range g.Nodes {
		for _, name := range n.In {
			reads[name]++
		}
		for _, name := range n.Out {
			maker[name] = i
		}
	}
	for _, p := range g.Outputs {
		reads[p.Name]++
	}
	nodes := slices.Clone(g.Nodes)
	g.Weights = slices.Clone(g.Weights)
	for i, n := range g.Nodes {
		if n.Op != "BatchNormalization" || len(n.In) != 5 || len(n.Out) != 1 || reads[n.In[0]] != 1 {
			continue
		}
		at, ok := maker[n.In[0]]
		if !ok || g.Nodes[at].Op != "Conv" {
			continue
		}
		filter, bias, ok := foldInto(g.Nodes[at], n, weights)
		if !ok {
			continue
		}
		filter.Name, bias.Name = n.Out[0]+"\x00filter", n.Out[0]+"\x00bias" // no name of a graph
		g.Weights = append(g.Weights, filter, bias)
		nodes[i] = g.Nodes[at]
		nodes[i].In, nodes[i].Out = []string{g.Nodes[at].In[0], filter.Name, bias.Name}, n.Out
		nodes[at].Op = ""
	}
	g.Nodes = slices.DeleteFunc(nodes, func(n onnx.Node) bool { return n.Op == "" })
	return g
}

// foldInto are the filter and bias of a convolution with the normalisation after it.
func foldInto(conv, norm onnx.Node, weights map[string]onnx.Tensor) (filter, bias onnx.Tensor, ok bool) {
	if len(conv.In) < 2 || len(weights[conv.In[1]].Shape) != 4 {
		return filter, bias, false
	}
	filter = weights[conv.In[1]]
	o := filter.Shape[0]
	n := node{Node: norm}
	if n.int("training_mode", 0) != 0 || o < 1 {
		return filter, bias, false
	}
	scale, shift, ok := normalisation(o, n.float("epsilon", 1e-5), weights[norm.In[1]].Floats,
		weights[norm.In[2]].Floats, weights[norm.In[3]].Floats, weights[norm.In[4]].Floats)
	if !ok {
		return filter, bias, false
	}
	bias = onnx.Tensor{Shape: []int{o}, Floats: shift}
	if len(conv.In) > 2 && conv.In[2] != "" {
		b := weights[conv.In[2]].Floats
		if len(b) != o {
			return filter, bias, false
		}
		for i := range shift {
			shift[i] += scale[i] * b[i]
		}
	}
	filter.Floats = slices.Clone(filter.Floats)
	k := len(filter.Floats) / o
	for i := range filter.Floats {
		filter.Floats[i] *= scale[i/k]
	}
	return filter, bias, true
}

// normalisation is the scale γ/√(variance + ε) and the shift β − mean·scale of each channel;
// ok is false where there are not as many.
func normalisation(channels int, eps float32, gamma, beta, mean, variance []float32) (
	scale, shift []float32, ok bool) {
	for _, v := range [][]float32{gamma, beta, mean, variance} {
		if len(v) != channels {
			return nil, nil, false
		}
	}
	for c := range channels {
		s := float64(gamma[c]) / math.Sqrt(float64(variance[c])+float64(eps))
		scale = append(scale, float32(s))
		shift = append(shift, float32(float64(beta[c])-float64(mean[c])*s))
	}
	return scale, shift, true
}
