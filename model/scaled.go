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
//	u/σd · asinh(r)/r,    r = √(‖u‖²/(D·σd²) + 10⁻⁴)
//
// that is u/σd near the data, and far from them a point whose norm is the logarithm of u's:
// in many dimensions ‖u‖²/D is about σ² + σd², so that the logarithm of the level, which
// EDM's networks are told, is what the norm keeps. c_in at the level that the norm tells,
// u/√(‖u‖²/D), would lose it. The 10⁻⁴ keeps asinh from the values that float32 has no
// digits for; it takes 2·10⁻⁵ off the scale at most.
type Scaled struct {
	Network
	SigmaData float64 // σd
}

// scalings is the parameter of a Scaled, which every network takes.
var scalings = []choice.Param{{Name: "sigma_data", Default: 0.,
	Usual: "σd of the target or the weight, or 0.5, on a schedule without an end (edm); 0 on others",
	About: "σd by which the network's input is scaled, 0 for none: it sees u/√(a²σd² + b²) with a clock, " +
		"and blind, as it cannot know the level, u/σd with the asinh of its norm for its norm",
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

// squash is asinh(r)/(σd·r) of each point, asinh(r) = ln(r + √(1 + r²)).
func (s Scaled) squash(b *graph.Builder, u graph.Node) graph.Node {
	rows, dim := u.Shape()[0], plan.Size(u.Shape()[1:])
	square := b.Scale(1/(float64(dim)*s.SigmaData*s.SigmaData), b.Dot(u, u, rows, rows))
	r := b.Unary(plan.Sqrt, b.Shift(1e-4, square))
	asinh := b.Unary(plan.Log, b.Add(r, b.Unary(plan.Sqrt, b.Shift(1, b.Mul(r, r)))))
	return b.Scale(1/s.SigmaData, b.Div(asinh, r))
}

func (s Scaled) String() string {
	how := "asinh of the norm of u/%g"
	if s.Told().Clock {
		how = "u/√(%g²a² + b²)"
	}
	return fmt.Sprintf("%v, sees "+how, s.Network, s.SigmaData)
}
