package eval

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/sample"
)

// Points at known places beside the normals, in their plane and off it, are where they were put.
func TestModes(t *testing.T) {
	data := choice.Choice{Kind: "gaussians", Params: choice.Values{"dim": 3, "components": 2, "count": 1,
		"deviation": []float64{.1, .2}, "weights": []float64{1, 3}}}
	src, err := datasets.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	g := src.(*datasets.Gaussians)
	means, _, _ := g.Law()
	p := g.Basis()
	normal := []float64{p[0][1]*p[1][2] - p[0][2]*p[1][1], p[0][2]*p[1][0] - p[0][0]*p[1][2],
		p[0][0]*p[1][1] - p[0][1]*p[1][0]}
	var x []float32
	for _, at := range []struct {
		mean    int
		dx, off float64
	}{{0, 0, 0}, {0, .29, 0}, {0, .31, 0}, {1, .59, 0}, {1, .4, .5}} {
		for k := range 3 {
			m := means[at.mean]
			x = append(x, float32((m[0]+at.dx)*p[0][k]+m[1]*p[1][k]+at.off*normal[k]))
		}
	}
	s := &Subject{shape: []int{3}, drawn: &sample.Result{Dim: 3, X: x}}
	c := NewCase(s, &Against{Source: src, Data: data}, nil)
	scores, err := modes(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	// The third is 3.1 deviations from its mean, the last √(0.4² + 0.5²)/0.2 = 3.2.
	two := 2. / 3
	want := []float64{3. / 5, 2, two*math.Log(two/.25) + 1./3*math.Log(1./3/.75), .5 / 5}
	if len(scores) != len(want) {
		t.Fatalf("%d scores, want %d", len(scores), len(want))
	}
	for i, s := range scores {
		if math.Abs(s.Value-want[i]) > 1e-6 {
			t.Errorf("%s: got %v, want %v", s.Name, s.Value, want[i])
		}
	}
	for text, say := range map[string]string{"rings": "got rings as the data, want gaussians",
		"gaussians:deviation=0": "got a deviation of 0 of normal 0"} {
		data, err := choice.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		src, err := datasets.Open(data)
		if err != nil {
			t.Fatal(err)
		}
		s := &Subject{shape: []int{2}, drawn: &sample.Result{Dim: 2, X: x[:2]}}
		c := NewCase(s, &Against{Source: src, Data: data}, nil)
		if _, err := modes(t.Context(), c); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: error %v, want %q", text, err, say)
		}
	}
}
