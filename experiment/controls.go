package experiment

import (
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// Controls are what the host tells a training step beside the data: one flat input,
// so that a device has it in one copy. A batch is the rows of this process. In order they are
//
//	draws   [batch, 3]       what each sample of the batch draws: plan.DrawRow
//	hyper   [hyperLen]       of the optimiser: from plan.HyperLR on
//	slot    [1]              of the record that keeps the step's loss: plan.Clip
//	stop    [1]              1 if this process is asked to stop, where there are many
//	labels  [batch]          the class of each sample, where the network is told it
type Controls struct {
	All    []float32 // the whole input
	Draws  []float32 // the rows [batch, 3]
	Hyper  []float32 // the numbers of the optimiser
	Labels []float32 // nil where the network is told none
	slot   []float32
	stop   []float32
}

// NewControls returns controls of the rows of a process, all 0.
func (e *Experiment) NewControls() Controls {
	batch, hyper, told := e.Rows(), hyperLen(len(e.Averages)), e.Net.Told()
	all := make([]float32, controlsLen(batch, hyper, told))
	n := batch * plan.DrawLen
	c := Controls{All: all, Draws: all[:n], Hyper: all[n : n+hyper]}
	n += hyper
	c.slot, c.stop = all[n:n+1], all[n+1:n+2]
	if told.Classes > 0 {
		c.Labels = all[n+2:]
	}
	return c
}

// hyperLen is how many numbers an optimiser with so many averages takes.
func hyperLen(averages int) int { return plan.HyperLen - 1 + averages }

func controlsLen(batch, hyper int, told model.Condition) int {
	n := batch*plan.DrawLen + hyper + 2
	if told.Classes > 0 {
		n += batch
	}
	return n
}

// SetSlot says where the record keeps the step's loss.
func (c Controls) SetSlot(slot int) { c.slot[0] = float32(slot) }

// Stop says that this process is asked to stop.
func (c Controls) Stop() { c.stop[0] = 1 }

// told is the controls in the graph of a step: those of samples are the rows of the
// present part.
type told struct{ draws, labels, hyper, slot, stop graph.Node }

// controls makes the input and returns its views.
func (s Step) controls(b *graph.Builder, parts *graph.Parts, rows rows) told {
	hyper := hyperLen(len(s.Averages))
	all := b.Input(InputControls, controlsLen(rows.rank, hyper, s.Params.Told))
	n := rows.rank * plan.DrawLen
	c := told{draws: parts.Window(all, 0, rows.part, plan.DrawLen)}
	c.hyper = b.Narrow(all, 1, n, hyper, hyper)
	n += hyper
	c.slot, c.stop = b.Narrow(all, 1, n, 1, 1), b.Narrow(all, 1, n+1, 1, 1)
	if s.Params.Told.Classes > 0 {
		c.labels = parts.Window(all, n+2, rows.part)
	}
	return c
}
