package picture

import (
	"fmt"
	"math"
	"testing"
)

// What is drawable is drawn, and what is not is refused, for one sample of each
// shape and for as many as there is room for.
func TestDrawable(t *testing.T) {
	for _, tt := range []struct {
		shape []int
		want  bool
	}{
		{nil, false}, {[]int{0}, false}, {[]int{1}, false}, {[]int{2}, true}, {[]int{64}, true},
		{[]int{4, 4}, false}, {[]int{1, 4, 4, 1}, false},
		{[]int{1, 1, 1}, true}, {[]int{8, 8, 1}, true}, {[]int{8, 8, 2}, false}, {[]int{2, 9, 3}, true},
		{[]int{8, 8, 4}, true}, {[]int{8, 8, 5}, false}, {[]int{8, 8, 0}, false}, {[]int{0, 8, 1}, false},
		{[]int{8, -8, 1}, false},
	} {
		if got := Drawable(tt.shape); got != tt.want {
			t.Errorf("Drawable(%d) = %v, want %v", tt.shape, got, tt.want)
		}
		size := 3
		for _, n := range tt.shape {
			size *= max(n, 0)
		}
		var err error
		switch v := make([]float32, size); len(tt.shape) {
		case 1:
			_, err = Scatter(ScatterOptions{}, Points{Data: v, Dim: tt.shape[0]})
		case 3:
			_, err = Grid(v, 3, tt.shape[0], tt.shape[1], tt.shape[2], Options{})
		default:
			continue
		}
		if (err == nil) != tt.want {
			t.Errorf("drawing %d: %v, want ok %v", tt.shape, err, tt.want)
		}
	}
	for _, shape := range [][]int{{1 << 14, 1 << 14, 1}, {1 << 28, 1, 1}, {math.MaxInt, math.MaxInt, 1}} {
		if Drawable(shape) { // the gap around an image is of the picture too
			t.Errorf("Drawable(%d): %d pixels and a gap are more than %d", shape, shape[0], maxPixels)
		}
	}
}

func TestRoom(t *testing.T) {
	for _, tt := range []struct{ n, h, w, want int }{
		{256, 28, 28, 256}, {300, 1, 1, 300}, {256, 1020, 1020, 256}, {256, 1024, 1024, 128},
		{5, 1 << 13, 1 << 13, 2}, {3, 1 << 14, 1 << 14, 0}, {0, 8, 8, 0}, {-1, 8, 8, 0}, {4, 0, 8, 0},
		{math.MaxInt, math.MaxInt, math.MaxInt, 0},
	} {
		if got := Room(tt.n, tt.h, tt.w); got != tt.want {
			t.Errorf("Room(%d, %d, %d) = %d, want %d", tt.n, tt.h, tt.w, got, tt.want)
		}
	}
}

func ExampleDrawable() {
	fmt.Println(Drawable([]int{28, 28, 1}), Drawable([]int{28, 28, 2}))
	fmt.Println(Drawable([]int{2}), Drawable([]int{1}))
	// Output:
	// true false
	// true false
}
