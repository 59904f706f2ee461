package inference

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/internal/onnxrun"
	"github.com/stillfield/stillfield/plan"
)

// fatal is a test, or one of its trials.
type fatal interface {
	Fatalf(format string, args ...any)
	Helper()
}

// port is an input of images of that shape, less the first axis.
func port(name string, shape ...int) onnx.Port {
	dims := []onnx.Dim{{Name: "points"}}
	for _, d := range shape {
		dims = append(dims, onnx.Dim{Extent: d})
	}
	return onnx.Port{Name: name, Type: onnx.Float, Dims: dims}
}

func ints(name string, v ...int64) onnx.Attr { return onnx.Attr{Name: name, Ints: v} }
func whole(name string, v int) onnx.Attr     { return onnx.Attr{Name: name, Int: int64(v)} }

// wave is n numbers that are not alike.
func wave(n int, by float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(by * float64(i+1)))
	}
	return x
}

// outputs runs g on n points x.
func outputs(t fatal, g onnx.Graph, workers, n int, x []float32) []float32 {
	t.Helper()
	net, err := New(g, "", workers)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer net.Close()
	size, dim := plan.Size(net.In), plan.Size(net.Out)
	y := make([]float32, n*dim)
	err = net.Run(context.Background(), n, func(i int, in []float32) { copy(in, x[i*size:]) },
		func(i int, out []float32) { copy(y[i*dim:], out) })
	if err != nil {
		t.Fatalf("%v", err)
	}
	return y
}

// one is a graph of one operator on images.
func one(n onnx.Node, in onnx.Port, weights ...onnx.Tensor) onnx.Graph {
	n.In, n.Out = []string{in.Name}, []string{"y"}
	for _, w := range weights {
		n.In = append(n.In, w.Name)
	}
	return onnx.Graph{Nodes: []onnx.Node{n}, Weights: weights, Inputs: []onnx.Port{in},
		Outputs: []onnx.Port{{Name: "y"}}}
}

// Operators of arrays are those of onnxrun, which is slow and in float64.
func TestAgainstOnnxrun(t *testing.T) {
	floats := func(name string, shape ...int) onnx.Tensor {
		return onnx.Tensor{Name: name, Shape: shape, Floats: wave(plan.Size(shape), 1.3)}
	}
	axis := func(a int64) onnx.Tensor { return onnx.Tensor{Name: "at", Shape: []int{1}, Ints: []int64{a}} }
	small := float32(.1)
	eps := onnx.Attr{Name: "epsilon", Float: &small}
	list := onnx.Tensor{Name: "to", Shape: []int{3}, Ints: []int64{1, -1, 4}}
	for _, tt := range []struct {
		n       onnx.Node
		rank    int
		weights []onnx.Tensor
	}{
		{onnx.Node{Op: "Add"}, 4, []onnx.Tensor{floats("w", 2, 3, 4)}},
		{onnx.Node{Op: "Sub"}, 4, []onnx.Tensor{floats("w", 3, 1)}},
		{onnx.Node{Op: "Mul"}, 4, []onnx.Tensor{floats("w", 2, 1, 4)}},
		{onnx.Node{Op: "Div"}, 4, []onnx.Tensor{floats("w", 5, 1, 1, 1)}},
		{onnx.Node{Op: "Max"}, 4, []onnx.Tensor{floats("w", 1)}},
		{onnx.Node{Op: "Min"}, 4, []onnx.Tensor{floats("w")}},
		{onnx.Node{Op: "Exp"}, 4, nil}, {onnx.Node{Op: "Sigmoid"}, 4, nil}, {onnx.Node{Op: "Tanh"}, 4, nil},
		{onnx.Node{Op: "Softmax"}, 4, nil},
		{onnx.Node{Op: "Reshape"}, 3, []onnx.Tensor{list}},
		{onnx.Node{Op: "Transpose", Attrs: []onnx.Attr{ints("perm", 0, 3, 1, 2)}}, 4, nil},
		{onnx.Node{Op: "Concat", Attrs: []onnx.Attr{whole("axis", 2)}}, 4,
			[]onnx.Tensor{floats("w", 1, 2, 5, 4)}},
		{onnx.Node{Op: "ReduceMean", Attrs: []onnx.Attr{ints("axes", 2, 3)}}, 4, nil},
		{onnx.Node{Op: "ReduceMean", Attrs: []onnx.Attr{ints("axes", 1)}}, 4, nil},
		{onnx.Node{Op: "Squeeze"}, 3, []onnx.Tensor{axis(0)}},
		{onnx.Node{Op: "Unsqueeze"}, 5, []onnx.Tensor{axis(2)}},
		{onnx.Node{Op: "LayerNormalization", Attrs: []onnx.Attr{whole("axis", 3), eps}}, 4,
			[]onnx.Tensor{floats("w", 4), floats("b", 4)}},
		{onnx.Node{Op: "MatMul"}, 4, []onnx.Tensor{floats("w", 1, 2, 4, 5)}},
	} {
		g := one(tt.n, port("x", 2, 3, 4), tt.weights...)
		x := wave(24, .7)
		r := g
		r.Outputs = []onnx.Port{{Name: "y", Dims: slices.Repeat([]onnx.Dim{{Name: "any"}}, tt.rank)}}
		want, err := onnxrun.Run(r, map[string]onnxrun.Array{"x": onnxrun.Of([]int{1, 2, 3, 4}, x)})
		if err != nil {
			t.Fatal(err)
		}
		got := outputs(t, g, 1, 1, x)
		for i, w := range want["y"].Data {
			if math.Abs(float64(got[i])-w) > 1e-6*(1+math.Abs(w)) {
				t.Errorf("%s: element %d is %v, want %v", tt.n.Op, i, got[i], w)
			}
		}
		if len(got) != len(want["y"].Data) {
			t.Errorf("%s: got %d elements, want %d", tt.n.Op, len(got), len(want["y"].Data))
		}
	}
}

