package model

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// DiT is the diffusion transformer (Peebles and Xie, arXiv 2212.09748; SiT, Ma et al., arXiv
// 2401.08740, and Equilibrium Matching, arXiv 2510.02300, use it as it is) on images
// u [n, h, w, c]. Patch×Patch pixels are a token of Width features, to which the sines and
// cosines of its place are added. Depth blocks follow,
//
//	h ← h + α₁·attention(γ₁·norm(h) + β₁)
//	h ← h + α₂·mlp(γ₂·norm(h) + β₂)          mlp = W₂ gelu(W₁ · + b₁) + b₂, 4·Width wide
//
// and at the end γ·norm(h) + β goes to the pixels of each token, from zero. α, β and γ − 1
// are linear in what the network is told, from zero (adaLN-Zero); in a network that is
// told nothing they are learnt as they are.
//
// With t = hw/Patch² tokens, it takes about 2·t·Width·Depth·(12·Width + 2·t) FLOP a point.
//
// With a Bottleneck a patch goes to so few features first, and from them to the token, both
// linear: large patches of pixels, whose data lie near far fewer dimensions than they have
// values, as in "Back to Basics: Let Denoising Generative Models Denoise" (Li and He, arXiv
// 2511.13720), where the network predicts the datum.
type DiT struct {
	Width, Depth, Heads, Patch int
	Bottleneck                 int  // features between a patch and its token, 0 for none
	QKNorm                     bool // queries and keys are normalised in each head
	SiTClock                   bool // a clock of 1000 t is told as 1 − t, as SiT's is
	Condition
}

// ditSizes are the sizes there are names for: width, depth and heads.
var ditSizes = map[string][3]int{
	"S": {384, 12, 6}, "B": {768, 12, 12}, "L": {1024, 24, 16}, "XL": {1152, 28, 16},
}

var _ = Kinds.Add(choice.Entry[Make]{
	Name: "dit", Aliases: []string{"sit"}, Example: "dit:size=B,patch=4",
	About: "transformer on patches of images, the network of DiT, SiT and Equilibrium Matching",
	Paper: "Peebles and Xie, Scalable Diffusion Models with Transformers, arXiv 2212.09748",
	Params: []choice.Param{
		{Name: "size", Default: "S", In: choice.Words("S", "B", "L", "XL"),
			About: "S, B, L or XL: 384, 768, 1024 or 1152 wide, with 12, 12, 24 or 28 blocks"},
		{Name: "patch", Default: 2, In: choice.Between(1, 1<<10, "pixels"),
			About: "side of the pixels that are one token: cost grows with their number and its square"},
		{Name: "width", Default: 0, In: choice.Between(0, 1<<14, "features of a token"),
			About: "features of a token, 0 for those of the size"},
		{Name: "depth", Default: 0, In: choice.Between(0, 1<<10, "blocks"),
			About: "blocks, 0 for those of the size"},
		{Name: "heads", Default: 0, In: choice.Between(0, 1<<10, "heads"),
			About: "heads of attention, 0 for those of the size"},
		{Name: "bottleneck", Default: 0, In: choice.Between(0, 1<<14, "features"),
			About: "features between a patch and its token, for large patches of pixels; 0 for none"},
		{Name: "qk_norm", Default: false,
			About: "normalise queries and keys, which keeps attention from saturating in long runs"},
		{Name: "sit_clock", Default: false,
			About: "with a clock, tell the network 1 − t and not 1000 t: what the weights of SiT are for"},
	},
	Make: newDiT,
})

