package experiment

import (
	"slices"
	"strings"

	"github.com/stillfield/stillfield/model"
)

// Weights are everything a run carries from step to step, each a flat buffer in
// the layout of model.Params.
type Weights struct {
	Theta, M, V []float32
	Average     []float32 // the first of Experiment.Averages
	More        []Part    // the others
}

// NewWeights is the start of a run: every average begins at the weights.
func (e *Experiment) NewWeights() *Weights {
	w := &Weights{}
	for _, state := range e.States() {
		w.Make(state, e.Params.Len)
	}
	e.Params.Start(w.Theta, e.Config.Seed)
	for _, k := range e.Averages {
		copy(w.Part(k.State), w.Theta)
	}
	return w
}

// States lists the names of the parts that a run of e has, in the order of Parts.
func (e *Experiment) States() []string {
	states := []string{StateWeights, StateM, StateV}
	for _, k := range e.Averages {
		states = append(states, k.State)
	}
	return states
}

// Make sets the buffer of that name to n zeros and returns it.
func (w *Weights) Make(state string, n int) []float32 {
	x := make([]float32, n)
	switch i := w.more(state); {
	case fixed(state):
		*w.at(state) = x
	case i < 0:
		w.More = append(w.More, Part{state, x})
	default:
		w.More[i].Data = x
	}
	return x
}

// Part is the buffer of that name, nil where there is none.
func (w *Weights) Part(state string) []float32 {
	if fixed(state) {
		return *w.at(state)
	}
	if i := w.more(state); i >= 0 {
		return w.More[i].Data
	}
	return nil
}

// more is the place of a part in More, −1 for none.
func (w *Weights) more(state string) int {
	return slices.IndexFunc(w.More, func(p Part) bool { return p.State == state })
}

// fixed reports whether a part is one that every run has.
func fixed(state string) bool { return (&Weights{}).at(state) != nil }

func (w *Weights) at(state string) *[]float32 {
	return map[string]*[]float32{
		StateWeights: &w.Theta, StateM: &w.M, StateV: &w.V, StateAverage: &w.Average,
	}[state]
}

// Part is one of the buffers of Weights, under the name that the plan of a step
// and checkpoints give it.
type Part struct {
	State string
	Data  []float32
}

// Parts lists the buffers, always in the same order.
func (w *Weights) Parts() []Part {
	all := []Part{{StateWeights, w.Theta}, {StateM, w.M}, {StateV, w.V}, {StateAverage, w.Average}}
	return append(all, w.More...)
}

// TensorOf names the weight tensor that element i of a flat state lies in, and
// its place there. Other values keep their name.
func TensorOf(p *model.Params, value string, i int) (string, int) {
	if !fixed(value) && !strings.HasPrefix(value, StateAverage+"[") {
		return value, i
	}
	for _, w := range p.List {
		if i >= w.Offset && i < w.Offset+w.Size() {
			return value + "." + w.Name, i - w.Offset
		}
	}
	return value, i
}

// NonFinite finds the first element that is NaN or ±Inf.
func (w *Weights) NonFinite(p *model.Params) (name string, index int, x float32, found bool) {
	for _, part := range w.Parts() {
		for i, x := range part.Data {
			if x-x != 0 {
				name, i = TensorOf(p, part.State, i)
				return name, i, x, true
			}
		}
	}
	return "", 0, 0, false
}