// A shape is worked out of the input's before the run, as torch.onnx writes a flat array: with the
// first axis of x, and all that is left.
func TestShapes(t *testing.T) {
	n := func(op, out string, in ...string) onnx.Node {
		return onnx.Node{Op: op, In: in, Out: []string{out}}
	}
	minus := onnx.Tensor{Ints: []int64{-1}, Shape: []int{1}}
	rest := n("Constant", "rest")
	rest.Attrs = []onnx.Attr{{Name: "value", Tensor: &minus}}
	join := n("Concat", "to", "first", "rest")
	join.Attrs = []onnx.Attr{whole("axis", 0)}
	g := onnx.Graph{
		Nodes: []onnx.Node{n("Shape", "s", "x"), n("Gather", "n", "s", "zero"),
			n("Unsqueeze", "first", "n", "at"), rest, join, n("Reshape", "y", "x", "to")},
		Weights: []onnx.Tensor{{Name: "zero", Shape: []int{}, Ints: []int64{0}},
			{Name: "at", Shape: []int{1}, Ints: []int64{0}}},
		Inputs: []onnx.Port{port("x", 2, 3, 4)}, Outputs: []onnx.Port{{Name: "y"}},
	}
	net, err := New(g, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	if got := fmt.Sprint(net.Out); got != "[1 24]" {
		t.Errorf("got shape %s", got)
	}
	x := wave(48, .7)
	if got := outputs(t, g, 1, 2, x); fmt.Sprint(got) != fmt.Sprint(x) {
		t.Errorf("got %v", got)
	}
}

// residual is a graph with a branch, a value that is read twice, a normalisation that is folded
// and one that is not, and memory that is used again.
func residual() onnx.Graph {
	w := func(name string, shape ...int) onnx.Tensor {
		x := wave(plan.Size(shape), 2.1)
		if name == "var" {
			x = []float32{1, 2, 3}
		}
		return onnx.Tensor{Name: name, Shape: shape, Floats: x}
	}
	norm := []string{"s", "b", "b", "var"}
	n := func(op, out string, in ...string) onnx.Node {
		return onnx.Node{Op: op, In: in, Out: []string{out}}
	}
	return onnx.Graph{
		Nodes: []onnx.Node{
			n("Conv", "a", "x", "f", "b"), n("BatchNormalization", "n", append([]string{"a"}, norm...)...),
			n("Relu", "h", "n"), n("Conv", "c", "h", "f"), n("Add", "sum", "c", "h"),
			n("BatchNormalization", "m", append([]string{"sum"}, norm...)...), n("Mul", "sq", "m", "m"),
			n("GlobalAveragePool", "p", "sq"), n("Flatten", "y", "p"), n("Erf", "unread", "sum"),
		},
		Weights: []onnx.Tensor{w("f", 3, 3, 1, 1), w("s", 3), w("b", 3), w("var", 3)},
		Inputs:  []onnx.Port{port("x", 3, 5, 4)}, Outputs: []onnx.Port{{Name: "y"}},
	}
}

// A graph is what its operators say, whichever normalisations are folded and however memory is
// used again, at any number of workers to the bit.
func TestGraph(t *testing.T) {
	const n, area = 5, 20
	x := wave(n*3*area, .77)
	got := outputs(t, residual(), 1, n, x)
	if diff := fmt.Sprint(got); diff != fmt.Sprint(outputs(t, residual(), 3, n, x)) {
		t.Error("workers change the features")
	}
	f, v, b := wave(9, 2.1), []float64{1, 2, 3}, wave(3, 2.1)
	norm := func(c int, z float64) float64 {
		s := float64(b[c])
		return (z-s)/math.Sqrt(v[c]+1e-5)*s + s
	}
	for i := range n {
		want := [3]float64{}
		for p := range area {
			var h, y [3]float64
			for o := range 3 {
				for c := range 3 {
					h[o] += float64(f[3*o+c]) * float64(x[(i*3+c)*area+p])
				}
				h[o] = max(0, norm(o, h[o]+float64(b[o])))
			}
			for o := range 3 {
				for c := range 3 {
					y[o] += float64(f[3*o+c]) * h[c]
				}
				m := norm(o, y[o]+h[o])
				want[o] += m * m / area
			}
		}
		for o, w := range want {
			if g := float64(got[3*i+o]); math.Abs(g-w) > 1e-5*(1+math.Abs(w)) {
				t.Errorf("point %d, feature %d: got %v, want %v", i, o, g, w)
			}
		}
	}
}

// What a graph asks for that is not there is an error of one line that names it.
func TestRefuses(t *testing.T) {
	for _, tt := range []struct {
		change func(g *onnx.Graph)
		want   string
	}{
		{func(g *onnx.Graph) { g.Nodes[0].Op, g.Nodes[1].Op = "LSTM", "If" }, "got operators If, LSTM"},
		{func(g *onnx.Graph) { g.Outputs[0].Name = "z" }, `output: got "z"`},
		{func(g *onnx.Graph) { g.Nodes[3].In[0] = "later" }, `Conv c: got operand "later"`},
		{func(g *onnx.Graph) { g.Nodes[3].Out[0] = "h" }, "h is made twice"},
		{func(g *onnx.Graph) { g.Nodes[3].Attrs = []onnx.Attr{whole("mode", 1)} }, "attribute mode"},
		{func(g *onnx.Graph) { g.Weights[0].Shape = []int{3, 1, 3, 1} }, "filters of [3 1 3 1]"},
		{func(g *onnx.Graph) { g.Inputs[0].Dims[0] = onnx.Dim{Extent: 8} }, "a batch of 8 points"},
		{func(g *onnx.Graph) { g.Inputs[0].Dims[2] = onnx.Dim{Name: "rows"} }, "unknown extent (rows)"},
		{func(g *onnx.Graph) { g.Inputs[0].Dims[3].Extent = 1 << 40 }, "at most 536870912 numbers"},
		{func(g *onnx.Graph) { g.Inputs = append(g.Inputs, port("u", 3)) }, `inputs ["x" "u"], want one`},
	} {
		g := residual()
		tt.change(&g)
		_, err := New(g, "", 1)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// A run ends with its context.
func TestRunEnds(t *testing.T) {
	net, err := New(residual(), "", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = net.Run(ctx, 100, func(i int, _ []float32) { cancel() }, func(i int, _ []float32) {
		t.Errorf("point %d has features", i)
	})
	if err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
