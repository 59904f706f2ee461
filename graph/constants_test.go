package graph_test

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/graph"
)

// Sequences of constants, at lengths on both sides of a power of two.
func TestConstants(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 8, 9, 128, 1001} {
		b := graph.NewFloat64()
		l := &loss{b: b, leaves: map[string][]int{"x": {2}}}
		x := b.Input("x", 2)
		got := compiled(t, l, b.Count(x, n), b.Powers(0.98, x, n))
		if len(got[0]) != n || len(got[1]) != n {
			t.Fatalf("%d and %d numbers, want %d", len(got[0]), len(got[1]), n)
		}
		for i := range n {
			want := math.Pow(0.98, float64(i))
			if got[0][i] != float64(i) || math.Abs(got[1][i]-want) > 1e-13*want {
				t.Errorf("of %d, number %d is %v and %v, want %v and %v", n, i, got[0][i], got[1][i], i, want)
			}
		}
	}
}
