package experiment

import (
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/sample"
)

// Trained is the field with the given flat weights, of e.Params.Len elements.
func (e *Experiment) Trained(weights []float32) (model.Trained, error) {
	return e.trained(StateWeights, weights)
}

// trained is Trained with its weights in a state of that name.
func (e *Experiment) trained(name string, weights []float32) (model.Trained, error) {
	f, err := model.With(e.Field(), e.Params, name, weights)
	if g := e.timed(model.Potential(e.Net)); g != nil {
		f.Energy = model.Stored(g, e.Params, name)
	}
	return f, err
}

// Drawn is the field that s draws from, with the given flat weights, and s with the
// classes that it leaves to the network.
func (e *Experiment) Drawn(weights []float32, s sample.Spec) (model.Trained, sample.Spec, error) {
	return e.DrawnAs(StateWeights, weights, s)
}

// DrawnAs is Drawn with the weights in a state of that name: fields that are added up need
// names of their own.
func (e *Experiment) DrawnAs(name string, weights []float32, s sample.Spec) (model.Trained, sample.Spec,
	error) {
	f, err := e.trained(name, weights)
	if err != nil || e.Net.Told().Classes == 0 {
		return f, s, err
	}
	if len(s.Label) == 0 && s.Compose == "" {
		for k := range e.Net.Told().Classes {
			s.Label = append(s.Label, k)
		}
	}
	if s.Guidance != 1 {
		channels := map[string]int{sample.FirstThree: 3}[s.Guided]
		f.Field = model.Guided(f.Field, s.Guidance, channels)
		switch {
		case channels > 0 && channels < e.Shape.C: // part of a gradient is the gradient of nothing
			f.Energy = nil
		case f.Energy != nil:
			f.Energy = model.Guided(f.Energy, s.Guidance, 0)
		}
	}
	if s.Compose == "" {
		return f, s, nil
	}
	classes, counts, err := sample.Classes(s.Compose)
	if err != nil {
		return f, s, err
	}
	f.Field, f.Label = model.Composed(f.Field, classes, counts), false
	if f.Energy != nil {
		f.Energy = model.Composed(f.Energy, classes, counts)
	}
	return f, s, nil
}
