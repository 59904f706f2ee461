package main

import (
	"slices"

	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// network is one of those that are timed, layer for layer those of package model.
type network struct {
	point []int // shape of one point, as the network takes it
	build func(b *builder, x *g.Node) *g.Node
}

var networks = map[string]network{
	"mlp": {[]int{128}, mlp},
	"unet": {[]int{1, 28, 28}, func(b *builder, x *g.Node) *g.Node {
		return unet{32, 1, []int{1, 2, 2}, []int{7}}.build(b, x)
	}},
	"unet10m": {[]int{3, 32, 32}, func(b *builder, x *g.Node) *g.Node {
		return unet{64, 2, []int{1, 2, 3}, []int{16}}.build(b, x)
	}},
	"dit": {[]int{256, 16}, dit}, // the tokens of 32×32×4 in patches of 2×2
}

// mlp is a residual MLP 512×4 of points.
func mlp(b *builder, x *g.Node) *g.Node {
	dim := x.Shape()[1]
	h := b.linear(x, 512)
	for range 4 {
		y := b.silu(b.linear(b.layerNorm(h, true), 512))
		h = must(g.Add(h, b.linear(y, 512)))
	}
	return b.linear(b.layerNorm(h, true), dim)
}

// unet is model.UNet.
type unet struct {
	channels, blocks  int
	levels, attention []int
}

func groups(c int) int {
	n := min(32, max(c/4, 1))
	for c%n != 0 {
		n--
	}
	return n
}

func (m unet) residual(b *builder, x *g.Node, o int) *g.Node {
	c := x.Shape()[1]
	y := b.conv(b.silu(b.groupNorm(x, groups(c))), o, 3)
	y = b.conv(b.silu(b.groupNorm(y, groups(o))), o, 3)
	if c != o {
		x = b.conv(x, o, 1)
	}
	return must(g.Add(x, y))
}

// attend is attention between the pixels of an image.
func (m unet) attend(b *builder, x *g.Node) *g.Node {
	s := x.Shape().Clone()
	n, c, t := s[0], s[1], s[2]*s[3]
	y := must(g.Reshape(b.groupNorm(x, groups(c)), tensor.Shape{n, c, t}))
	y = must(g.Reshape(must(g.Transpose(y, 0, 2, 1)), tensor.Shape{n * t, c}))
	y = must(g.Reshape(b.attention(y, n, 1), tensor.Shape{n, t, c}))
	return must(g.Add(x, must(g.Reshape(must(g.Transpose(y, 0, 2, 1)), s))))
}

func (m unet) block(b *builder, x *g.Node, o int) *g.Node {
	x = m.residual(b, x, o)
	if slices.Contains(m.attention, x.Shape()[2]) {
		x = m.attend(b, x)
	}
	return x
}

func (m unet) build(b *builder, x *g.Node) *g.Node {
	colours := x.Shape()[1]
	h := b.conv(x, m.channels*m.levels[0], 3)
	skips := g.Nodes{h}
	for l, times := range m.levels {
		for range m.blocks {
			h = m.block(b, h, m.channels*times)
			skips = append(skips, h)
		}
		if l < len(m.levels)-1 {
			h = must(g.AveragePool2D(h, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
			h = b.conv(h, m.channels*times, 3)
			skips = append(skips, h)
		}
	}
	c := h.Shape()[1]
	h = m.residual(b, m.attend(b, m.residual(b, h, c)), c)
	for l := len(m.levels) - 1; l >= 0; l-- {
		for range m.blocks + 1 {
			last := skips[len(skips)-1]
			skips = skips[:len(skips)-1]
			h = m.block(b, must(g.Concat(1, h, last)), m.channels*m.levels[l])
		}
		if l > 0 {
			h = b.conv(must(g.Upsample2D(h, 2)), m.channels*m.levels[l], 3)
		}
	}
	return b.conv(b.silu(b.groupNorm(h, groups(h.Shape()[1]))), colours, 3)
}

// dit is the transformer S told of a class, which is the one of every point: the row of the
// table is what is learnt of it.
func dit(b *builder, x *g.Node) *g.Node {
	const c, depth, heads = 384, 12, 6
	s := x.Shape().Clone()
	n, t := s[0], s[1]
	told := b.silu(b.weights(fanIn(c), n, c))
	wide := tensor.Shape{n, t, c}
	h := must(g.Reshape(b.linear(must(g.Reshape(x, tensor.Shape{n * t, s[2]})), c), wide))
	h = must(g.BroadcastAdd(h, b.weights(1, 1, t, c), nil, []byte{0}))
	// adaptive is k vectors for each point.
	adaptive := func(k int) (v g.Nodes) {
		for range k {
			v = append(v, must(g.Reshape(b.linear(told, c), tensor.Shape{n, 1, c})))
		}
		return v
	}
	scaled := func(scale, shift *g.Node) *g.Node {
		y := must(g.Reshape(b.layerNorm(must(g.Reshape(h, tensor.Shape{n * t, c})), false), wide))
		y = must(g.Add(y, must(g.BroadcastHadamardProd(y, scale, nil, []byte{1}))))
		return must(g.Reshape(must(g.BroadcastAdd(y, shift, nil, []byte{1})), tensor.Shape{n * t, c}))
	}
	gated := func(y, gate *g.Node) *g.Node {
		y = must(g.Reshape(y, wide))
		return must(g.Add(h, must(g.BroadcastHadamardProd(y, gate, nil, []byte{1}))))
	}
	for range depth {
		a := adaptive(6)
		h = gated(b.attention(scaled(a[1], a[0]), n, heads), a[2])
		h = gated(b.linear(b.gelu(b.linear(scaled(a[4], a[3]), 4*c)), c), a[5])
	}
	a := adaptive(2)
	return must(g.Reshape(b.linear(scaled(a[1], a[0]), s[2]), s))
}
