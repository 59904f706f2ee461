package train

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// Snapshots says what a run writes beside its checkpoints.
type Snapshots struct {
	Files int    // of this call
	Bytes uint64 // of all of them, but for a few kilobytes each
}

// snapshots is what is left to write.
func (r *trainer) snapshots() (s Snapshots) {
	a := r.c.Average
	if len(a.Std) == 0 || a.Snapshot == 0 {
		return s
	}
	s.Files = r.c.Steps/a.Snapshot - r.step/a.Snapshot
	if r.c.Steps%a.Snapshot != 0 {
		s.Files++
	}
	s.Bytes = 4 * uint64(s.Files*len(a.Std)) * uint64(r.e.Params.Len)
	return s
}

// snaps reports whether a snapshot of the power-function averages is due after step s:
// at the end there is one, so that an average can be made of the whole run.
func (r *trainer) snaps(s int) bool {
	a := r.c.Average
	return len(a.Std) > 0 && (due(s, a.Snapshot) || a.Snapshot > 0 && s == r.c.Steps)
}

// snapshot keeps the power-function averages of a step that has gone well. One that
// cannot be written is missed by whoever makes another average, and by nobody else: the
// run goes on.
func (r *trainer) snapshot() error {
	for _, k := range r.e.Averages {
		if k.Std == 0 {
			continue
		}
		if err := r.prog.Read(k.State, r.w.Part(k.State)); err != nil {
			return r.deviceFailed(err)
		}
		if i := slices.IndexFunc(r.w.Part(k.State), func(x float32) bool { return x-x != 0 }); i >= 0 {
			name, at := experiment.TensorOf(r.e.Params, k.State, i)
			return fmt.Errorf("train: step %d: %s[%d] is %v after the update; %s", r.step, name, at,
				r.w.Part(k.State)[i], r.kept())
		}
	}
	s, err := r.checkpoint().Snapshot(r.dir)
	if err == nil {
		err = s.Save()
	}
	if err != nil {
		r.trouble(fmt.Errorf("train: step %d: no snapshot of averages: %w", r.step, err))
	}
	return nil
}

// checkpoint is one of the weights that the host has.
func (r *trainer) checkpoint() *run.Checkpoint {
	return &run.Checkpoint{Experiment: r.e, Path: run.CheckpointPath(r.dir, r.step), Step: r.step,
		Data: r.src.Info().Fingerprint, Weights: r.w, Order: r.order}
}