func newDiT(v choice.Values, point []int) (Network, choice.Faults) {
	m := DiT{v.Int("width"), v.Int("depth"), v.Int("heads"), v.Int("patch"), v.Int("bottleneck"),
		v.Bool("qk_norm"), v.Bool("sit_clock"), condition(v)}
	for i, x := range []*int{&m.Width, &m.Depth, &m.Heads} {
		if *x == 0 {
			*x = ditSizes[v.Text("size")][i]
		}
	}
	var faults choice.Faults
	faults.Want(m.Clock || !m.SiTClock, "sit_clock", true, "false without a clock: no time is told")
	faults.Want(m.Width%4 == 0, "width", m.Width,
		"a multiple of 4: a place is told by sines and cosines of two numbers")
	faults.Want(m.Width%m.Heads == 0, "heads", m.Heads, fmt.Sprintf("a divisor of %d features", m.Width))
	switch len(point) {
	case 0:
	case 3:
		whole := point[0]%m.Patch == 0 && point[1]%m.Patch == 0
		faults.Want(whole, "patch", m.Patch, fmt.Sprintf("a divisor of the sides, %d×%d", point[0], point[1]))
	default:
		faults.Add(Kinds.Key, "dit", fmt.Sprintf("mlp: points of shape %v are not images", point))
	}
	return m, faults
}

func (m DiT) String() string {
	text := fmt.Sprintf("dit %d×%d, %d heads, patches of %d", m.Width, m.Depth, m.Heads, m.Patch)
	if m.Bottleneck > 0 {
		text += fmt.Sprintf(" through %d features", m.Bottleneck)
	}
	if m.QKNorm {
		text += ", queries and keys normalised"
	}
	text += m.Condition.String()
	if m.SiTClock {
		text += ", that of SiT"
	}
	return text
}

// Build is f(u).
func (m DiT) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	if m.SiTClock {
		in.T = b.Shift(1, b.Scale(-1./1000, in.T))
	}
	n := begin(b, p).tell(m.Condition, in, m.Width)
	if n.Err() != nil {
		return nil
	}
	s := in.U.Shape()
	rows, high, wide, c := s[0], s[1]/m.Patch, s[2]/m.Patch, s[3]
	patches := n.patches(in.U, m.Patch)
	if m.Bottleneck > 0 {
		patches = n.at("squeeze").product(patches, m.Bottleneck)
	}
	h := n.linear("in", patches, m.Width, FanIn)
	places := n.places(in.U, high, wide, m.Width)
	h = n.Add(h, n.Expand(places, 1, high*wide*m.Width, rows, high*wide, m.Width))
	for i := range m.Depth {
		x := h
		h = n.Block(func() graph.Node { return m.block(n.at(fmt.Sprintf("block%d", i)), x) })
	}
	ada := n.adaptive(h, 2)
	f := n.linear("out", n.scaled(n.plainNorm(h), ada[1], ada[0]), m.Patch*m.Patch*c, n.last)
	return n.pixels(f, m.Patch, s...)
}

// block is one block of the transformer.
func (m DiT) block(n net, h graph.Node) graph.Node {
	ada := n.adaptive(h, 6)
	y := n.heads(n.scaled(n.plainNorm(h), ada[1], ada[0]), m.Heads, m.QKNorm)
	h = n.Add(h, n.Mul(ada[2], y))
	y = n.scaled(n.plainNorm(h), ada[4], ada[3])
	y = n.linear("contract", n.gelu(n.linear("expand", y, 4*m.Width, FanIn)), m.Width, FanIn)
	return n.Add(h, n.Mul(ada[5], y))
}

// adaptive is k vectors for each point, spread over the tokens of h [n, t, c]: linear in
// what the network is told, from zero, or learnt where it is told nothing.
func (n net) adaptive(h graph.Node, k int) []graph.Node {
	xs := make([]graph.Node, k)
	if n.Err() != nil {
		return xs
	}
	shape, c := h.Shape(), channels(h)
	rows := shape[0]
	var all graph.Node
	if n.told != nil {
		all = n.linear("adaptive", n.told, k*c, zero)
	} else {
		all = n.SpreadRow(n.at("adaptive").get("bias", Zero, k*c), rows, k*c)
	}
	for i := range xs {
		xs[i] = n.Expand(n.Narrow(all, rows, i*c, c, rows, c), rows, c, shape...)
	}
	return xs
}

