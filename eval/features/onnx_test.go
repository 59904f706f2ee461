package features

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/onnx"
)

// colour is a network of so many channels on images of that side: the mean of each channel, then
// twice that.
func colour(t *testing.T, c, side int) string {
	t.Helper()
	return colourOf(t, c, side, oldest)
}

// colourOf is that in operators of a version.
func colourOf(t *testing.T, c, side, version int) string {
	t.Helper()
	double := float32(2)
	path := filepath.Join(t.TempDir(), "colour.onnx")
	err := onnx.WriteFile(path, onnx.Model{Opset: version, Graph: onnx.Graph{
		Nodes: []onnx.Node{{Op: "GlobalAveragePool", In: []string{"x"}, Out: []string{"mean"}},
			{Op: "Mul", In: []string{"mean", "two"}, Out: []string{"y"}}},
		Weights: []onnx.Tensor{{Name: "two", Shape: []int{1}, Floats: []float32{double}}},
		Inputs: []onnx.Port{{Name: "x", Type: onnx.Float,
			Dims: []onnx.Dim{{Name: "n"}, {Extent: c}, {Extent: side}, {Extent: side}}}},
		Outputs: []onnx.Port{{Name: "y", Type: onnx.Float}},
	}}, onnx.Most)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A network sees grey points in all its channels, at its size and in the range asked for; any of
// its values are features. All that decides them is in the hash.
func TestONNX(t *testing.T) {
	src, path := digits(t), colour(t, 3, 12)
	const n = 3
	x := firstOf(t, src, n)
	info, size := src.Info(), len(x)/n
	hashes := map[string]string{}
	type rgb = [3]float64
	for text, f := range map[string]func(v float64) rgb{
		path:                            func(v float64) rgb { return rgb{4*v - 2, 4*v - 2, 4*v - 2} },
		"onnx:output=mean,path=" + path: func(v float64) rgb { return rgb{2*v - 1, 2*v - 1, 2*v - 1} },
		"onnx:mean=[0,0.5,1],std=1,resize=bilinear,path=" + path: func(v float64) rgb {
			return rgb{2 * v, 2*v - 1, 2*v - 2}
		},
	} {
		a := open(t, text, src)
		if again := open(t, a.Info().Name, src); again.Info() != a.Info() || a.Info().Dim != 3 {
			t.Errorf("%+v and by its name %+v", a.Info(), again.Info())
		}
		if other := hashes[a.Info().Hash]; other != "" {
			t.Errorf("%s and %s have one hash", text, other)
		}
		hashes[a.Info().Hash] = text
		got := make([]float32, 3*n)
		if err := a.Extract(t.Context(), got, x); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			mean := 0. // which a resize to another size nearly keeps
			for _, v := range x[i*size : (i+1)*size] {
				mean += float64(v-info.Lo) / float64(info.Hi-info.Lo) / float64(size)
			}
			for k, want := range f(mean) {
				if math.Abs(float64(got[3*i+k])-want) > .06 {
					t.Errorf("%s: feature %d of point %d is %v, want %v", text, k, i, got[3*i+k], want)
				}
			}
		}
	}
}

func TestONNXRefuses(t *testing.T) {
	src, rgb := digits(t), colour(t, 3, 8)
	for _, tt := range []struct {
		params choice.Values
		want   string
	}{
		{choice.Values{}, "features.path: got none"},
		{choice.Values{"path": rgb, "mean": []float64{1, 2}}, "features.mean: got [1 2], want one number"},
		{choice.Values{"path": rgb, "std": []float64{0}}, "features.std: got [0], want numbers > 0"},
		{choice.Values{"path": colour(t, 4, 8)}, "want images of 4 channels"},
		{choice.Values{"path": colour(t, 1, 9), "resize": noResize}, "features.resize: got none"},
		{choice.Values{"path": colour(t, 1, 8), "output": "z"}, `output: got "z"`},
		{choice.Values{"path": colourOf(t, 1, 8, 12)}, "operators of version 12, want 13 or later"},
		{choice.Values{"path": "none.onnx"}, "none.onnx"},
	} {
		_, err := Open(t.Context(), choice.Choice{Kind: "onnx", Params: tt.params}, On{Points: src.Info()})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
