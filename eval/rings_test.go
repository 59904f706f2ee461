package eval

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/sample"
)

// Points at a known place beside the rings, in whatever plane these are, are as far from
// them as they were put, and on the ring that they were put beside.
func TestRings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(3, 40).Draw(t, "dim")
		seed := rapid.Uint64().Draw(t, "seed")
		beside := rapid.Float64Range(-.2, .2).Draw(t, "beside")
		outer := rapid.Bool().Draw(t, "outer")
		src, err := datasets.NewRings(dim, 1, seed, false)
		if err != nil {
			t.Fatal(err)
		}
		radius, p := .5, src.Basis()
		if outer {
			radius = 1
		}
		const n = 5
		x := make([]float32, n*dim)
		for i := range n {
			sin, cos := math.Sincos(float64(i))
			r := radius + beside
			for k := range dim {
				x[i*dim+k] = float32(p[0][k]*r*cos + p[1][k]*r*sin)
			}
		}
		c := NewCase(&Subject{shape: []int{dim}, drawn: &sample.Result{Dim: dim, X: x}},
			&Against{Source: src, Data: choice.Choice{Kind: "rings"}}, nil)
		scores, err := rings(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		share := map[bool]float64{true: 1}
		off := math.Abs(beside)
		want := []float64{off, off, share[off < .1], share[off > 1], share[!outer], share[outer]}
		for i, s := range scores {
			if math.Abs(off-.1) > 1e-5 && math.Abs(s.Value-want[i]) > 1e-6 {
				t.Fatalf("%s: got %v, want %v", s.Name, s.Value, want[i])
			}
		}
	})
}

// What lies off the plane counts as distance.
func TestRingsOffThePlane(t *testing.T) {
	src, err := datasets.NewRings(3, 1, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	p := src.Basis()
	a, b := p[0], p[1]
	normal := []float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
	u := make([]float32, 3)
	for k := range u {
		u[k] = float32(a[k] + .25*normal[k])
	}
	z := geometry.InPlane(u, p)[0]
	if off := math.Hypot(math.Hypot(z[2], z[3]), z[4]); math.Abs(off-.25) > 1e-6 {
		t.Errorf("off the plane by %v, want 0.25", off)
	}
}
