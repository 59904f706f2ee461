package eval

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// flow is the field of a checkpoint, moving on a device.
type flow struct {
	ctx     context.Context // of the work
	field   model.Trained
	program plan.Program
	rows    int // points of the plan
	dim     int
	probes  int // of each point; 0 for the exact divergence
	seed    uint64
	labels  []int32 // of all points

	probed                  int // the first point whose probes the device has
	u, f, div, t, label, vs []float32
}

func newFlow(ctx context.Context, c *Case, m likelihood, labels []int32) (*flow, error) {
	ck := c.Checkpoint
	f, err := ck.Trained(ck.Weights.Part(c.Part))
	if err != nil {
		return nil, err
	}
	w := &flow{ctx: ctx, field: f, dim: ck.Dim(), probes: m.probes, seed: m.seed, labels: labels, probed: -1}
	each := max(1, m.probes)
	if m.probes == 0 {
		each = w.dim
	}
	w.rows = plan.Rows(max(1, min(len(labels), ck.Config.Sample.Batch/each)), len(labels))
	p, err := f.DivergencePlan(ctx, w.rows, ck.Point(), m.probes, ck.Precision())
	if err != nil {
		return nil, err
	}
	if w.program, err = c.Device.Load(ctx, p); err != nil {
		return nil, err
	}
	w.u, w.f = make([]float32, w.rows*w.dim), make([]float32, w.rows*w.dim)
	w.div, w.t, w.label = make([]float32, w.rows), make([]float32, w.rows), make([]float32, w.rows)
	w.vs = make([]float32, w.rows*w.dim*m.probes)
	return w, f.Write(w.program)
}

func (w *flow) close() { w.program.Close() }

func (w *flow) batch() int { return w.rows }

// at evaluates the points from first on; the rows of the plan that are left over keep what
// they had, and are not read.
func (w *flow) at(f, divergence, u []float64, first int, t float64) error {
	n := len(divergence)
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	for e, v := range u {
		w.u[e] = float32(v)
	}
	for i := range n {
		w.t[i], w.label[i] = float32(t), float32(w.labels[first+i])
	}
	if err := w.write(first, n); err != nil {
		return err
	}
	if err := w.program.Run(); err != nil {
		return err
	}
	if err := w.program.Read("f", w.f); err != nil {
		return err
	}
	if err := w.program.Read("divergence", w.div); err != nil {
		return err
	}
	for e := range u {
		f[e] = float64(w.f[e])
	}
	for i := range n {
		if d := w.div[i]; d-d != 0 {
			return fmt.Errorf("point %d: the divergence at t = %v is %v, want a finite number", first+i, t, d)
		}
		divergence[i] = float64(w.div[i])
	}
	return nil
}

// write gives the plan its inputs and, where the points are others, their probes.
func (w *flow) write(first, n int) error {
	if w.probes > 0 && w.probed != first {
		w.probed = first
		w.draw(first, n)
		if err := w.program.Write("v", w.vs); err != nil {
			return err
		}
	}
	for _, in := range []struct {
		name string
		data []float32
		used bool
	}{{"u", w.u, true}, {"t", w.t, w.field.Time}, {"label", w.label, w.field.Label}} {
		if in.used {
			if err := w.program.Write(in.name, in.data); err != nil {
				return err
			}
		}
	}
	return nil
}

// draw sets the probes of n points, ±1 with even chances: bits of the counter of the
// point's number, the same all along its path.
func (w *flow) draw(first, n int) {
	for i := range n {
		for p := range w.probes {
			v := w.vs[(i*w.probes+p)*w.dim:][:w.dim]
			var words [4]uint32
			for k := range v {
				if k%128 == 0 {
					words = philox.Words(w.seed, uint64(first+i),
						philox.Draw(philox.Metric, drawProbe+uint32(p)), uint32(k/128))
				}
				v[k] = 1 - 2*float32(words[k%128/32]>>(k%32)&1)
			}
		}
	}
}