// scaled is x·(1 + scale) + shift.
func (n net) scaled(x, scale, shift graph.Node) graph.Node {
	return n.Add(n.Add(x, n.Mul(x, scale)), shift)
}

// plainNorm normalises each token of x [n, t, c], with nothing learnt; ε is that of DiT.
func (n net) plainNorm(x graph.Node) graph.Node {
	if n.Err() != nil {
		return nil
	}
	shape, c := x.Shape(), channels(x)
	op := plan.Op{Kind: plan.Norm, Groups: 1, Imm: 1e-6}
	y := n.Apply(op, n.Reshape(x, shape[0]*shape[1], c), n.Fill(1, x, c), n.Fill(0, x, c))
	return n.Reshape(y, shape...)
}

// heads is attention between the tokens of x [n, t, c] and a product of what it gives.
func (n net) heads(x graph.Node, heads int, normed bool) graph.Node {
	n = n.at("attention")
	if n.Err() != nil {
		return nil
	}
	shape, c := x.Shape(), channels(x)
	tokens, wide := shape[0]*shape[1], []int{shape[0], shape[1], 3 * c}
	qkv := n.linear("qkv", x, 3*c, FanIn)
	if normed {
		part := func(k, rows, width int) graph.Node { return n.Narrow(qkv, tokens, k*c, c, rows, width) }
		q := n.at("query").learntNorm(part(0, tokens*heads, c/heads), 1)
		k := n.at("key").learntNorm(part(1, tokens*heads, c/heads), 1)
		qkv = n.Concat(tokens, wide, q, k, part(2, tokens, c))
	}
	return n.linear("out", n.Attention(qkv, heads), c, FanIn)
}

// gelu is x·Φ(x) with Φ(x) ≈ ½(1 + tanh √(2/π)(x + 0.044715 x³)) = σ(2√(2/π)(…)), the form
// that DiT uses (Hendrycks and Gimpel, arXiv 1606.08415).
func (n net) gelu(x graph.Node) graph.Node {
	inner := n.Add(x, n.Scale(0.044715, n.Mul(x, n.Mul(x, x))))
	return n.Mul(x, n.Unary(plan.Sigmoid, n.Scale(2*math.Sqrt(2/math.Pi), inner)))
}

// patches cuts images u [n, h, w, c] into tokens [n, hw/p², p²c], row by row; a token has
// its pixels row by row.
func (n net) patches(u graph.Node, p int) graph.Node {
	s := u.Shape()
	high, wide := s[1]/p, s[2]/p
	return n.Swap(u, [4]int{s[0] * high, p, wide, p * s[3]}, s[0], high*wide, p*p*s[3])
}

// pixels puts the images of that shape together again from their tokens.
func (n net) pixels(x graph.Node, p int, shape ...int) graph.Node {
	high, wide := shape[1]/p, shape[2]/p
	return n.Swap(x, [4]int{shape[0] * high, wide, p, p * shape[3]}, shape...)
}

// places is what tells the tokens of a high×wide grid apart, [high·wide, c]: the first half
// of the features has sin ωj and cos ωj of the column j, the second those of the row, with
// ωᵢ = 10000^(−4i/c) for i < c/4.
func (n net) places(anchor graph.Node, high, wide, c int) graph.Node {
	omega := n.Powers(math.Pow(lowest, 4/float64(c)), anchor, c/4)
	waves := func(count int) graph.Node {
		angle := n.Mul(n.SpreadColumn(n.Count(anchor, count), count, c/4), n.SpreadRow(omega, count, c/4))
		return n.Concat(count, []int{count, c / 2}, n.Unary(plan.Sin, angle), n.Unary(plan.Cos, angle))
	}
	columns := n.Expand(waves(wide), 1, wide*c/2, high, wide, c/2)
	rows := n.Expand(waves(high), high, c/2, high, wide, c/2)
	return n.Concat(high*wide, []int{high * wide, c}, columns, rows)
}
