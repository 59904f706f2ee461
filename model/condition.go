package model

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Condition says what a network is told beside the point. The zero Condition is that
// of a blind network, which is told nothing. A network that embeds one and is told
// more is otherwise the same: its weights are the blind network's and those that take
// up what it is told.
type Condition struct {
	Clock bool // the noise variable of the process, Inputs.T
}

// Told is the condition itself, for [Network].
func (c Condition) Told() Condition { return c }

// String is what is told, behind a comma; "" where that is nothing.
func (c Condition) String() string {
	if c.Clock {
		return ", told the time"
	}
	return ""
}

// conditions are the parameters of a Condition, which every network takes.
var conditions = []choice.Param{
	{Name: "clock", Default: false,
		About: "whether the network is told the noise level: true makes the conditional twin of a blind one"},
}

// condition is what v says of it.
func condition(v choice.Values) Condition { return Condition{Clock: v.Bool("clock")} }

// The features of a time: so many frequencies, from 1 down to nearly 1/10000.
const (
	frequencies = 128
	lowest      = 1e-4
)

// tell returns n with what c has the network told of each point taken up in a vector
// of so many features, which n's norms are modulated by:
//
//	e = W₂ silu(W₁ [sin ωτ | cos ωτ] + b₁) + b₂,   ωᵢ = 10000^(−i/128),   told = silu(e)
//
// with τ = in.T. (The embedding of DDPM, Ho et al., arXiv 2006.11239, appendix B.)
func (n net) tell(c Condition, in Inputs, features int) net {
	if c == (Condition{}) || n.Err() != nil {
		return n
	}
	n.told = n.Unary(plan.SiLU, n.at("clock").clock(in.T, features))
	return n
}

// clock is the embedding of times t [n].
func (n net) clock(t graph.Node, features int) graph.Node {
	if t == nil {
		n.Fail(fmt.Errorf("model: a network that is told the time is given none"))
		return nil
	}
	h := n.Unary(plan.SiLU, n.linear("expand", n.wave(t), features, FanIn))
	return n.linear("contract", h, features, FanIn)
}

// wave is sin ωτ and cos ωτ of each frequency, [n, 256] of t [n].
func (n net) wave(t graph.Node) graph.Node {
	if n.Err() != nil {
		return nil
	}
	rows := t.Shape()[0]
	omega := n.Powers(math.Pow(lowest, 1./frequencies), t, frequencies)
	angle := n.Mul(n.SpreadColumn(t, rows, frequencies), n.SpreadRow(omega, rows, frequencies))
	return n.Concat(rows, []int{rows, 2 * frequencies}, n.Unary(plan.Sin, angle), n.Unary(plan.Cos, angle))
}

// modulate is y·(1 + scale) + shift for y [n, …, c], with a scale and a shift for each
// point and channel that are linear in what the network is told, from zero (FiLM,
// Perez et al., arXiv 1709.07871). It is y itself in a blind network.
func (n net) modulate(y graph.Node) graph.Node {
	if n.told == nil || n.Err() != nil {
		return y
	}
	shape := y.Shape()
	rows, c := shape[0], channels(y)
	both := n.linear("told", n.told, 2*c, zero)
	part := func(k int) graph.Node {
		x := n.Narrow(both, rows, k*c, c, rows, c)
		if len(shape) == 2 {
			return x
		}
		return n.Expand(x, rows, c, shape...)
	}
	return n.Add(n.Add(y, n.Mul(y, part(0))), part(1))
}
