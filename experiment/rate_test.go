package experiment

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The rate climbs in a line to lr, and with the cosine falls to almost nothing,
// never up again.
func TestRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps, warm := rapid.IntRange(1, 200).Draw(t, "steps"), rapid.IntRange(0, 50).Draw(t, "warmup")
		for _, schedule := range []string{"constant", "cosine"} {
			o := Optimizer{LR: .3, Warmup: warm, Schedule: schedule}
			last := 0.0
			for s := range steps {
				r := o.Rate(s, steps)
				switch {
				case s < warm && math.Abs(r-.3*float64(s+1)/float64(warm)) > 1e-15:
					t.Fatalf("step %d of the warm-up of %d: %v", s, warm, r)
				case s >= warm && schedule == "constant" && r != .3:
					t.Fatalf("step %d: %v", s, r)
				case s == warm && math.Abs(r-.3) > 1e-15:
					t.Fatalf("the first step after the warm-up: %v, want 0.3", r)
				case s > warm && schedule == "cosine" && (r >= last || r <= 0):
					t.Fatalf("step %d of %d: %v after %v", s, steps, r, last)
				}
				last = r
			}
			// cos π(1−1/n) = −1 + (π/n)²/2 at the last of n steps after the warm-up.
			if n := float64(steps - warm); schedule == "cosine" && n > 20 &&
				last > .3*math.Pi*math.Pi/(4*n*n) {
				t.Fatalf("the last rate of %v steps is %v", n, last)
			}
		}
	})
}

// A weight counts half after HalfLife images, at any batch, and the average of
// a young run is short.
func TestForget(t *testing.T) {
	for _, batch := range []int{1, 8, 100, 1000} {
		a, k := Average{Ramp: 1e9}, Kept{HalfLife: 1000}
		left := 1.0
		for s := range 1000 / batch {
			left *= 1 - a.Rate(k, s, batch)
		}
		if math.Abs(left-.5) > 1e-12 {
			t.Errorf("batch %d: after 1000 images a weight counts %v, want 0.5", batch, left)
		}
		young, k := Average{Ramp: .05}, Kept{HalfLife: 1e9}
		if got, want := young.Rate(k, 9, batch), 1-math.Exp2(-1/(.05*10)); math.Abs(got-want) > 1e-12 {
			t.Errorf("batch %d: step 10 forgets %v, want %v", batch, got, want)
		}
		if got := (Average{Ramp: 1}).Rate(Kept{}, 5, batch); got != 1 {
			t.Errorf("no average: forgets %v, want 1", got)
		}
	}
}
