package sample

import (
	"slices"
	"testing"
)

// A composition has its classes and weights in their order; what is none is refused.
func TestClasses(t *testing.T) {
	labels, weights, err := Classes("3:0.5, 8:-0.25,-1:9")
	if err != nil || !slices.Equal(labels, []int{3, 8, -1}) ||
		!slices.Equal(weights, []float64{.5, -.25, 9}) {
		t.Errorf("got %v, %v, %v", labels, weights, err)
	}
	for _, text := range []string{"", "3", "3:", "x:1", "3:1,", "3:1;4:1", "-2:1", "3:NaN", "3:1:2", "3.5:1",
		"3:1e999", "3:1e7"} {
		if _, _, err := Classes(text); err == nil {
			t.Errorf("%q is read as classes", text)
		}
	}
}
