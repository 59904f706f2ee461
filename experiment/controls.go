package experiment

import (
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// Controls are what the host tells a training step beside the data: one flat input,
// so that a device has it in one copy. In order they are
//
//	draws  [batch, 3]       what each sample of the batch draws: plan.DrawRow
//	hyper  [plan.HyperLen]  of the optimiser: from plan.HyperLR on
//	slot   [1]              of the record that keeps the step's loss: plan.Clip
type Controls []float32

// NewControls returns controls of a batch, all 0.
func NewControls(batch int) Controls { return make(Controls, controlsLen(batch)) }

func controlsLen(batch int) int { return batch*plan.DrawLen + plan.HyperLen + 1 }

// Draws are the rows [batch, 3].
func (c Controls) Draws() []float32 { return c[:c.hyper()] }

// Hyper are the numbers of the optimiser.
func (c Controls) Hyper() []float32 { return c[c.hyper() : len(c)-1] }

// SetSlot says where the record keeps the step's loss.
func (c Controls) SetSlot(slot int) { c[len(c)-1] = float32(slot) }

// hyper is where Hyper begins.
func (c Controls) hyper() int { return len(c) - 1 - plan.HyperLen }

// controls makes the input and returns its views; that of the draws is the rows of
// the present part.
func controls(b *graph.Builder, parts *graph.Parts, batch, rows int) (draws, hyper, slot graph.Node) {
	all := b.Input(InputControls, controlsLen(batch))
	n := batch * plan.DrawLen
	draws = parts.Window(all, 0, rows, plan.DrawLen)
	hyper = b.Narrow(all, 1, n, plan.HyperLen, plan.HyperLen)
	return draws, hyper, b.Narrow(all, 1, n+plan.HyperLen, 1, 1)
}
