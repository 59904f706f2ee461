package interchange

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/interchange/translate"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// ONNX is e's field with the given flat weights as a model for any number of points:
//
//	u      float [batch, …]    points, images as [batch, height, width, channels]
//	t      float [batch]       where the network has a clock: the t of the schedule
//	label  int64 [batch]       where it is told a class: that, or −1 for none
//	f      float [batch, …]    the field
func ONNX(ctx context.Context, e *experiment.Experiment, flat []float32) (onnx.Model, error) {
	f, err := e.Trained(flat)
	if err != nil {
		return onnx.Model{}, err
	}
	var roots [2]plan.Root
	for i, n := range []int{translate.A, translate.B} {
		if roots[i], err = lowered(ctx, f, n, e.Point()); err != nil {
			return onnx.Model{}, fmt.Errorf("interchange: %w", err)
		}
	}
	g, err := translate.Graph(roots[0], roots[1], named(e, f), translate.Input{Name: "u"},
		translate.Input{Name: "t"}, translate.Input{Name: "label", Whole: true})
	if err != nil {
		return onnx.Model{}, fmt.Errorf("interchange: %v: %w", e.Net, err)
	}
	text, err := e.Config.Encode()
	if err != nil {
		return onnx.Model{}, err
	}
	meta := map[string]string{keyOurs: version, keyConfig: string(text), keyShape: e.Shape.String(),
		keyField: e.Process.String()}
	return onnx.Model{Producer: "stillfield", Opset: translate.Opset, Metadata: meta, Graph: g}, nil
}

// lowered is the graph of f at n points.
func lowered(ctx context.Context, f model.Trained, n int, point []int) (plan.Root, error) {
	b := graph.New()
	u := b.Input("u", append([]int{n}, point...)...)
	roots, err := b.Lower(ctx, graph.Root{Name: "f", Node: f.Ask(b, u)})
	if err != nil {
		return plan.Root{}, err
	}
	return roots[0], nil
}

// named finds weights by where they begin in the state that holds all of them.
func named(e *experiment.Experiment, f model.Trained) translate.Weights {
	names := map[int]model.Param{}
	for _, p := range e.Params.List {
		names[p.Offset] = p
	}
	return func(state string, off, n int) (translate.Weight, error) {
		p, ok := names[off]
		for _, s := range f.States {
			if s.Name == state && ok && p.Size() == n {
				return translate.Weight{Name: p.Name, Data: s.Data[off : off+n]}, nil
			}
		}
		return translate.Weight{}, fmt.Errorf("%d elements from %d on of %q are not a weight", n, off, state)
	}
}
