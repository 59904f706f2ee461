package average

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The exponents that EDM2 keeps (section 3.1: 16.97 and 6.94 to their rounding), and the
// ends of the range: two profiles of one std would be one average under two names.
func TestGamma(t *testing.T) {
	for std, want := range map[float64]float64{.05: 16.97, .1: 6.94} {
		if got := New(std, 1).Gamma; math.Abs(got-want) > .005 {
			t.Errorf("std %v: γ = %v, want %v", std, got, want)
		}
	}
	last := math.Inf(1)
	for _, std := range []float64{MinStd, .01, .05, .1, .2, MaxStd} {
		g := gamma(std)
		if math.Abs(sigma(g)-std) > 1e-12 || g >= last || g <= 0 {
			t.Errorf("std %v: γ = %v, whose std is %v", std, g, sigma(g))
		}
		last = g
	}
}

// weights is what θ(s), s = 1 … want.Step, counts in the average after p.Step steps, by
// the recursion that training runs.
func weights(p Profile, n int) []float64 {
	w := make([]float64, n)
	for s := 1; s <= p.Step; s++ {
		rate := Profile{p.Gamma, s}.Rate()
		for i := range s {
			w[i] *= 1 - rate
		}
		w[s-1] += rate
	}
	return w
}

// The recursion gives each step the integral of the profile, and in the limit the
// standard deviation that the profile is called by.
func TestRate(t *testing.T) {
	for _, std := range []float64{.02, .1, .25} {
		p := New(std, 4000)
		var mean, square float64
		for i, w := range weights(p, p.Step) {
			upper := math.Pow(float64(i+1)/4000, p.Gamma+1)
			lower := math.Pow(float64(i)/4000, p.Gamma+1)
			if want := upper - lower; math.Abs(w-want) > 1e-12 {
				t.Fatalf("std %v: step %d counts %v, want %v", std, i+1, w, want)
			}
			at := (float64(i) + .5) / 4000
			mean, square = mean+w*at, square+w*at*at
		}
		if got := math.Sqrt(square - mean*mean); math.Abs(got-std) > 1e-4*std {
			t.Errorf("std %v: the steps have standard deviation %v", std, got)
		}
	}
}

func TestDot(t *testing.T) {
	for _, pq := range [][2]Profile{{New(.05, 30), New(.1, 30)}, {New(.1, 20), New(.25, 50)},
		{New(.2, 50), New(.03, 20)}} {
		p, q := pq[0], pq[1]
		const cells = 200_000
		end := float64(min(p.Step, q.Step))
		density := func(p Profile, tau float64) float64 {
			return (p.Gamma + 1) * math.Pow(tau/float64(p.Step), p.Gamma) / float64(p.Step)
		}
		var want float64
		for i := range cells {
			tau := end * (float64(i) + .5) / cells
			want += density(p, tau) * density(q, tau) * end / cells
		}
		if got := p.dot(q); math.Abs(got-want) > 1e-7*want {
			t.Errorf("%v and %v: %v, want %v", p, q, got, want)
		}
	}
}

// snapshots are the profiles of what a run keeps every so many steps.
func snapshots(every, last int, stds ...float64) (ps []Profile) {
	for s := every; s <= last; s += every {
		for _, std := range stds {
			ps = append(ps, New(std, s))
		}
	}
	return ps
}

// A combination counts every step as the average wanted does, to Bound in all; its
// factors add up to 1; and an average that was kept is made of itself alone.
func TestFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every, n := rapid.IntRange(1, 40).Draw(t, "every"), rapid.IntRange(1, 30).Draw(t, "snapshots")
		std := rapid.Float64Range(.01, MaxStd).Draw(t, "std")
		want := New(std, every*n)
		kept := snapshots(every, want.Step, .05, .1)
		c, err := Fit(kept, want)
		if err != nil {
			t.Fatal(err)
		}
		sum, off := 0., weights(want, want.Step)
		for i, x := range c.X {
			sum += x
			for s, w := range weights(kept[i], want.Step) {
				off[s] -= x * w
			}
		}
		total := 0.
		for _, d := range off {
			total += math.Abs(d)
		}
		if math.Abs(sum-1) > 1e-9 || total > c.Bound+1e-6 {
			t.Fatalf("the factors add up to %v, and the weights differ by %v, want at most %v",
				sum, total, c.Bound)
		}
		if itself, err := Fit(kept, kept[len(kept)-1]); err != nil || itself.Residual > 1e-6 ||
			math.Abs(itself.X[len(kept)-1]-1) > 1e-6 {
			t.Fatalf("an average that was kept: %+v, %v", itself, err)
		}
	})
}

// More snapshots make a better average.
func TestFitImproves(t *testing.T) {
	last := math.Inf(1)
	for _, every := range []int{250, 100, 25} {
		c, err := Fit(snapshots(every, 2500, .05, .1), New(.15, 2500))
		if err != nil {
			t.Fatal(err)
		}
		if c.Residual > last/4 {
			t.Errorf("every %d steps: residual %v, after %v with fewer snapshots", every, c.Residual, last)
		}
		last = c.Residual
	}
	if last > 3e-4 {
		t.Errorf("100 snapshots: residual %v, want at most 3e-4", last)
	}
}

func TestFitFaults(t *testing.T) {
	for want, kept := range map[string][]Profile{
		"average: Fit: got no average that was kept, want at least one":                 nil,
		"average: Fit: got [{1 3} {1 0}], want profiles of γ > −½ after 1 step or more": {{1, 3}, {1, 0}},
	} {
		if _, err := Fit(kept, New(.1, 3)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
