package interchange

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/model"
)

// What the metadata of a file that is written says of it.
const (
	keyFormat = "format" // that the names are PyTorch's: "pt"
	keyOurs   = "stillfield"
	keyConfig = "stillfield.config"
	keyShape  = "stillfield.shape"
	keyModule = "stillfield.module" // what makes the released network that the tensors fit
	keyField  = "stillfield.field"  // what the module's output is
	keyWhole  = "stillfield.model"  // what the field is made of
	version   = "1"
)

// Metadata says what the tensors are: the configuration, and what the field is to a program
// that has the module.
func Metadata(e *experiment.Experiment) (map[string]string, error) {
	text, err := e.Config.Encode()
	if err != nil {
		return nil, err
	}
	n := of(e)
	meta := map[string]string{keyFormat: "pt", keyOurs: version, keyConfig: string(text),
		keyShape: e.Shape.String(), keyField: n.meaning(e),
		keyWhole: e.Net.String()}
	if d, ok := n.net.(model.DiT); ok {
		meta[keyModule] = fmt.Sprintf("EqM(input_size=%d, patch_size=%d, in_channels=%d, hidden_size=%d, "+
			"depth=%d, num_heads=%d, num_classes=%d, learn_sigma=True, uncond=%s", n.point[0], d.Patch,
			n.point[2], d.Width, d.Depth, d.Heads, d.Classes, python(!d.Clock))
		if d.QKNorm {
			meta[keyModule] += ", qk_norm=True" // which their blocks pass on to their attention
		}
		meta[keyModule] += ")"
	}
	return meta, nil
}

// python is a truth value as Python writes it.
func python(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// meaning is what the module's output is, and what it is told.
func (n network) meaning(e *experiment.Experiment) string {
	text := fmt.Sprintf("%s at points of %v", e.Process.Target.Name, e.Process.Schedule.Name)
	if n.minus {
		text += ", times −1: from noise to data"
	}
	switch n.energy {
	case model.DotEnergy:
		text += "; the field is the gradient of u·output"
	case model.NormEnergy:
		text += "; the field is the gradient of −½‖output‖²"
	}
	if n.scaled {
		text += "; at the point as the model sees it"
	}
	clock := fmt.Sprint(e.Process.Schedule.Clock())
	if d, ok := n.net.(model.DiT); ok && d.SiTClock {
		clock = "1 − t"
	}
	if e.Net.Told().Clock {
		text += "; told " + clock + ", where t = 0 is data"
	}
	return text
}

// foreign refuses what a state dict of another program cannot be.
func (n network) foreign(s Source) error {
	d, ok := n.net.(model.DiT)
	switch {
	case !ok || s.Metadata[keyOurs] != "":
		return nil
	case n.energy == model.NormEnergy && n.reversed:
		return fmt.Errorf("interchange: model.energy: got %s, want none or dot: "+
			"the gradient of −½‖f‖² points to the data in the released networks, and from it here", n.energy)
	case d.Clock && n.reversed && !d.SiTClock:
		return errors.New("interchange: model.sit_clock: got false, want true: " +
			"the released SiT is told 1 − t, and this network 1000 t")
	}
	return nil
}

// ImageShape is the shape of the images of a state dict of the released layout, which are
// square, or what a file that was written here says.
func ImageShape(s Source) (shape datasets.Shape, ok bool) {
	if text := s.Metadata[keyShape]; text != "" {
		shape, err := datasets.ParseShape(text)
		return shape, err == nil
	}
	in, places := s.Shapes["x_embedder.proj.weight"], s.Shapes[placesName]
	const most = 1 << 16 // pixels of a side
	if len(in) != 4 || len(places) != 3 || in[2] < 1 || in[2] > most || in[1] < 1 {
		return shape, false
	}
	side := 0
	for side*side < places[1] && side < 1<<12 {
		side++
	}
	return datasets.Shape{H: side * in[2], W: side * in[2], C: in[1]}, side > 0 && side*side == places[1]
}
