package main

import (
	"fmt"
	"math"

	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// builder puts layers into a Gorgonia graph and keeps what is learnt. Images are [n, c, h, w],
// rows [n, c].
type builder struct {
	graph  *g.ExprGraph
	learnt g.Nodes
	count  int // of the weights
}

// must is a node without an error: a network of this command is built or it is a bug of it.
func must(n *g.Node, err error) *g.Node {
	if err != nil {
		panic(err)
	}
	return n
}

// weights is a node that is learnt, drawn with that deviation.
func (b *builder) weights(deviation float64, shape ...int) *g.Node {
	name := fmt.Sprintf("w%d", len(b.learnt))
	n := g.NewTensor(b.graph, tensor.Float32, len(shape), g.WithShape(shape...), g.WithName(name),
		g.WithInit(g.Gaussian(0, deviation)))
	b.learnt = append(b.learnt, n)
	b.count += tensor.Shape(shape).TotalSize()
	return n
}

// fanIn is the deviation of weights that add up n inputs.
func fanIn(n int) float64 { return 1 / math.Sqrt(float64(n)) }

// linear is x·W + b for rows x.
func (b *builder) linear(x *g.Node, o int) *g.Node {
	c := x.Shape()[1]
	name := fmt.Sprintf("w%d", len(b.learnt))
	w := g.NewMatrix(b.graph, tensor.Float32, g.WithShape(c, o), g.WithName(name),
		g.WithInit(g.Gaussian(0, fanIn(c))))
	b.learnt = append(b.learnt, w)
	b.count += c * o
	return must(g.BroadcastAdd(must(g.Mul(x, w)), b.weights(0, 1, o), nil, []byte{0}))
}

// conv is a k×k convolution of images with a bias.
func (b *builder) conv(x *g.Node, o, k int) *g.Node {
	c := x.Shape()[1]
	w := b.weights(fanIn(c*k*k), o, c, k, k)
	pad := []int{k / 2, k / 2}
	y := must(g.Conv2d(x, w, tensor.Shape{k, k}, pad, []int{1, 1}, []int{1, 1}))
	return must(g.BroadcastAdd(y, b.weights(0, 1, o, 1, 1), nil, []byte{0, 2, 3}))
}

// groupNorm normalises images in groups of channels.
func (b *builder) groupNorm(x *g.Node, groups int) *g.Node {
	c := x.Shape()[1]
	return must(g.GroupNorm(x, b.weights(1, 1, c, 1, 1), b.weights(0, 1, c, 1, 1), groups, c, 1e-5))
}

// layerNorm normalises rows; learnt says whether it has a scale and a shift.
func (b *builder) layerNorm(x *g.Node, learnt bool) *g.Node {
	n, c := x.Shape()[0], x.Shape()[1]
	wide := tensor.Shape{n, 1}
	mean := must(g.Reshape(must(g.Mean(x, 1)), wide))
	x = must(g.BroadcastSub(x, mean, nil, []byte{1}))
	square := must(g.Reshape(must(g.Mean(must(g.Square(x)), 1)), wide))
	deviation := must(g.Sqrt(must(g.Add(square, b.number(1e-5)))))
	x = must(g.BroadcastHadamardDiv(x, deviation, nil, []byte{1}))
	if !learnt {
		return x
	}
	x = must(g.BroadcastHadamardProd(x, b.weights(1, 1, c), nil, []byte{0}))
	return must(g.BroadcastAdd(x, b.weights(0, 1, c), nil, []byte{0}))
}

func (b *builder) number(v float32) *g.Node { return g.NewConstant(v) }

// silu is x·σ(x).
func (b *builder) silu(x *g.Node) *g.Node { return must(g.HadamardProd(x, must(g.Sigmoid(x)))) }

// gelu is x·Φ(x) by its form with tanh.
func (b *builder) gelu(x *g.Node) *g.Node {
	inner := must(g.Add(x, must(g.Mul(must(g.Cube(x)), b.number(.044715)))))
	t := must(g.Tanh(must(g.Mul(inner, b.number(float32(math.Sqrt(2/math.Pi)))))))
	return must(g.HadamardProd(must(g.Mul(x, b.number(.5))), must(g.Add(t, b.number(1)))))
}

// attention is softmax(q·kᵀ/√d)·v of rows [n·t, c] of n sequences, followed by a product.
func (b *builder) attention(x *g.Node, n, heads int) *g.Node {
	rows, c := x.Shape()[0], x.Shape()[1]
	t, d := rows/n, c/heads
	split := func(y *g.Node) *g.Node {
		if heads == 1 {
			return must(g.Reshape(y, tensor.Shape{n, t, c}))
		}
		y = must(g.Transpose(must(g.Reshape(y, tensor.Shape{n, t, heads, d})), 0, 2, 1, 3))
		return must(g.Reshape(y, tensor.Shape{n * heads, t, d}))
	}
	q, k, v := split(b.linear(x, c)), split(b.linear(x, c)), split(b.linear(x, c))
	scores := must(g.BatchedMatMul(q, k, false, true))
	scores = must(g.Mul(scores, b.number(float32(fanIn(d)))))
	y := must(g.BatchedMatMul(must(g.SoftMax(scores, 2)), v))
	if heads > 1 {
		y = must(g.Reshape(y, tensor.Shape{n, heads, t, d}))
		y = must(g.Transpose(y, 0, 2, 1, 3))
	}
	return b.linear(must(g.Reshape(y, tensor.Shape{rows, c})), c)
}
