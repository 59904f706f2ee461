package model

import "github.com/stillfield/stillfield/choice"

// recomputes is the parameter by which training computes the insides of blocks again in its way
// back, see [graph.Builder.Recompute]: residual blocks of an MLP or a U-Net, each with its
// attention and with what is put beside its input, and the blocks of a transformer. It says
// nothing of what the network is.
var recomputes = []choice.Param{{Name: "recompute", Default: false,
	About: "whether training keeps the results of blocks alone and computes their insides again: " +
		"the same bits in less memory, for a third more time"}}

// recomputable is what of v keeps blocks from being computed again: of the gradient of an energy,
// which is itself a way back, the second way back would keep the copies that the first made.
func recomputable(v choice.Values) (faults choice.Faults) {
	faults.Want(!v.Bool("recompute") || Energy(v.Text("energy")) == Implicit, "recompute", true,
		"false with an energy: its gradient would keep more")
	return faults
}
