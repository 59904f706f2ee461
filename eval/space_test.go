package eval

import (
	"context"
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/sample"
)

// The features of a case are those of points of the data, of as many as are asked
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
	generated, _, err := a.points(atOnce + 1)
	if err != nil {
		t.Fatal(err)
	}
	const dim = 64
	drawn := &sample.Result{Dim: dim, X: generated}
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
		x, labels, err := a.points(n)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range f.Real {
			if v != x[i] || f.Labels[i/dim] != labels[i/dim] {
				t.Fatalf("%d asked: number %d is %v of class %d", n, i, v, f.Labels[i/dim])
			}
		}
		for i, v := range f.Generated {
			if v != generated[i] {
				t.Fatalf("number %d of the points is %v, want %v", i, v, generated[i])
			}
		}
	}
	if f, err := c.featured(t.Context(), 0); err != nil || f.NReal != a.Info().Count {
		t.Errorf("got %d of all, %d: %v", f.NReal, a.Info().Count, err)
	}
}

// Of data in the order of their classes, some points are of all classes, each point at most once,
// in ascending order; all are all.
func TestSomePointsAreOfAllClasses(t *testing.T) {
	a, err := OpenAgainst(choice.Choice{Kind: "digits"})
	if err != nil {
		t.Fatal(err)
	}
	count := a.Info().Count
	const n, parts = 100, 10
	var in [parts]int
	last := -1
	for _, i := range a.some(n) {
		if i <= last || i >= count {
			t.Fatalf("point %d after %d of %d", i, last, count)
		}
		last = i
		in[i*parts/count]++
	}
	for k, has := range in {
		if has < 2 || has > 25 {
			t.Errorf("part %d of %d has %d of %d points", k, parts, has, n)
		}
	}
	for _, n := range []int{0, count, count + 1} {
		if all := a.some(n); len(all) != count || all[count-1] != count-1 {
			t.Errorf("%d: got %d points", n, len(all))
		}
	}
}

// A score of some of the data says of how many they were drawn.
func TestDrawnOf(t *testing.T) {
	c := likeDigits(t, "test", digits(t, "train", 20))
	for n, want := range map[int]string{30: "30 drawn of the 299 of digits", 299: "299 of digits"} {
		if got := c.someOf(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// paced are the values of points, three of them a call.
type paced struct {
	features.Extractor
	t *testing.T
}

func (paced) AtOnce() int { return 3 }

func (p paced) Extract(ctx context.Context, dst, x []float32) error {
	if len(x) > 3*64 {
		p.t.Errorf("a call has %d numbers", len(x))
	}
	return p.Extractor.Extract(ctx, dst, x)
}

// A paced extractor has few points a call, and progress is told after each.
func TestPaced(t *testing.T) {
	a, err := OpenAgainst(choice.Choice{Kind: "digits"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSpace(t.Context(), choice.Choice{Kind: "pixels"}, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Extractor = paced{s.Extractor, t}
	var told []string
	progress := func(done, of int) { told = append(told, fmt.Sprint(done, "/", of)) }
	have, err := s.of(t.Context(), 7, progress)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ofDrawn(t.Context(), have.x[:4*64], 64, progress); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(told); got != "[3/7 6/7 7/7 3/4 4/4]" {
		t.Errorf("got %s", got)
	}
}
