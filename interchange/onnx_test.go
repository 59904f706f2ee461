package interchange

import (
	"io"
	"math"
	"testing"

	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/internal/onnxrun"
	"github.com/stillfield/stillfield/plan/philox"
)

// The model of every network, energies among them, is its field, for another number of points
// than it was learnt from, and has every weight once, by its name.
func TestONNX(t *testing.T) {
	const n = 4
	for _, c := range networks {
		t.Run(c.name, func(t *testing.T) {
			e := made(t, c.config, c.shape)
			flat := make([]float32, e.Params.Len)
			philox.Normals(flat, 1, 0, philox.Weights)
			for i := range flat {
				flat[i] *= .3
			}
			u := make([]float32, n*e.Dim())
			philox.Normals(u, 2, 0, philox.Weights)
			// A clock of 1000 t is rounded as float32 on the device alone: the angles are small here.
			in := map[string][]float32{"u": u, "t": {0, .002, .007, .01}, "label": {0, 1, 2, -1}}
			m, err := ONNX(t.Context(), e, flat)
			if err != nil {
				t.Fatal(err)
			}
			if err := onnx.Write(io.Discard, m); err != nil {
				t.Error(err)
			}
			weights := map[string]int{}
			for _, w := range m.Graph.Weights {
				weights[w.Name]++
			}
			for _, p := range e.Params.List {
				if weights[p.Name] != 1 {
					t.Errorf("weight %s is there %d times, want once", p.Name, weights[p.Name])
				}
			}
			arrays := map[string]onnxrun.Array{}
			for _, p := range m.Graph.Inputs {
				shape := []int{n}
				if p.Name == "u" {
					shape = append(shape, e.Point()...)
				}
				arrays[p.Name] = onnxrun.Of(shape, in[p.Name])
			}
			outs, err := onnxrun.Run(m.Graph, arrays)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range field(t, e, flat, n, in) {
				got := outs["f"].Data[i]
				if d := math.Abs(got - float64(want)); !(d <= 1e-5*(1+math.Abs(float64(want)))) {
					t.Fatalf("element %d is %v, want %v", i, got, want)
				}
			}
		})
	}
}
