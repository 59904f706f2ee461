package model

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// UNet is the U-Net of DDPM++ (Song et al., arXiv 2011.13456) and ADM (Dhariwal and
// Nichol, arXiv 2105.05233), blind unless it is told more, on images u [n, h, w, c].
// Levels run at the image's side, half of it, a quarter, …; each has Blocks residual
// blocks on the way down and Blocks+1 on the way up, where each is also given what
// one block of the way down made. Attention over the pixels stands after the blocks
// at the sides named. A block is
//
//	x + conv(silu(norm(conv(silu(norm(x))))))
//
// with 3×3 convolutions, the second from zero, and a 1×1 product on x where the
// channels change. Down is the mean of 2×2 pixels and a convolution, up is each
// pixel 2×2 times and a convolution. What it is told modulates every norm, as in ADM,
// by way of 4·Channels features. inspect prints the FLOPs of a configuration.
type UNet struct {
	Channels, Blocks, Heads int
	Levels, Attention       []int
	Condition
}

var _ = Kinds.Add(choice.Entry[Make]{
	Name: "unet", Example: "unet:channels=32,levels=[1,2,2],blocks=1,attention=[7],heads=2",
	About: "U-Net of residual blocks with attention, on images",
	Paper: "Song et al., Score-Based Generative Modeling through SDEs (DDPM++), arXiv 2011.13456",
	Params: []choice.Param{
		{Name: "channels", Default: 32, About: "channels at the first level: cost grows with the square",
			In: choice.Between(1, 1<<14, "channels")},
		{Name: "levels", Default: []int{1, 2, 2},
			In:    allOf(1, 16, 1, 64, "multiples of channels, like [1, 2, 2]"),
			About: "channels of each level, as multiples; each level halves the side"},
		{Name: "blocks", Default: 1, About: "residual blocks of a level",
			In: choice.Between(1, 64, "residual blocks a level")},
		{Name: "attention", Default: []int(nil), In: allOf(0, 16, 1, 1<<16, "sides of images, like [7, 14]"),
			About: "sides, in pixels, at which there is attention: cost grows with the fourth power"},
		{Name: "heads", Default: 1, About: "heads of attention",
			In: choice.Between(1, 1<<14, "heads")}},
	Make: newUNet,
})

// allOf is the range of lists of least to most numbers, each between lo and hi.
func allOf(least, most, lo, hi int, of string) choice.Range {
	want := fmt.Sprintf("between %d and %d %s, each between %d and %d", least, most, of, lo, hi)
	return choice.Where(want, func(v []int) bool {
		return least <= len(v) && len(v) <= most && !slices.ContainsFunc(v,
			func(n int) bool { return n < lo || n > hi })
	})
}

func newUNet(v choice.Values, point []int) (Network, choice.Faults) {
	m := UNet{v.Int("channels"), v.Int("blocks"), v.Int("heads"), v.Ints("levels"), v.Ints("attention"),
		condition(v)}
	var faults choice.Faults
	for _, times := range m.Levels {
		c := m.Channels * times
		faults.Want(c%m.Heads == 0, "heads", m.Heads, fmt.Sprintf("a divisor of %d channels", c))
	}
	switch len(point) {
	case 0:
		return m, faults
	case 3:
	default:
		faults.Add(Kinds.Key, "unet", fmt.Sprintf("mlp: points of shape %v are not images", point))
		return nil, faults
	}
	sides := []int{point[0]}
	for i := range m.Levels[1:] {
		h, w := point[0]>>i, point[1]>>i
		halves := h%2 == 0 && w%2 == 0
		faults.Want(halves, "levels", m.Levels, fmt.Sprintf("at most %d: %d×%d cannot be halved", i+1, h, w))
		sides = append(sides, h/2)
	}
	for _, side := range m.Attention {
		faults.Want(slices.Contains(sides, side), "attention", m.Attention, "sides of "+choice.Format(sides))
	}
	return m, faults
}

func (m UNet) String() string {
	attention := "no attention"
	if len(m.Attention) > 0 {
		attention = fmt.Sprintf("attention at %v", m.Attention)
	}
	return fmt.Sprintf("unet %d·%v, blocks a level: %d, %s%v",
		m.Channels, m.Levels, m.Blocks, attention, m.Condition)
}

