package distance

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// The distance of sets with exactly the moments of two Gaussians is the closed form, for
// covariances that commute (√σ₁ − √σ₂ squared, by axes) and that do not, singular or not.
func TestFrechetClosedForm(t *testing.T) {
	c := cores(t, 2)
	// ±√((n−1)/2)·column for each column of a factor, n = 2·columns points: covariance R Rᵀ.
	withFactor := func(mean []float64, factor ...[]float64) Points {
		p := Points{nil, len(mean)}
		scale := math.Sqrt(float64(2*len(factor)-1) / 2)
		for _, column := range factor {
			for _, sign := range []float64{-1, 1} {
				for j, v := range column {
					p.X = append(p.X, float32(mean[j]+sign*scale*v))
				}
			}
		}
		return p
	}
	root2 := math.Sqrt(2)
	for _, q := range []struct {
		name string
		x, y Points
		want float64
	}{
		{"axes", withFactor([]float64{0, 0}, []float64{1, 0}, []float64{0, 2}),
			withFactor([]float64{1, 2}, []float64{3, 0}, []float64{0, .5}), 1 + 4 + 4 + 2.25},
		// tr √(Σ₁Σ₂) of diag(4, 1) and [[5, 4], [4, 5]] is √(tr + 2√det) = √(25 + 2·6).
		{"not commuting", withFactor([]float64{0, 0}, []float64{2, 0}, []float64{0, 1}),
			withFactor([]float64{0, 0}, []float64{3 / root2, 3 / root2}, []float64{1 / root2, -1 / root2}),
			5 + 10 - 2*math.Sqrt(37)},
		{"singular", withFactor([]float64{0, 0, 0}, []float64{2, 0, 0}, []float64{0, 1, 0}),
			withFactor([]float64{0, 0, 1}, []float64{0, 3, 0}, []float64{0, 0, 1}), 1 + 4 + 4 + 1},
		{"one and the same", withFactor([]float64{1, 1}, []float64{2, 0}, []float64{0, 1}),
			withFactor([]float64{1, 1}, []float64{2, 0}, []float64{0, 1}), 0},
	} {
		got, err := c.Frechet(context.Background(), q.x, q.y)
		if err != nil || math.Abs(got.Value-q.want) > 1e-6 {
			t.Errorf("%s: got %v (%v), want %v", q.name, got.Value, err, q.want)
		}
	}
}

// law is the distance of N(0, I) and N(shift, spread² I) in R^dim.
func law(dim int, shift, spread float64) float64 {
	return float64(dim) * (shift*shift + (spread-1)*(spread-1))
}

// Over many pairs of sets the distance is about that of the laws, but for its bias, and 1.96
// standard errors hold its mean 95 times in 100; the limit is nearer to the law, and its
// errors hold the law.
func TestFrechetErrors(t *testing.T) {
	c := cores(t, 2)
	const runs, dim = 150, 5
	for _, q := range [][2]float64{{.5, 1}, {0, 1.5}} {
		var all, limits []Estimate
		var mean, limit, held, heldLaw float64
		want := law(dim, q[0], q[1])
		for i := range runs {
			r := rand.New(rand.NewPCG(uint64(i), 4))
			x, y := normals(r, 2000, dim, 0, 1), normals(r, 250, dim, q[0], q[1])
			d, l, err := c.Limit(context.Background(), x, y, 15, uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			all, limits = append(all, d), append(limits, l)
			mean += d.Value / runs
			limit += l.Value / runs
		}
		for i, e := range all {
			if math.Abs(e.Value-mean) < 1.96*e.SE {
				held += 1. / runs
			}
			if math.Abs(limits[i].Value-want) < 1.96*limits[i].SE {
				heldLaw += 1. / runs
			}
		}
		if held < .9 || held > .99 || heldLaw < .9 {
			t.Errorf("%v: %v of the intervals hold the mean, %v of the limits' the law, want .95", q, held,
				heldLaw)
		}
		if math.Abs(limit-want) > .7*math.Abs(mean-want) {
			t.Errorf("%v: the distance is %v on average, the limit %v, want %v", q, mean, limit, want)
		}
	}
}

// One core and three give the same bits, also where a covariance is of several blocks, and the
// distance of points does not change as they turn or are put in another order.
func TestFrechetSymmetries(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	one, three := cores(t, 1), cores(t, 3)
	x, y := normals(r, 700, 150, 0, 1), normals(r, 650, 150, .1, 1.1)
	d1, l1, err := one.Limit(context.Background(), x, y, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	d3, l3, _ := three.Limit(context.Background(), x, y, 4, 1)
	if d1 != d3 || l1 != l3 {
		t.Errorf("one core has %v and %v, three %v and %v", d1, l1, d3, l3)
	}
	turned := func(p Points) Points {
		q := Points{make([]float32, len(p.X)), p.Dim}
		for i := range p.N() {
			for j, v := range p.Row(p.N() - 1 - i) { // coordinates permuted, every other sign changed
				q.Row(i)[(j+7)%p.Dim] = v * float32(1-2*(j%2))
			}
		}
		return q
	}
	if got, err := one.Frechet(context.Background(), turned(x), turned(y)); err != nil ||
		math.Abs(got.Value-d1.Value) > 1e-10*d1.Value || math.Abs(got.SE-d1.SE) > 1e-8*d1.SE {
		t.Errorf("turned it is %v (%v), was %v", got, err, d1)
	}
	if _, _, err := one.Limit(context.Background(), x, y.Slice(0, 599), 4, 1); err == nil {
		t.Error("599 points of 150 coordinates have a limit")
	}
}
