package model

import (
	"fmt"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Classifier is a residual network (He et al., arXiv 1603.05027) on images u [n, h, w, c],
// of the blocks of the U-Net's way down:
//
//	h = conv(u),   for each level: h = block(h), and down(h) but for the last
//	features = the mean over the pixels of silu(norm(h)),   logits = features·W + b
//
// Level l has Channels·Levels[l] channels, and the last as many features as channels. It is
// no field: it tells classes apart, and its features are what sets of images are compared in.
type Classifier struct {
	Channels int
	Levels   []int
	Classes  int
}

func (m Classifier) String() string {
	return fmt.Sprintf("classifier %d·%v of %d classes", m.Channels, m.Levels, m.Classes)
}

// Features is how many there are.
func (m Classifier) Features() int { return m.Channels * m.Levels[len(m.Levels)-1] }

// Declare lays out the weights for images of the given shape [h, w, c].
func (m Classifier) Declare(point []int) (*Params, error) {
	if len(point) != 3 {
		return nil, fmt.Errorf("model: %v: got points of shape %v, want images", m, point)
	}
	for l := range m.Levels[1:] {
		if h, w := point[0]>>l, point[1]>>l; h%2 != 0 || w%2 != 0 {
			return nil, fmt.Errorf("model: %v: got images of %d×%d, want at most %d levels: %d×%d cannot be "+
				"halved", m, point[0], point[1], l+1, h, w)
		}
	}
	return Lay(point, func(b *graph.Builder, p *Params, u graph.Node) { m.Build(b, p, u) })
}

// Build is the features [n, Features] and the logits [n, Classes] of images u.
func (m Classifier) Build(b *graph.Builder, p *Params, u graph.Node) (features, logits graph.Node) {
	n := begin(b, p)
	h := n.conv("in", u, m.Channels*m.Levels[0], FanIn)
	for l, times := range m.Levels {
		level := n.at(fmt.Sprintf("level%d", l))
		h = level.residual("block", h, m.Channels*times)
		if l < len(m.Levels)-1 {
			h = level.down(h)
		}
	}
	h = n.Unary(plan.SiLU, n.norm("norm", h, groups(channels(h))))
	features = n.MeanOfPixels(h)
	return features, n.linear("out", features, m.Classes, FanIn)
}
