package model

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// UNet is the U-Net of DDPM++ (Song et al., arXiv 2011.13456) and ADM (Dhariwal and
// Nichol, arXiv 2105.05233) without its time embedding, on images u [n, h, w, c].
// Levels run at the image's side, half of it, a quarter, …; each has Blocks residual
// blocks on the way down and Blocks+1 on the way up, where each is also given what
// one block of the way down made. Attention over the pixels stands after the blocks
// at the sides named. A block is
//
//	x + conv(silu(norm(conv(silu(norm(x))))))
//
// with 3×3 convolutions, the second from zero, and a 1×1 product on x where the
// channels change. Down is the mean of 2×2 pixels and a convolution, up is each
// pixel 2×2 times and a convolution. inspect prints the FLOPs of a configuration.
type UNet struct {
	Channels, Blocks, Heads int
	Levels, Attention       []int
}

func newUNet(s Spec, point []int) (Network, []error) {
	var f faults
	f.want(s.Channels >= 1 && s.Channels <= 1<<14, "channels", s.Channels, "between 1 and 16384")
	f.want(s.Blocks >= 1 && s.Blocks <= 64, "blocks", s.Blocks, "between 1 and 64 residual blocks a level")
	f.want(s.Heads >= 1, "heads", s.Heads, "at least 1")
	f.want(len(s.Levels) >= 1 && len(s.Levels) <= 16, "levels", s.Levels,
		"between 1 and 16 multiples of channels, like [1, 2, 2]")
	f.unused("unet", map[string]bool{"width": s.Width != 0, "depth": s.Depth != 0})
	if len(point) != 3 {
		f.want(false, "kind", "unet", "mlp: points of shape %v are not images", point)
		return nil, f
	}
	sides := []int{point[0]}
	for i, m := range s.Levels {
		f.want(m >= 1 && m <= 64, fmt.Sprintf("levels[%d]", i), m, "between 1 and 64")
		f.want(s.Heads < 1 || m < 1 || s.Channels*m%s.Heads == 0, "heads", s.Heads,
			"a divisor of %d channels", s.Channels*m)
		if i > 0 {
			h, w := point[0]>>(i-1), point[1]>>(i-1)
			f.want(h%2 == 0 && w%2 == 0, "levels", s.Levels, "at most %d: %d×%d cannot be halved", i, h, w)
			sides = append(sides, point[0]>>i)
		}
	}
	for _, a := range s.Attention {
		f.want(slices.Contains(sides, a), "attention", a, "one of the sides %v", sides)
	}
	return UNet{s.Channels, s.Blocks, s.Heads, s.Levels, s.Attention}, f
}

func (m UNet) String() string {
	return fmt.Sprintf("unet %d·%v, %d blocks, attention at %v", m.Channels, m.Levels, m.Blocks, m.Attention)
}

// Build is f(u), blind to time and label.
func (m UNet) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	n := net{b, p, ""}
	h := n.conv("in", in.U, m.Channels*m.Levels[0], FanIn)
	skips := []graph.Node{h}
	for l, mult := range m.Levels {
		for k := range m.Blocks {
			h = m.block(n.at(fmt.Sprintf("down%d.%d", l, k)), h, m.Channels*mult)
			skips = append(skips, h)
		}
		if l < len(m.Levels)-1 {
			h = n.at(fmt.Sprintf("down%d", l)).down(h)
			skips = append(skips, h)
		}
	}
	mid := n.at("mid")
	h = mid.residual("block0", h, channels(h))
	h = mid.attend("attention", h, m.Heads)
	h = mid.residual("block1", h, channels(h))
	for l := len(m.Levels) - 1; l >= 0; l-- {
		for k := range m.Blocks + 1 {
			last := skips[len(skips)-1]
			skips = skips[:len(skips)-1]
			up := n.at(fmt.Sprintf("up%d.%d", l, k))
			h = m.block(up, up.beside(h, last), m.Channels*m.Levels[l])
		}
		if l > 0 {
			h = n.at(fmt.Sprintf("up%d", l)).up(h)
		}
	}
	h = n.Unary(plan.SiLU, n.norm("norm", h, groups(channels(h))))
	return n.conv("out", h, channels(in.U), zero)
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
	s := x.Shape()
	b, h, w, c := s[0], s[1], s[2], s[3]
	y := n.SumAxis(n.Reshape(x, b, h/2, 2, w, c), 2)  // pairs of rows
	y = n.SumAxis(n.Reshape(y, b, h/2, w/2, 2, c), 3) // pairs of columns
	return n.conv("down", n.Scale(.25, y), c, FanIn)
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