// Build is f(u).
func (m UNet) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	n := begin(b, p).tell(m.Condition, in, 4*m.Channels)
	h := n.conv("in", in.U, m.Channels*m.Levels[0], FanIn)
	skips := []graph.Node{h}
	for l, mult := range m.Levels {
		for k := range m.Blocks {
			x := h
			h = n.Block(func() graph.Node {
				return m.block(n.at(fmt.Sprintf("down%d.%d", l, k)), x, m.Channels*mult)
			})
			skips = append(skips, h)
		}
		if l < len(m.Levels)-1 {
			h = n.at(fmt.Sprintf("down%d", l)).down(h)
			skips = append(skips, h)
		}
	}
	mid, x := n.at("mid"), h
	h = n.Block(func() graph.Node {
		y := mid.attend("attention", mid.residual("block0", x, channels(x)), m.Heads)
		return mid.residual("block1", y, channels(x))
	})
	for l := len(m.Levels) - 1; l >= 0; l-- {
		for k := range m.Blocks + 1 {
			last := skips[len(skips)-1]
			skips = skips[:len(skips)-1]
			up, x := n.at(fmt.Sprintf("up%d.%d", l, k)), h
			h = n.Block(func() graph.Node {
				return m.block(up, up.beside(x, last), m.Channels*m.Levels[l])
			})
		}
		if l > 0 {
			h = n.at(fmt.Sprintf("up%d", l)).up(h)
		}
	}
	h = n.Unary(plan.SiLU, n.norm("norm", h, groups(channels(h))))
	return n.conv("out", h, channels(in.U), n.last)
}

// channels of x; 0 once the build has failed.
func channels(x graph.Node) int {
	if x == nil {
		return 0
	}
	return x.Shape()[len(x.Shape())-1]
}

// groups is how many groups c channels are normalised in: at most 32, of at least 4
// channels, as the networks of EDM (arXiv 2206.00364) have it.
func groups(c int) int {
	for g := min(32, max(c/4, 1)); ; g-- {
		if c%g == 0 {
			return g
		}
	}
}

// block is a residual block to o channels, followed by attention where images of this
// side have it.
func (m UNet) block(n net, x graph.Node, o int) graph.Node {
	x = n.residual("block", x, o)
	if x != nil && slices.Contains(m.Attention, x.Shape()[1]) {
		x = n.attend("attention", x, m.Heads)
	}
	return x
}

// residual is a residual block to o channels.
func (n net) residual(name string, x graph.Node, o int) graph.Node {
	n = n.at(name)
	if n.Err() != nil {
		return nil
	}
	y := n.Unary(plan.SiLU, n.norm("norm0", x, groups(channels(x))))
	y = n.conv("conv0", y, o, FanIn)
	y = n.Unary(plan.SiLU, n.norm("norm1", y, groups(o)))
	y = n.conv("conv1", y, o, zero)
	if channels(x) != o {
		x = n.linear("skip", x, o, FanIn)
	}
	return n.Add(x, y)
}

// attend is x + W·attention(qkv(norm(x))) with the pixels as tokens, W from zero.
func (n net) attend(name string, x graph.Node, heads int) graph.Node {
	n = n.at(name)
	if n.Err() != nil {
		return nil
	}
	s := x.Shape()
	t, c := s[1]*s[2], s[3]
	qkv := n.linear("qkv", n.norm("norm", x, groups(c)), 3*c, FanIn)
	y := n.Attention(n.Reshape(qkv, s[0], t, 3*c), heads)
	return n.Add(x, n.linear("out", n.Reshape(y, s...), c, zero))
}

// beside has the channels of x and then those of y, images of one size.
func (n net) beside(x, y graph.Node) graph.Node {
	if n.Err() != nil {
		return nil
	}
	s := x.Shape()
	return n.Concat(s[0]*s[1]*s[2], []int{s[0], s[1], s[2], s[3] + channels(y)}, x, y)
}

// down halves the sides: the mean of 2×2 pixels, and a convolution.
func (n net) down(x graph.Node) graph.Node {
	if n.Err() != nil {
		return nil
	}
	return n.conv("down", n.Halve(x), channels(x), FanIn)
}

// up doubles the sides: each pixel 2×2 times, and a convolution.
func (n net) up(x graph.Node) graph.Node {
	if n.Err() != nil {
		return nil
	}
	s := x.Shape()
	b, h, w, c := s[0], s[1], s[2], s[3]
	y := n.RepeatAxis(x, 3, 2)                         // [b, h, w, 2, c]
	y = n.RepeatAxis(n.Reshape(y, b, h, 2*w, c), 2, 2) // [b, h, 2, 2w, c]
	return n.conv("up", n.Reshape(y, b, 2*h, 2*w, c), c, FanIn)
}
