package sample

import (
	"math"
	"testing"
)

// A device's field asked from the host is that of the device, for any number of points.
func TestAsked(t *testing.T) {
	const dim = 5
	f, eval := waves(dim)
	ask, err := Asked(compiled(t, f, dim), 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{7, 2, 5} {
		q := Query{N: n, Y: make([]float64, n*dim), T: make([]float64, n), Label: make([]float64, n)}
		for i := range q.Y {
			q.Y[i] = float64(float32(math.Sin(float64(i * n))))
		}
		got, want := make([]float64, n*dim), make([]float64, n*dim)
		if err := ask(got, q); err != nil {
			t.Fatal(err)
		}
		if err := eval(want, q); err != nil {
			t.Fatal(err)
		}
		for i, v := range want {
			if math.Abs(got[i]-v) > 64*u32*(1+math.Abs(v)) {
				t.Errorf("%d points: f[%d] = %v, want %v", n, i, got[i], v)
			}
		}
	}
}
