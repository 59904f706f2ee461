// Command interchange writes, for interchange-check.sh to show to others, what `export` makes
// of networks of every kind with weights that are not zero, and what their fields are:
//
//	NAME.safetensors          the state dict
//	NAME.onnx                 the field
//	NAME.answers.safetensors  u, t and label of a few points, and the field f there
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/interchange"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// networks are the models that are written, and the shapes of their points.
var networks = []struct{ name, model, shape string }{
	{"dit", "dit:width=16,depth=2,heads=2", "8×8×3"},
	{"dit-class", "dit:width=16,depth=2,heads=4,classes=5", "4×4×1"},
	{"dit-both", "dit:width=16,depth=1,heads=2,classes=5,clock=true,sit_clock=true,qk_norm=true", "4×4×2"},
	{"dit-energy", "dit:width=16,depth=1,heads=2,classes=5,energy=dot", "4×4×2"},
	{"mlp", "mlp:width=16,depth=2,classes=3,clock=true", "1×1×5"},
	{"mlp-blind", "mlp:width=16,depth=2", "4×4×2"},
	{"mlp-energy", "mlp:width=16,depth=2,energy=norm", "4×4×2"},
	{"unet", "unet:channels=8,levels=[1,2],attention=[4],heads=2,classes=3", "8×8×2"},
	{"unet-energy", "unet:channels=8,levels=[1,2],attention=[4],energy=dot", "8×8×1"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/interchange DIR")
		os.Exit(2)
	}
	for _, n := range networks {
		e, err := made(n.model, n.shape)
		if err == nil {
			err = write(e, filepath.Join(os.Args[1], n.name))
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", n.name, err)
			os.Exit(1)
		}
	}
}

// made is Equilibrium Matching of a model at points of a shape.
func made(model, shape string) (*experiment.Experiment, error) {
	c, err := experiment.Parse("config", nil, []string{"model=" + model})
	if err != nil {
		return nil, err
	}
	s, err := datasets.ParseShape(shape)
	if err != nil {
		return nil, err
	}
	return experiment.New(c, s)
}

// write writes the files of one network.
func write(e *experiment.Experiment, path string) error {
	const n = 3
	flat := random(e.Params.Len, 1, .3)
	label := []float32{0, 2, -1}
	in := map[string][]float32{"u": random(n*e.Dim(), 2, 1), "t": {0, .25, 1}, "label": label}
	f, err := field(e, flat, n, in)
	if err != nil {
		return err
	}
	meta, err := interchange.Metadata(e)
	if err != nil {
		return err
	}
	m, err := interchange.ONNX(context.Background(), e, flat)
	if err != nil {
		return err
	}
	points := append([]int{n}, e.Point()...)
	return errors.Join(
		onnx.WriteFile(path+".onnx", m, 1<<17),
		safetensors.WriteFile(path+".safetensors", meta, interchange.Tensors(e, flat)),
		safetensors.WriteFile(path+".answers.safetensors", nil, []safetensors.Tensor{
			{Name: "u", Shape: points, Data: in["u"]}, {Name: "f", Shape: points, Data: f},
			{Name: "t", Shape: []int{n}, Data: in["t"]}, {Name: "label", Shape: []int{n}, Data: label},
		}))
}

// random are n normals of that deviation.
func random(n int, seed uint64, deviation float32) []float32 {
	x := make([]float32, n)
	philox.Normals(x, seed, 0, philox.Weights)
	for i := range x {
		x[i] *= deviation
	}
	return x
}

// field is e's field at n points, on the CPU.
func field(e *experiment.Experiment, flat []float32, n int, in map[string][]float32) ([]float32, error) {
	ctx := context.Background()
	t, err := e.Trained(flat)
	if err != nil {
		return nil, err
	}
	p, err := t.Plan(ctx, n, e.Point(), plan.Float32)
	if err != nil {
		return nil, err
	}
	dev, err := cpu.New(cpu.Options{})
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	g, err := dev.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	err = t.Write(g)
	for _, q := range p.Inputs {
		err = errors.Join(err, g.Write(q.Name, in[q.Name]))
	}
	f := make([]float32, n*e.Dim())
	return f, errors.Join(err, g.Run(), g.Read("f", f))
}
