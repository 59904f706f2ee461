package experiment

import "github.com/stillfield/stillfield/model"

// Weights are everything a run carries from step to step, each a flat buffer in
// the layout of model.Params.
type Weights struct {
	Theta, M, V, Average []float32
}

// NewWeights is the start of a run of that seed: the average begins at the weights.
func NewWeights(p *model.Params, seed uint64) *Weights {
	w := MakeWeights(p.Len)
	p.Start(w.Theta, seed)
	copy(w.Average, w.Theta)
	return w
}

// MakeWeights returns four buffers of n zeros.
func MakeWeights(n int) *Weights {
	w := &Weights{}
	for _, part := range w.Parts() {
		w.Make(part.State, n)
	}
	return w
}

// Make sets the buffer of that name to n zeros and returns it.
func (w *Weights) Make(state string, n int) []float32 {
	*w.at(state) = make([]float32, n)
	return *w.at(state)
}

// Part is the buffer of that name.
func (w *Weights) Part(state string) []float32 { return *w.at(state) }

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
func (w *Weights) Parts() [4]Part {
	return [4]Part{{StateWeights, w.Theta}, {StateM, w.M}, {StateV, w.V}, {StateAverage, w.Average}}
}

// TensorOf names the weight tensor that element i of a flat state lies in, and
// its place there. Other values keep their name.
func TensorOf(p *model.Params, value string, i int) (string, int) {
	for _, part := range (&Weights{}).Parts() {
		if part.State != value {
			continue
		}
		for _, w := range p.List {
			if i >= w.Offset && i < w.Offset+w.Size() {
				return value + "." + w.Name, i - w.Offset
			}
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
