package geometry

import (
	"math"
	"testing"
)

// Eight samples of each way in eight dimensions: those whose flow undoes its errors, and
// those told the time, end on the circles; blind noise and velocity end off them.
func TestRings(t *testing.T) {
	in := Inputs{Seed: 4, Draws: 8}
	for _, w := range ways() {
		points, p, err := w.drawn(t.Context(), 8, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := Circled(points)
		arrives := w.told || p.Stability().Feedback == 1 || w.overtime > 0
		if got := c.Near == 1 && c.Distance < 0.1; got != arrives {
			t.Errorf("%s: a share of %v within 0.1, mean distance %v; want all: %v", w.name, c.Near,
				c.Distance, arrives)
		}
	}
}

func TestMissed(t *testing.T) {
	for _, tt := range []struct {
		u      []float64
		want   float64
		circle int
	}{{[]float64{0.5, 0, 0}, 0, 0}, {[]float64{0, -1.1, 0}, 0.1, 1}, {[]float64{0, 0, 3}, math.Hypot(.5,
		3), 0},
		{[]float64{.8, 0, 0}, .2, 1}} {
		if got, circle := missed(tt.u); math.Abs(got-tt.want) > 1e-15 || circle != tt.circle {
			t.Errorf("%v: %v from circle %d, want %v from %d", tt.u, got, circle, tt.want, tt.circle)
		}
	}
}

func TestCircled(t *testing.T) {
	c := Circled([][]float64{{.5, 0, 3}, {0, 1, .05}, {.5, 0, .2}, {0, -1, .1}, {.5, 0, 0}})
	want := Circles{N: 5, Distance: 3.35 / 5, Median: .1, Largest: 3, Near: .4, Far: 0.2, Inner: .6}
	c.Distance, c.DistanceError = math.Round(1e9*c.Distance)/1e9, 0
	if c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
}
