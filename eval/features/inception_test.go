package features

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/inference"
	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/plan"
)

// A miniature of the blocks makes what PyTorch makes of it in float64:
// scripts/features/inception.py --golden.
func TestMixed(t *testing.T) {
	f, err := safetensors.Open("testdata/miniature.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := &blocks{channels: map[string]int{"images": 3}}
	h := b.unit("", "images", half("stem", 4))
	one := half("branch3x3", 3)
	h = b.mixed("one", h, []branch{chain(same("branch1x1", 2, 1, 1)),
		chain(same("branch7x7_1", 3, 1, 7), same("branch7x7_2", 2, 7, 1)),
		{units: []unit{same("branch3x3_1", 3, 1, 1)},
			fork: []unit{same("branch3x3_2a", 2, 1, 3), same("branch3x3_2b", 1, 3, 1)}},
		{pool: meanPool, units: []unit{same("branch_pool", 2, 1, 1)}}})
	h = b.mixed("two", h, []branch{chain(one), {pool: halfPool}})
	h = b.mixed("three", h, []branch{chain(same("branch5x5", 4, 5, 5)),
		{pool: maxPool, units: []unit{same("branch_pool", 3, 1, 1)}}})
	b.Inputs = []onnx.Port{{Name: "images", Type: onnx.Float,
		Dims: []onnx.Dim{{Name: "points"}, {Extent: 3}, {Extent: 21}, {Extent: 17}}}}
	for i := range b.Weights {
		if b.Weights[i].Floats, err = f.Float32(b.Weights[i].Name); err != nil {
			t.Fatal(err)
		}
	}
	net, err := inference.New(b.Graph, h, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	x, err := f.Float32("images")
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.Float32("features")
	if err != nil {
		t.Fatal(err)
	}
	n, size := len(x)/plan.Size(net.In), plan.Size(net.In)
	got := make([]float32, n*plan.Size(net.Out))
	err = net.Run(t.Context(), n, func(i int, in []float32) { copy(in, x[i*size:]) },
		func(i int, out []float32) { copy(got[i*len(out):], out) })
	if err != nil || len(got) != len(want) {
		t.Fatalf("got %d features of shape %v, want %d: %v", len(got), net.Out, len(want), err)
	}
	for i, v := range got {
		if math.Abs(float64(v-want[i])) > 3e-6 {
			t.Fatalf("feature %d is %v, want %v", i, v, want[i])
		}
	}
}

// The graph has the parameters of Inception-v3, 23,834,568 with a classifier of 1,000 classes
// (torchvision's, without its auxiliary one), and makes 2048 features.
func TestInceptionGraph(t *testing.T) {
	g, trained := inceptionGraph(), 0
	for i, w := range g.Weights {
		g.Weights[i].Floats = make([]float32, plan.Size(w.Shape))
		if !strings.Contains(w.Name, ".running_") {
			trained += plan.Size(w.Shape)
		}
	}
	if want := 23_834_568 - 1000*2049; trained != want {
		t.Errorf("got %d parameters, want %d", trained, want)
	}
	net, err := inference.New(g, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if got := fmt.Sprint(net.In, net.Out); got != "[1 3 299 299] [1 2048]" {
		t.Errorf("got shapes %s", got)
	}
}

// A file that is not of these weights is refused in one line, and so are points that are no
// pictures.
func TestInceptionRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, tensors ...safetensors.Tensor) string {
		path := filepath.Join(dir, name)
		if err := safetensors.WriteFile(path, nil, tensors); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tensor := func(name string, shape ...int) safetensors.Tensor {
		return safetensors.Tensor{Name: name, Shape: shape, Data: make([]float32, plan.Size(shape))}
	}
	stem := "Conv2d_1a_3x3.conv.weight"
	images := datasets.Info{Name: "pictures", Image: true, Hi: 1, Shape: datasets.Shape{H: 8, W: 8, C: 3}}
	for _, tt := range []struct {
		path   string
		points datasets.Info
		want   []string
	}{
		{"", images, []string{"features.path: got none", "pt_inception-2015-12-05"}},
		{file("few", tensor("x", 1)), images, []string{stem + " is missing", "and 468 more"}},
		{file("shape", tensor(stem, 32, 3, 3, 1)), images,
			[]string{stem + " has shape [32 3 3 1], want [32 3 3 3]"}},
		{filepath.Join(dir, "none"), images, []string{"none"}},
		{"x", datasets.Info{Name: "points", Shape: datasets.Shape{H: 1, W: 1, C: 2}},
			[]string{"want images of 3 channels, or grey ones"}},
	} {
		c := choice.Choice{Kind: "inception", Params: choice.Values{"path": tt.path}}
		_, err := Open(t.Context(), c, On{Points: tt.points})
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: got %v, want %q", filepath.Base(tt.path), err, want)
			}
		}
	}
}

// What the weights of torchvision have and those of FID have not is told from what both have.
func TestInceptionStrangers(t *testing.T) {
	g := onnx.Graph{Weights: []onnx.Tensor{{Name: "a", Shape: []int{2}}}}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	write := func(names map[string]int) error {
		var tensors []safetensors.Tensor
		for _, name := range []string{"a", "fc.bias", "a.bn.num_batches_tracked", "AuxLogits.fc.bias"} {
			if n := names[name]; n > 0 {
				tensors = append(tensors,
					safetensors.Tensor{Name: name, Shape: []int{n}, Data: make([]float32, n)})
			}
		}
		if err := safetensors.WriteFile(path, nil, tensors); err != nil {
			t.Fatal(err)
		}
		return readInception(&g, path)
	}
	if err := write(map[string]int{"a": 2, "fc.bias": 1008, "a.bn.num_batches_tracked": 1}); err != nil ||
		len(g.Weights[0].Floats) != 2 {
		t.Errorf("got %v and %d numbers", err, len(g.Weights[0].Floats))
	}
	for want, names := range map[string]map[string]int{
		"fc.bias has shape [1000], want [1008]": {"a": 2, "fc.bias": 1000},
		"AuxLogits.fc.bias is not known":        {"a": 2, "AuxLogits.fc.bias": 5},
	} {
		if err := write(names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Points are shown to a network as pictures of 256 levels, at its size and in its range.
func TestPresented(t *testing.T) {
	points := datasets.Info{Lo: -1, Hi: 1, Image: true, Shape: datasets.Shape{H: 1, W: 2, C: 1}}
	p := presented{points: points, to: datasets.Shape{H: 1, W: 2, C: 3}, mean: []float32{0, 100, 128},
		std: []float32{1, 1, 128}}
	got := make([]float32, 6)
	p.set(got, []float32{-7, .003})
	if want := []float32{0, 128, -100, 28, -1, 0}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// An edge between 0 and 255 overshoots in a bicubic resize, which is cut off.
	sharp, to := datasets.Shape{H: 1, W: 4, C: 1}, datasets.Shape{H: 1, W: 16, C: 1}
	r, err := newResizer("bicubic", sharp, to)
	if err != nil {
		t.Fatal(err)
	}
	points.Shape = sharp
	for _, clip := range []bool{false, true} {
		p = presented{points: points, to: to, resizer: r, clip: clip, mean: []float32{0}, std: []float32{1}}
		row, beyond := make([]float32, 16), false
		p.set(row, []float32{-1, -1, 1, 1})
		for _, v := range row {
			beyond = beyond || v < 0 || v > 255
		}
		if beyond == clip {
			t.Errorf("cut off %v: got %v", clip, row)
		}
	}
}
