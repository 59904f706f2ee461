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
	Clock   bool    // the noise variable of the process, Inputs.T
	Classes int     // a class below this, or NoLabel, Inputs.Label; 0 for no class
	Dropout float64 // the share of labels that training withholds
}

// Told is the condition itself, for [Network].
func (c Condition) Told() Condition { return c }

// String is what is told, behind a comma; "" where that is nothing.
func (c Condition) String() string {
	switch {
	case c.Clock && c.Classes > 0:
		return fmt.Sprintf(", told the time and one of %d classes", c.Classes)
	case c.Clock:
		return ", told the time"
	case c.Classes > 0:
		return fmt.Sprintf(", told one of %d classes", c.Classes)
	}
	return ""
}

// conditions are the parameters of a Condition, which every network takes.
var conditions = []choice.Param{
	{Name: "clock", Default: false,
		About: "whether the network is told the noise level: true makes the conditional twin of a blind one"},
	{Name: "classes", Default: 0, In: choice.Between(0, 1<<20, "classes"),
		About: "classes of the labels that the network is told, 0 for none"},
	{Name: "label_dropout", Default: 0., In: choice.UnitBelowOne,
		About: "share of labels withheld in training, usually 0.1: guidance needs a field without a label"},
}

// condition is what v says of it.
func condition(v choice.Values) Condition {
	return Condition{v.Bool("clock"), v.Int("classes"), v.Float("label_dropout")}
}

// faults is what is wrong with c.
func (c Condition) faults() (faults choice.Faults) {
	faults.Want(c.Classes > 0 || c.Dropout == 0, "label_dropout", c.Dropout,
		"0 where classes is 0: there are no labels to withhold")
	return faults
}

// unheard is what c has a network told that net does not take.
func (c Condition) unheard(net Network) (faults choice.Faults) {
	told := net.Told()
	faults.Want(told.Clock == c.Clock, "clock", c.Clock, fmt.Sprintf("false: %v takes no time", net))
	faults.Want(told.Classes == c.Classes, "classes", c.Classes, fmt.Sprintf("0: %v takes no label", net))
	return faults
}

// A time is embedded by 128 sines and as many cosines, of frequencies from 1 down to
// nearly 1/10000.
const (
	frequencies = 128
	lowest      = 1e-4
)

// tell returns n with n.told set: the embedding [n, features] of the time, the class or
// both, as c says, by which the norms of n are modulated. In a blind network it is n.
//
//	e = W₂ silu(W₁ [sin ωτ | cos ωτ] + b₁) + b₂,   ωᵢ = 10000^(−i/128),   told = silu(e)
//
// with τ = in.T (the embedding of DDPM, Ho et al., arXiv 2006.11239, appendix B), and where
// there are classes e has the learnt row of in.Label added, or is that row.
func (n net) tell(c Condition, in Inputs, features int) net {
	if c == (Condition{}) || n.Err() != nil {
		return n
	}
	var e graph.Node
	if c.Clock {
		e = n.at("clock").clock(in.T, features)
	}
	if c.Classes > 0 {
		row := n.at("label").label(in.Label, c.Classes, features)
		if e == nil {
			e = row
		} else {
			e = n.Add(e, row)
		}
	}
	n.told = n.Unary(plan.SiLU, e)
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
