package experiment

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
)

// Suggestion is an experiment for data that come without one.
type Suggestion struct {
	Text  []byte // a configuration, which [Parse] reads
	Model string // the network in words, and what it is chosen for
}

// Suggest is Equilibrium Matching on the data that c names, of which info is known. It depends on
// the shape of a sample and on how many there are, and on no machine:
//
//	H·W·C ≤ 256, or points    a residual MLP of 256×3 for D ≤ 16, 512×4 for D ≤ 256, else 1024×4
//	other images              a U-Net of 32·(1, 2, 2, 2), with a level for each time the sides can be
//	                          halved to 7 or more, at most 4, and attention at the last if that has at
//	                          most 16×16 pixels
//	batch                     256 points; of images as many, a power of two from 8 to 128, as have 2¹⁷
//	                          pixels: the step of a U-Net then holds some 1 GB
//	steps                     2,500 of points; so many that 320,000 images are seen, or each 100 times
//	                          where these are fewer, and at least 2,000
//
// The rest is that of the experiments digits-eqm and fashion-eqm.
func Suggest(name string, c choice.Choice, info datasets.Info) (Suggestion, error) {
	s := info.Shape
	data := map[string]any{datasets.Sources.Key: c.Kind}
	for key, v := range c.Params {
		data[key] = v
	}
	f := map[string]any{"name": name, "data": data, "field": "eqm", "log": map[string]any{"checkpoint": 500},
		"optimizer": map[string]any{"lr": 1e-3, "schedule": "cosine", "warmup": 100}}
	var made Suggestion
	batch, steps := 256, 2500
	if s.Len() <= smallest || s.H*s.W == 1 {
		width, depth := 1024, 4
		if s.Len() <= 16 {
			width, depth = 256, 3
		} else if s.Len() <= smallest {
			width = 512
		}
		f["model"] = map[string]any{"kind": "mlp", "width": width, "depth": depth}
		made.Model = fmt.Sprintf("a residual MLP of %d×%d, for samples of %d values", width, depth, s.Len())
	} else {
		f["model"] = made.unet(s)
		batch = 8
		for ; batch < 128 && 2*batch*s.H*s.W <= 1<<17; batch *= 2 {
		}
		seen := min(320_000, 100*info.Count)
		steps = max((seen+batch-1)/batch, 2000)
	}
	f["batch"], f["steps"] = batch, steps
	f["average"] = map[string]any{"half_life": steps * batch / 16}
	f["sample"] = map[string]any{"n": 1024, "batch": 1024}
	if s.H*s.W > 1 {
		f["sample"] = map[string]any{"sampler": "nag", "n": 64, "steps": 250, "eta": .003, "mu": .35}
	}
	var err error
	if made.Text, err = yaml.Marshal(f); err != nil {
		return made, fmt.Errorf("experiment: Suggest: %w", err)
	}
	return made, nil
}

// OfData is the default configuration with other data, of which set says more.
func OfData(c choice.Choice, set []string) (*Config, error) {
	whole := Defaults()
	whole.Data = c
	d := decoder{draft: *draftOf(&whole), name: "data", places: map[string]string{}}
	d.assign(set)
	return d.finish()
}

// smallest is how many values an image has that is a point to an MLP.
const smallest = 256

// unet is the model section for images of shape s.
func (s *Suggestion) unet(shape datasets.Shape) map[string]any {
	h, w := shape.H, shape.W
	levels := []int{1}
	for ; len(levels) < 4 && h%2 == 0 && w%2 == 0 && min(h, w) >= 14; h, w = h/2, w/2 {
		levels = append(levels, 2)
	}
	m := map[string]any{"kind": "unet", "channels": 32, "levels": levels, "blocks": 1, "heads": 1}
	attention := "without attention"
	if h*w <= smallest {
		m["attention"] = []int{h}
		attention = "with attention there"
	}
	s.Model = fmt.Sprintf("a U-Net of 32·%v for images of %v, down to %d×%d, %s", levels, shape, h, w,
		attention)
	return m
}
