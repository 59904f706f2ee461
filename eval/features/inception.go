package features

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/inference"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/format/safetensors"
)

var _ = Extractors.Add(choice.Entry[Opener]{
	Name: "inception", Example: "inception:path=pt_inception-2015-12-05.safetensors",
	About: "the 2048 features of Inception-v3 that FID and KID are published in, of a file of its weights",
	Paper: "Heusel et al., GANs Trained by a Two Time-Scale Update Rule, arXiv 1706.08500",
	Params: []choice.Param{
		{Name: "path", Default: "", About: "pt_inception-2015-12-05, weights of 2015, as a safetensors file"},
		{Name: "resize", Default: "clean", In: choice.Words(sizings()...),
			About: "as which program brings images to 299×299: clean-fid, pytorch-fid, or TensorFlow 1"},
	},
	Make: Opener{
		Open: func(_ context.Context, v choice.Values, on On) (Extractor, error) {
			return openInception(v.Text("path"), v.Text("resize"), on)
		},
		Reads: func(path string) (choice.Choice, bool) {
			return choice.Choice{Kind: "inception", Params: choice.Values{"path": path}}, isInception(path)
		},
	},
})

// inceptionSide is the side of the images that Inception-v3 takes.
const inceptionSide = 299

// sizing is how a program that computes FID brings images to that size, and numbers 0 … 255 to
// about [−1, 1].
type sizing struct {
	name      string
	resizer   func(from, to datasets.Shape) (*resizer, error)
	clip      bool
	mean, std float32
}

var sizingsOf = []sizing{
	{"clean", func(from, to datasets.Shape) (*resizer, error) { return newResizer("bicubic", from, to) },
		true, 128, 128},
	{"pytorch", func(from, to datasets.Shape) (*resizer, error) { return interpolator(true, from, to), nil },
		false, 127.5, 127.5},
	{"tf1", func(from, to datasets.Shape) (*resizer, error) { return interpolator(false, from, to), nil },
		false, 128, 128},
}

// sizings lists them.
func sizings() (names []string) {
	for _, s := range sizingsOf {
		names = append(names, s.name)
	}
	return names
}

// inception is the extractor.
type inception struct {
	shown
	path, resize, hash string
}

func openInception(path, resize string, on On) (Extractor, error) {
	if path == "" {
		return nil, &choice.Fault{Path: "path", Got: "none", Want: "a safetensors file of the weights of" +
			" pt_inception-2015-12-05, which this program does not come with"}
	}
	if err := checkPicture(on.Points, 3); err != nil {
		return nil, err
	}
	g := inceptionGraph()
	if err := readInception(&g, path); err != nil {
		return nil, err
	}
	from := on.Points.Shape
	x := &inception{path: path, resize: resize, hash: hashOfTensors("inception "+resize, g.Weights)}
	x.points, x.to = on.Points, datasets.Shape{H: inceptionSide, W: inceptionSide, C: 3}
	for _, s := range sizingsOf {
		if s.name != resize {
			continue
		}
		var err error
		if x.resizer, err = s.resizer(from, datasets.Shape{H: x.to.H, W: x.to.W, C: from.C}); err != nil {
			return nil, err
		}
		x.clip = s.clip
		x.mean, x.std = slices.Repeat([]float32{s.mean}, 3), slices.Repeat([]float32{s.std}, 3)
	}
	var err error
	if x.net, err = inference.New(g, "", 0); err != nil {
		return nil, err
	}
	x.dim = x.net.Out[1]
	return x, nil
}

func (x *inception) Info() Info {
	name := choice.Choice{Kind: "inception", Params: choice.Values{"path": x.path, "resize": x.resize}}
	return Info{Name: name.String(), Hash: x.hash, Dim: x.dim, Resize: x.presented.String()}
}

// hashOfTensors is the hash of what is described and of tensors in the order of a graph.
func hashOfTensors(about string, tensors []onnx.Tensor) string {
	var weights [][]float32
	for _, t := range tensors {
		weights = append(weights, t.Floats)
	}
	return hashOf(about, weights...)
}

// isInception reports whether the file at path has a tensor that only such weights have.
func isInception(path string) bool {
	f, err := safetensors.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, ok := f.Tensor("Mixed_7c.branch3x3dbl_3b.conv.weight")
	return ok
}

// classifierOf is the shape of the layer after the features, which FID does not take but the
// weights have. Those of torchvision have 1,000 classes: they are of another training.
var classifierOf = map[string][]int{"fc.weight": {1008, 2048}, "fc.bias": {1008}}

// readInception reads the weights of g. Its error names all tensors that are missing, unknown
// or of another shape, as far as one line takes.
func readInception(g *onnx.Graph, path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var faults []string
	known := map[string]bool{}
	for _, t := range g.Weights {
		known[t.Name] = true
		if has, ok := f.Tensor(t.Name); !ok {
			faults = append(faults, t.Name+" is missing")
		} else if !slices.Equal(has.Shape, t.Shape) {
			faults = append(faults, fmt.Sprintf("%s has shape %v, want %v", t.Name, has.Shape, t.Shape))
		}
	}
	for _, t := range f.Tensors() {
		want, last := classifierOf[t.Name]
		switch {
		case last && !slices.Equal(t.Shape, want):
			faults = append(faults, fmt.Sprintf("%s has shape %v, want %v", t.Name, t.Shape, want))
		case !last && !known[t.Name] && !strings.HasSuffix(t.Name, ".bn.num_batches_tracked"):
			faults = append(faults, t.Name+" is not known")
		}
	}
	if n := len(faults); n > 0 {
		const most = 3
		text := strings.Join(faults[:min(n, most)], "; ")
		if n > most {
			text += fmt.Sprintf("; and %d more", n-most)
		}
		return fmt.Errorf("%s: want the tensors of pt_inception-2015-12-05: %s", path, text)
	}
	for i := range g.Weights {
		t := &g.Weights[i]
		if t.Floats, err = f.Float32(t.Name); err != nil {
			return err
		}
	}
	return nil
}
