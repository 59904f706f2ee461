package interchange

import (
	"fmt"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/memory"
)

// Begin is everything a run of e begins with whose weights, and their averages, are those of a
// file: moments of the optimiser are 0.
func Begin(e *experiment.Experiment, f *File) (*experiment.Weights, error) {
	weights, average, err := f.Sources()
	if err != nil {
		return nil, err
	}
	states := e.States()
	if err := memory.Fits(4 * uint64(len(states)) * uint64(e.Params.Len)); err != nil {
		return nil, fmt.Errorf("interchange: %d weights: %w", e.Params.Len, err)
	}
	w := &experiment.Weights{}
	for _, state := range states {
		w.Make(state, e.Params.Len)
	}
	if err := read(w.Theta, e, weights); err != nil {
		return nil, err
	}
	if err := read(w.Average, e, average); err != nil {
		return nil, err
	}
	for _, more := range w.More {
		copy(more.Data, w.Average)
	}
	if name, i, x, bad := w.NonFinite(e.Params); bad {
		return nil, fmt.Errorf("interchange: %s[%d] is %v, want finite weights", name, i, x)
	}
	return w, nil
}
