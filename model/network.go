package model

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
)

// Network builds a field with the weights p. Build returns a node of the shape of
// in.U; it must ask p for the same weights, in the same order, every time.
type Network interface {
	Build(b *graph.Builder, p *Params, in Inputs) graph.Node
	// Told says which of the inputs Build needs beside the point.
	Told() Condition
	fmt.Stringer
}

// Make makes a network from its parameters for points of shape [H, W, C] or [D], nil
// where that is not known yet. It returns every fault of what only the parameters
// together, or with the shape, can show.
type Make func(v choice.Values, point []int) (Network, choice.Faults)

// Kinds is the table of networks. Each is added in the file that has it.
var Kinds = choice.Table[Make]{What: "network", Key: "kind", Default: "mlp",
	Common: slices.Concat(conditions, scalings, energies, recomputes)}

// New makes the network that c names for points of that shape, or finds all that is
// wrong with it.
func New(c choice.Choice, point []int) (Network, choice.Faults) {
	e, full, faults := Kinds.Resolve("", c, nil)
	if len(faults) > 0 {
		return nil, faults
	}
	net, faults := e.Make(full.Params, point)
	if faults = append(condition(full.Params).faults(), faults...); len(faults) > 0 {
		return nil, faults
	}
	if faults = condition(full.Params).unheard(net); len(faults) > 0 {
		return nil, faults
	}
	if faults = recomputable(full.Params); len(faults) > 0 {
		return nil, faults
	}
	if sigma := full.Params.Float("sigma_data"); sigma > 0 {
		net = Scaled{net, sigma}
	}
	if g := Energy(full.Params.Text("energy")); g != Implicit {
		net = Conservative{net, g}
	}
	return net, nil
}
