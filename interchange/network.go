package interchange

import (
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// network is what a layout depends on.
type network struct {
	net    model.Network // within what scales its input and makes a gradient of its output
	params *model.Params
	point  []int
	energy model.Energy
	scaled bool // the network sees its point scaled

	reversed bool // the released networks' output is a velocity, which has the other sign
	minus    bool // and so has the output layer in a file
}

// of is the network of an experiment. A velocity, and a multiple of one, changes its sign
// with the direction of time; −½‖f‖² of a network does not when the network does.
func of(e *experiment.Experiment) network {
	n := network{net: e.Net, params: e.Params, point: e.Point(), energy: model.Implicit}
	if c, ok := n.net.(model.Conservative); ok {
		n.net, n.energy = c.Network, c.Energy
	}
	if s, ok := n.net.(model.Scaled); ok {
		n.net, n.scaled = s.Network, true
	}
	_, transformer := n.net.(model.DiT)
	n.reversed = transformer && e.Process.Target.Gain != nil
	n.minus = n.reversed && n.energy != model.NormEnergy
	return n
}

// weight is the weight of that name, a part of flat.
func (n network) weight(flat []float32, name string) []float32 {
	for _, p := range n.params.List {
		if p.Name == name {
			return flat[p.Offset : p.Offset+p.Size()]
		}
	}
	panic("interchange: a layout names a weight that the network has not")
}

// most faults are told one by one.
const mostFaults = 20

// Weights reads the weights of e's network from a state dict, [e.Params.Len]. Tensors that are
// unknown, missing or of another shape are an error each.
func Weights(e *experiment.Experiment, s Source) ([]float32, error) {
	flat := make([]float32, e.Params.Len)
	if err := read(flat, e, s); err != nil {
		return nil, err
	}
	return flat, nil
}

// read is Weights into memory that there is.
func read(flat []float32, e *experiment.Experiment, s Source) error {
	n := of(e)
	if err := n.foreign(s); err != nil {
		return err
	}
	rows := n.layout()
	if lines := faults(rows, s.Shapes); len(lines) > 0 {
		return joined(lines)
	}
	made := map[string][]float32{}
	for _, r := range rows {
		file := make([]float32, plan.Size(s.Shapes[r.name]))
		if err := s.Read(file, r.name); err != nil {
			return err
		}
		if r.param == "" {
			made[r.name] = file
			continue
		}
		r.load(n.weight(flat, r.param), file)
	}
	if d, ok := n.net.(model.DiT); ok {
		if err := n.placed(made[placesName]); err != nil {
			return err
		}
		n.fold(d, flat, made)
	}
	return nil
}

// joined is an error of a line for each fault, of so many as one can read.
func joined(lines []string) error {
	var errs []error
	for i, line := range lines {
		if i == mostFaults {
			errs = append(errs, fmt.Errorf("interchange: %d faults more", len(lines)-i))
			break
		}
		errs = append(errs, fmt.Errorf("interchange: %s", line))
	}
	return errors.Join(errs...)
}

// Tensors are the weights of e's network as a state dict in PyTorch's layout.
func Tensors(e *experiment.Experiment, flat []float32) []safetensors.Tensor {
	n := of(e)
	var ts []safetensors.Tensor
	for _, r := range n.layout() {
		shape := r.shape()
		file := make([]float32, plan.Size(shape))
		switch {
		case r.param != "":
			r.store(file, n.weight(flat, r.param))
		case r.name == placesName:
			for i, x := range n.places() {
				file[i] = float32(x)
			}
		}
		ts = append(ts, safetensors.Tensor{Name: r.name, Shape: shape, Data: file})
	}
	return ts
}

// places are the sines and cosines that tell tokens apart: package model's DiT says which.
func (n network) places() []float64 {
	d := n.net.(model.DiT)
	high, wide, quarter := n.point[0]/d.Patch, n.point[1]/d.Patch, d.Width/4
	var p []float64
	for m := range high * wide {
		for _, at := range []int{m % wide, m / wide} {
			waves := make([]float64, 2*quarter)
			for i := range quarter {
				angle := float64(at) * math.Pow(10000, -float64(i)/float64(quarter))
				waves[i], waves[quarter+i] = math.Sin(angle), math.Cos(angle)
			}
			p = append(p, waves...)
		}
	}
	return p
}

// placed refuses places that are not those that the network has.
func (n network) placed(file []float32) error {
	for i, want := range n.places() {
		if got := float64(file[i]); !(math.Abs(got-want) <= 1e-4) {
			return fmt.Errorf("interchange: tensor %q: element %d is %v, want the sine or cosine %v",
				placesName, i, got, want)
		}
	}
	return nil
}
