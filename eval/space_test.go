package eval

import (
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/sample"
)

// The features of a case are those of the first points of the data, of as many as are asked
// for, whatever was asked for before, and of all points of the subject.
func TestFeatured(t *testing.T) {
	a, err := OpenAgainst(choice.Choice{Kind: "digits"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSpace(t.Context(), choice.Choice{Kind: "pixels"}, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, labels, err := a.first(2*atOnce + 3)
	if err != nil {
		t.Fatal(err)
	}
	const dim = 64
	drawn := &sample.Result{Dim: dim, X: x[:(atOnce+1)*dim]}
	c := NewCase(&Subject{drawn: drawn, shape: []int{8, 8, 1}}, a, nil)
	if _, err := c.featured(t.Context(), 1); err == nil {
		t.Error("there were features of no space")
	}
	c.Space = s
	for _, n := range []int{1, atOnce, 2*atOnce + 3, 5} {
		f, err := c.featured(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if f.NReal != n || f.N != atOnce+1 || len(f.Real) != n*dim || len(f.Labels) != n {
			t.Fatalf("%d asked: got %d and %d vectors, %d labels", n, f.NReal, f.N, len(f.Labels))
		}
		for i, v := range f.Real {
			if v != x[i] || f.Labels[i/dim] != labels[i/dim] {
				t.Fatalf("%d asked: number %d is %v of class %d", n, i, v, f.Labels[i/dim])
			}
		}
		for i, v := range f.Generated {
			if v != x[i] {
				t.Fatalf("number %d of the points is %v, want %v", i, v, x[i])
			}
		}
	}
	if f, err := c.featured(t.Context(), 0); err != nil || f.NReal != a.Info().Count {
		t.Errorf("got %d of all, %d: %v", f.NReal, a.Info().Count, err)
	}
}
