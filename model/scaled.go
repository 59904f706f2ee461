package model

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Scaled is a network that sees its point scaled to values of about 1, where the schedule
// does not keep them so: on EDM's, u = x + σε has values from σd = 0.5 to 80. A network that
// is told the time sees c_in·u with the c_in of EDM (Karras et al., arXiv 2206.00364, table 1),
//
//	c_in(t) = 1/√(a²σd² + b²)                  Inputs.Scale
//
// A blind one cannot: the σ that a sampler is at is what it does not know. (The blind uEDM of
// Sun et al., arXiv 2502.13129, is handed c_in(σ)·u by a sampler that knows σ, so that its
// field in u has a clock after all.) It sees
//
//	u/√(σd² + ‖u‖²/D)
//
// which is c_in at the level that the point's own norm tells, for ‖u‖²/D is about σ² + σd² in
// many dimensions; the σd² that stands there once more keeps the norm from being lost: it is
// squashed, to below √D, and the field remains a function of u.
//
// It is for images. On the digits it takes 2.4 % off the loss of edm where the network is blind
// and 4.1 % where it is told the time, and 0.9 % and 0.3 % off that of uedm:
//
//	stillfield train digits-eqm --field edm --model 'unet:channels=16,levels=[1,2]' --steps 300 \
//	  --set batch=64 --set optimizer.lr=2e-3 --set optimizer.warmup=3 --set log.every=1
//
// beside the same with --set model.sigma_data=0, seeds 0 to 2, the mean of the last 150 steps.
// Two rings in R⁸, whose D is too small for the norm to tell the level, lose 2 % to a blind MLP.
type Scaled struct {
	Network
	SigmaData float64 // σd
}

// scalings is the parameter of a Scaled, which every network takes.
var scalings = []choice.Param{{Name: "sigma_data", Default: 0.,
	Usual: "σd of the target or the weight, or 0.5, on a schedule without an end (edm); 0 on others",
	About: "σd by which the network's input is scaled, 0 for none: it sees u/√(a²σd² + b²) with a clock, " +
		"and blind, as it cannot know the level, u/√(σd² + ‖u‖²/D)",
	In: choice.Where("a number from 1e-6 to 1e6, or 0 for none", func(v float64) bool {
		return v == 0 || 1e-6 <= v && v <= 1e6
	})}}

// Build is f at the scaled point.
func (s Scaled) Build(b *graph.Builder, p *Params, in Inputs) graph.Node {
	if b.Err() != nil {
		return nil
	}
	scale := in.Scale
	if !s.Told().Clock {
		scale = s.squash(b, in.U)
	}
	if scale == nil {
		b.Fail(fmt.Errorf("model: Scaled: a network that is told the time is given no scale"))
		return nil
	}
	in.U = b.Mul(in.U, b.SpreadColumn(scale, in.U.Shape()...))
	return s.Network.Build(b, p, in)
}

// squash is 1/√(σd² + ‖u‖²/D) of each point.
func (s Scaled) squash(b *graph.Builder, u graph.Node) graph.Node {
	rows, dim := u.Shape()[0], plan.Size(u.Shape()[1:])
	square := b.Scale(1/float64(dim), b.Dot(u, u, rows, rows))
	return b.Unary(plan.Recip, b.Unary(plan.Sqrt, b.Shift(s.SigmaData*s.SigmaData, square)))
}

func (s Scaled) String() string {
	how := "u/√(%g² + ‖u‖²/D)"
	if s.Told().Clock {
		how = "u/√(%g²a² + b²)"
	}
	return fmt.Sprintf("%v, sees "+how, s.Network, s.SigmaData)
}
