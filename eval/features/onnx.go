package features

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/inference"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/plan"
)

var _ = Extractors.Add(choice.Entry[Opener]{
	Name: "onnx", Example: "onnx:path=resnet.onnx,mean=[0.485,0.456,0.406],std=[0.229,0.224,0.225]",
	About: "what a network in a file of ONNX makes of an image: its last output, or a named one, flat",
	Params: []choice.Param{
		{Name: "path", Default: "", About: "the file; its input is [points, channels, rows, columns]"},
		{Name: "output", Default: "", Usual: "the last", About: "name of the value that is the features"},
		{Name: "resize", Default: "bicubic", In: choice.Words(resizes()...),
			About: "how images of another size are brought to that of the input, antialiased"},
		{Name: "mean", Default: []float64{.5}, About: "what the network takes is (v − mean)/std for v in" +
			" [0, 1]: one number, or one for each channel"},
		{Name: "std", Default: []float64{.5}, About: "likewise"},
	},
	Make: Opener{
		Open: func(_ context.Context, v choice.Values, on On) (Extractor, error) { return openONNX(v, on) },
		Reads: func(path string) (choice.Choice, bool) {
			return choice.Choice{Kind: "onnx", Params: choice.Values{"path": path}},
				strings.EqualFold(filepath.Ext(path), ".onnx")
		},
	},
})

// oldest is the first version of the operators of ONNX that mean what package inference takes them
// for: before, Softmax was of all axes from one on.
const oldest = 13

// onnxFeatures is the extractor.
type onnxFeatures struct {
	shown
	params choice.Values
	hash   string
}

func openONNX(v choice.Values, on On) (Extractor, error) {
	path := v.Text("path")
	if path == "" {
		return nil, &choice.Fault{Path: "path", Got: "none", Want: "a file of ONNX"}
	}
	m, sum, err := onnx.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if m.Opset < oldest {
		return nil, fmt.Errorf("%s: got operators of version %d, want %d or later", path, m.Opset, oldest)
	}
	about := fmt.Sprintf("onnx %x output=%s resize=%s mean=%v std=%v", sum, v.Text("output"),
		v.Text("resize"), v["mean"], v["std"])
	x := &onnxFeatures{params: v, hash: hashOfTensors(about, m.Graph.Weights)}
	if x.net, err = inference.New(m.Graph, v.Text("output"), 0); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := x.show(v, on.Points); err != nil {
		x.Close()
		return nil, err
	}
	x.dim = plan.Size(x.net.Out)
	return x, nil
}

// show is how points are shown to the network.
func (x *onnxFeatures) show(v choice.Values, points datasets.Info) error {
	in := x.net.In
	if len(in) != 4 {
		return fmt.Errorf("got a network of inputs %v, want [1, channels, rows, columns]", in)
	}
	x.points, x.to = points, datasets.Shape{H: in[2], W: in[3], C: in[1]}
	if err := checkPicture(points, x.to.C); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		to   *[]float32
	}{{"mean", &x.mean}, {"std", &x.std}} {
		of := choice.Of[[]float64](v, part.name)
		if len(of) != 1 && len(of) != x.to.C {
			return &choice.Fault{Path: part.name, Got: fmt.Sprint(of),
				Want: fmt.Sprintf("one number, or %d, as many as the network has channels", x.to.C)}
		}
		for k := range x.to.C {
			u := float32(255 * of[k%len(of)])
			if part.name == "std" && u <= 0 {
				return &choice.Fault{Path: part.name, Got: fmt.Sprint(of), Want: "numbers > 0"}
			}
			*part.to = append(*part.to, u)
		}
	}
	to := datasets.Shape{H: x.to.H, W: x.to.W, C: points.Shape.C}
	if to == points.Shape {
		return nil
	}
	by := v.Text("resize")
	if by == noResize {
		return &choice.Fault{Path: "resize", Got: by, Want: fmt.Sprintf("%s: %s has images of %v, and the"+
			" network takes %v", choice.Or(resizes()[1:]), points.Name, points.Shape, x.to)}
	}
	var err error
	x.resizer, err = newResizer(by, points.Shape, to)
	return err
}

func (x *onnxFeatures) Info() Info {
	return Info{Name: choice.Choice{Kind: "onnx", Params: x.params}.String(), Hash: x.hash, Dim: x.dim,
		Resize: x.presented.String()}
}
