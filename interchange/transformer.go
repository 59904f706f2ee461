package interchange

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/model"
)

// Tensors of the released transformer that are not always one of the weights.
const (
	placesName = "pos_embed"
	className  = "y_embedder.embedding_table.weight"
	timeName   = "t_embedder.mlp.%d.%s"
	sines      = 256 // of a time, with the cosines: these are first in a file, and last here
)

// transformer is the layout of DiT, SiT and Equilibrium Matching, whose final layer may have
// a second half of the channels, which their code drops (learn_sigma).
func (n network) transformer(d model.DiT) []row {
	c, w, p := n.point[2], d.Width, d.Patch
	tokens := n.point[0] / p * (n.point[1] / p)
	rows := []row{
		conv("x_embedder.proj.weight", "in.weight", p, p, c, w), same("x_embedder.proj.bias", "in.bias", w),
		same(placesName, "", 1, tokens, w),
	}
	if k := d.Bottleneck; k > 0 { // as the pixel transformer's released code calls them
		rows = []row{
			conv("x_embedder.proj1.weight", "squeeze.weight", p, p, c, k),
			conv("x_embedder.proj2.weight", "in.weight", 1, 1, k, w),
			same("x_embedder.proj2.bias", "in.bias", w), same(placesName, "", 1, tokens, w),
		}
	}
	if d.Clock {
		first := row{name: timed(0, "weight"), param: "clock.expand.weight", dims: []int{2, sines / 2, w},
			axes: []int{2, 0, 1}, as: []int{w, sines}, turn: 1}
		rows = append(rows, first, same(timed(0, "bias"), "clock.expand.bias", w),
			linear(timed(2, "weight"), "clock.contract.weight", w, w),
			same(timed(2, "bias"), "clock.contract.bias", w))
	} else {
		rows = append(rows, same(timed(0, "weight"), "", w, sines), same(timed(0, "bias"), "", w),
			same(timed(2, "weight"), "", w, w), same(timed(2, "bias"), "", w))
	}
	table := ""
	if d.Classes > 0 {
		table = "label.table"
	}
	rows = append(rows, same(className, table, d.Classes+1, w))
	for i := range d.Depth {
		rows = append(rows, n.block(d, fmt.Sprintf("blocks.%d.", i), fmt.Sprintf("block%d.", i))...)
	}
	out := row{name: "final_layer.linear.weight", param: "out.weight", dims: []int{w, p * p, c},
		axes: []int{1, 2, 0}, as: []int{p * p * c, w}, minus: n.minus, twice: true}
	bias := row{name: "final_layer.linear.bias", param: "out.bias", dims: []int{p * p, c},
		axes: []int{0, 1}, as: []int{p * p * c}, minus: n.minus, twice: true}
	return append(append(rows, modulation(d, "final_layer.", "", 2)...), out, bias)
}

// timed is the name of a part of the embedding of the time.
func timed(layer int, what string) string { return fmt.Sprintf(timeName, layer, what) }

// block is the layout of one block, under its name in a file and here.
func (n network) block(d model.DiT, file, here string) []row {
	w := d.Width
	both := func(name, param string, in, out int) []row {
		return []row{linear(file+name+".weight", here+param+".weight", in, out),
			same(file+name+".bias", here+param+".bias", out)}
	}
	rows := both("attn.qkv", "attention.qkv", w, 3*w)
	if d.QKNorm {
		for _, of := range [][2]string{{"attn.q_norm", "attention.query"}, {"attn.k_norm", "attention.key"}} {
			rows = append(rows, same(file+of[0]+".weight", here+of[1]+".scale", w/d.Heads),
				same(file+of[0]+".bias", here+of[1]+".shift", w/d.Heads))
		}
	}
	rows = append(rows, both("attn.proj", "attention.out", w, w)...)
	rows = append(rows, both("mlp.fc1", "expand", w, 4*w)...)
	rows = append(rows, both("mlp.fc2", "contract", 4*w, w)...)
	return append(rows, modulation(d, file, here, 6)...)
}

// modulation is the layout of k scales, shifts and gates.
func modulation(d model.DiT, file, here string, k int) []row {
	weight := linear(file+"adaLN_modulation.1.weight", here+"adaptive.weight", d.Width, k*d.Width)
	bias := same(file+"adaLN_modulation.1.bias", here+"adaptive.bias", k*d.Width)
	if !d.Clock && d.Classes == 0 { // what the weight is applied to is a constant
		weight.param, weight.folds = "", bias.param
	}
	return []row{weight, bias}
}

// silent is what the released network adds to what ours is told: of a blind one the embedding
// of time 0, and without classes the row of no class.
func silent(d model.DiT, made map[string][]float32) []float64 {
	w := d.Width
	sum := make([]float64, w)
	if !d.Clock {
		weight, bias := made[timed(0, "weight")], made[timed(0, "bias")]
		hidden := make([]float64, w)
		for i := range hidden {
			hidden[i] = float64(bias[i])
			for _, x := range weight[i*sines:][:sines/2] { // of the cosines, which are 1; the sines are 0
				hidden[i] += float64(x)
			}
			hidden[i] = silu(hidden[i])
		}
		addProduct(sum, made[timed(2, "weight")], hidden)
		for i, x := range made[timed(2, "bias")] {
			sum[i] += float64(x)
		}
	}
	if d.Classes == 0 {
		for i, x := range made[className] {
			sum[i] += float64(x)
		}
	}
	return sum
}

// fold adds to the weights what the released network makes of the tensors that ours has not.
func (n network) fold(d model.DiT, weights []float32, made map[string][]float32) {
	constant := silent(d, made)
	switch {
	case d.Classes > 0: // with a clock too, the constant is 0
		for table := range slices.Chunk(n.weight(weights, "label.table"), d.Width) {
			add(table, constant)
		}
		return
	case d.Clock:
		add(n.weight(weights, "clock.contract.bias"), constant)
		return
	}
	for i, x := range constant {
		constant[i] = silu(x)
	}
	for _, r := range n.layout() {
		if r.folds != "" {
			bias := n.weight(weights, r.folds)
			sum := make([]float64, len(bias))
			addProduct(sum, made[r.name], constant)
			add(bias, sum)
		}
	}
}

// add adds y to x; where y is 0, not a bit of x changes.
func add(x []float32, y []float64) {
	for i, v := range y {
		if v != 0 {
			x[i] = float32(float64(x[i]) + v)
		}
	}
}

// addProduct adds W·x to y, for W [out, in].
func addProduct(y []float64, weight []float32, x []float64) {
	for i := range y {
		for j, v := range x {
			y[i] += float64(weight[i*len(x)+j]) * v
		}
	}
}

func silu(x float64) float64 { return x / (1 + math.Exp(-x)) }
