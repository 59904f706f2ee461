package experiment

import (
	"context"
	"fmt"
)

// Room is what a training takes beside time, in bytes.
type Room struct {
	Memory float64 // the step's plan, the weights with averages and moments on the host, batches, samples
	Disk   float64 // checkpoints, as many as are kept and one that is written, and snapshots
}

// Room compiles the training step to know what it holds.
func (e *Experiment) Room(ctx context.Context) (Room, error) {
	p, err := e.Plan(ctx)
	if err != nil {
		return Room{}, err
	}
	c := e.Config
	words := float64(p.Arena)
	for _, q := range p.Inputs {
		words += float64(p.Values[q.Value].Size)
	}
	for _, q := range p.States {
		words += float64(p.Values[q.Value].Size)
	}
	const batches = 4 // of a loader: two ahead and two with the step
	states := float64(len(e.States())) * float64(e.Params.Len)
	words += states + batches*float64(c.Batch)*float64(e.Dim())
	written := 1 // at the end
	if every := c.Log.Checkpoint; every > 0 {
		written = (c.Steps + every - 1) / every
	}
	kept := min(c.Log.Keep+1, written)
	disk := float64(kept) * states
	if n := len(c.Average.Std); n > 0 && c.Average.Snapshot > 0 {
		disk += float64(n*(c.Steps/c.Average.Snapshot)) * float64(e.Params.Len)
	}
	return Room{Memory: 4*words + float64(c.Sample.Bytes(e.Dim())), Disk: 4 * disk}, nil
}

// String is "1.1 GB of memory, 48 MB of disk".
func (r Room) String() string {
	return fmt.Sprintf("%s of memory, %s of disk", scaled(r.Memory, "B", "kB", "MB", "GB", "TB"),
		scaled(r.Disk, "B", "kB", "MB", "GB", "TB"))
}
