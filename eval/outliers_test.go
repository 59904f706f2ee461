package eval

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/datasets"
)

// A resized image has the mean of the old one, whatever the sizes, and stays within its range.
func TestResizedKeepsTheMean(t *testing.T) {
	side := rapid.IntRange(1, 30)
	rapid.Check(t, func(t *rapid.T) {
		channels := rapid.IntRange(1, 3).Draw(t, "C")
		from := datasets.Shape{H: side.Draw(t, "H"), W: side.Draw(t, "W"), C: channels}
		to := datasets.Shape{H: side.Draw(t, "h"), W: side.Draw(t, "w"), C: channels}
		img := rapid.SliceOfN(rapid.Float32Range(-1, 1), from.Len(), from.Len()).Draw(t, "img")
		out := resized(img, from, to)
		if slices.Max(out) > slices.Max(img)+1e-6 || slices.Min(out) < slices.Min(img)-1e-6 {
			t.Errorf("it reaches from %v to %v", slices.Min(out), slices.Max(out))
		}
		for c := range from.C {
			got, want := channelMean(out, c, channels), channelMean(img, c, channels)
			if math.Abs(got-want) > 1e-6 {
				t.Errorf("channel %d: mean %v, want %v", c, got, want)
			}
		}
	})
}

func channelMean(x []float32, c, channels int) (sum float64) {
	for i := c; i < len(x); i += channels {
		sum += float64(x[i]) * float64(channels) / float64(len(x))
	}
	return sum
}

// Of whole blocks it is the mean of each; of three pixels, two are cut in the middle.
func TestResized(t *testing.T) {
	for _, tt := range []struct {
		img      []float32
		from, to datasets.Shape
		want     []float32
	}{
		{[]float32{1, 3, 5, 7, 9, 11, 13, 15}, datasets.Shape{H: 2, W: 4, C: 1},
			datasets.Shape{H: 1, W: 2, C: 1}, []float32{6, 10}},
		{[]float32{3, 6, 9}, datasets.Shape{H: 1, W: 3, C: 1}, datasets.Shape{H: 1, W: 2, C: 1},
			[]float32{4, 8}},
		{[]float32{1, 2}, datasets.Shape{H: 1, W: 2, C: 1}, datasets.Shape{H: 1, W: 4, C: 1},
			[]float32{1, 1, 2, 2}},
	} {
		if got := resized(tt.img, tt.from, tt.to); !slices.Equal(got, tt.want) {
			t.Errorf("%v from %v to %v: got %v, want %v", tt.img, tt.from, tt.to, got, tt.want)
		}
	}
}

// A permuted image has the pixels of the old one, whole, in an order that depends on the
// seed and its number; so does a point.
func TestPermuted(t *testing.T) {
	for _, shape := range []datasets.Shape{{H: 5, W: 7, C: 3}, {H: 1, W: 1, C: 35}} {
		width := shape.C
		if shape.H == 1 {
			width = 1
		}
		const n = 3
		x := make([]float32, n*shape.Len())
		for i := range x {
			x[i] = float32(i)
		}
		y, again, other := permuted(x, shape, 1).x, permuted(x, shape, 1).x, permuted(x, shape, 2).x
		if !slices.Equal(y, again) || slices.Equal(y, other) || slices.Equal(y, x) {
			t.Errorf("%v: the order does not depend on the seed alone", shape)
		}
		for i := range n {
			seen := map[float32]bool{}
			one := y[i*shape.Len() : (i+1)*shape.Len()]
			for k := 0; k < len(one); k += width {
				first := one[k]
				seen[first] = true
				if int(first)%width != 0 || int(first)/shape.Len() != i ||
					one[k+width-1] != first+float32(width-1) {
					t.Fatalf("%v: image %d has %v at %d", shape, i, one[k:k+width], k)
				}
			}
			if len(seen) != shape.Len()/width {
				t.Errorf("%v: image %d has %d pixels, want %d", shape, i, len(seen), shape.Len()/width)
			}
		}
		if slices.Equal(permutation(35, 1, 0), permutation(35, 1, 1)) {
			t.Error("two images have one order")
		}
	}
}

// Orders of three things are as many and as frequent as they ought to be.
func TestPermutationIsEven(t *testing.T) {
	seen := map[[3]int]int{}
	const n = 6000
	for i := range n {
		seen[[3]int(permutation(3, 7, uint64(i)))]++
	}
	for order, times := range seen {
		if math.Abs(float64(times)-n/6) > 6*math.Sqrt(n/6) {
			t.Errorf("%v: %d times of %d", order, times, n)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d orders, want 6", len(seen))
	}
}
