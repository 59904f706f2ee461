package distance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// clouds are sets of points that neighbours are hard to find in: at random; far from 0, where
// products lose digits; and on a lattice, where distances tie.
func clouds(n, dim int) map[string]Points {
	r := rand.New(rand.NewPCG(4, uint64(n*dim)))
	lattice := normals(r, n, dim, 0, 1)
	for i, v := range lattice.X {
		lattice.X[i] = float32(math.Round(float64(v)))
	}
	return map[string]Points{"normal": normals(r, n, dim, 0, 1), "far": normals(r, n, dim, 1000, 1),
		"lattice": lattice}
}

// sortedDistances are the squared distances of x to all points of y but same, in order.
func sortedDistances(x []float32, y Points, same int) (all []neighbour) {
	for j := range y.N() {
		if j != same {
			all = append(all, neighbour{int32(j), squared(x, y.Row(j))})
		}
	}
	slices.SortStableFunc(all, func(a, b neighbour) int {
		switch {
		case a.d2 < b.d2:
			return -1
		case a.d2 > b.d2:
			return 1
		}
		return 0
	})
	return all
}

// Neighbours are those of float64, on either side of the tiles, whatever products lose.
func TestNeighbours(t *testing.T) {
	one, three := cores(t, 1), cores(t, 3)
	const k = 3
	for _, dim := range []int{1, 2, 64} {
		for _, n := range [][2]int{{4, 4}, {9, 80}, {tileRows + 1, tileColumns + 1}} {
			others := clouds(n[1], dim)
			for name, x := range clouds(n[0], dim) {
				for _, y := range []Points{others[name], x} {
					same := &x.X[0] == &y.X[0]
					got, err := three.nearest(context.Background(), x, y, k, same)
					if err != nil {
						t.Fatal(err)
					}
					alone, _ := one.nearest(context.Background(), x, y, k, same)
					if !slices.Equal(alone.index, got.index) || !slices.Equal(alone.d2, got.d2) {
						t.Errorf("%s: one core and three do not agree", name)
					}
					for i := range x.N() {
						self := -1
						if same {
							self = i
						}
						for r, want := range sortedDistances(x.Row(i), y, self)[:k] {
							if g := got.d2[i*k+r]; g != want.d2 || got.index[i*k+r] != want.index {
								t.Fatalf("%s, dim %d, n %v, %v: neighbour %d of %d is %d at %v, want %+v",
									name, dim, n, same, r, i, got.index[i*k+r], g, want)
							}
						}
					}
				}
			}
		}
	}
}

// slowManifold is Manifolds by its definition.
func slowManifold(x, y Points, k int) (m Manifold) {
	radius := func(p Points) (r []float64) {
		for i := range p.N() {
			r = append(r, sortedDistances(p.Row(i), p, i)[k-1].d2)
		}
		return r
	}
	rx, ry := radius(x), radius(y)
	clip := middle(slices.Clone(rx))
	n, ng := float64(x.N()), float64(y.N())
	var ideal, clipped, covered float64
	for j := range y.N() {
		in, few := 0., 0.
		for i := range x.N() {
			d2 := squared(x.Row(i), y.Row(j))
			if d2 <= rx[i] {
				in++
			}
			if d2 <= min(rx[i], clip) {
				few++
			}
		}
		m.Density.Value += in / float64(k) / ng
		m.Precision.Value += min(in, 1) / ng
		clipped += min(few, float64(k)) / ng
	}
	for i := range x.N() {
		in, any, few := 0., 0., 0.
		for j := range y.N() {
			d2 := squared(x.Row(i), y.Row(j))
			if d2 <= rx[i] {
				in++
			}
			if d2 <= ry[j] {
				any = 1
			}
		}
		for j := range x.N() {
			for _, q := range sortedDistances(x.Row(j), x, j)[:k] {
				if int(q.index) == i && q.d2 <= min(rx[j], clip) {
					few++
				}
			}
		}
		m.Coverage.Value += min(in, 1) / n
		m.Recall.Value += any / n
		covered += min(in, float64(k)) / float64(k) / n
		ideal += min(few, float64(k)) / n
	}
	m.ClippedDensity = min(1, clipped/ideal)
	m.ClippedCoverage = goodShare(covered, k, x.N(), y.N())
	return m
}

// Precision, recall, density and coverage are those of their definitions.
func TestManifolds(t *testing.T) {
	c := cores(t, 2)
	for _, dim := range []int{1, 3, 40} {
		for _, n := range [][2]int{{6, 6}, {120, 90}} {
			others := clouds(n[1], dim)
			for name, x := range clouds(n[0], dim) {
				t.Run(fmt.Sprintf("%s/dim=%d/n=%v", name, dim, n), func(t *testing.T) {
					for _, k := range []int{1, 5} {
						got, err := c.Manifolds(context.Background(), x, others[name], k)
						if err != nil {
							t.Fatal(err)
						}
						want := slowManifold(x, others[name], k)
						for i, pair := range [][2]float64{{got.Precision.Value, want.Precision.Value},
							{got.Recall.Value, want.Recall.Value}, {got.Density.Value, want.Density.Value},
							{got.Coverage.Value, want.Coverage.Value},
							{got.ClippedDensity, want.ClippedDensity},
							{got.ClippedCoverage, want.ClippedCoverage}} {
							if math.Abs(pair[0]-pair[1]) > 1e-12 {
								t.Errorf("k = %d: number %d is %v, want %v", k, i, pair[0], pair[1])
							}
						}
					}
				})
			}
		}
	}
}

// Of good samples beside as many that are far from everything the clipped metrics say half.
func TestClippedSayTheShareOfGood(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	c := cores(t, 2)
	const n = 600
	x, good, bad := normals(r, n, 4, 0, 1), normals(r, n/2, 4, 0, 1), normals(r, n/2, 4, 100, 1)
	m, err := c.Manifolds(context.Background(), x, Points{append(good.X, bad.X...), 4}, 5)
	if err != nil || math.Abs(m.ClippedDensity-.5) > .04 || math.Abs(m.ClippedCoverage-.5) > .04 {
		t.Errorf("got %v and %v (%v), want .5", m.ClippedDensity, m.ClippedCoverage, err)
	}
}

// Of one law the nearest neighbour is right half the time, of two far apart always, of copies
// never but for what is a copy within its set.
func TestTwoSample(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	c := cores(t, 2)
	x := normals(r, 700, 5, 0, 1)
	for _, q := range []struct {
		y     Points
		want  float64
		where string
	}{{normals(r, 500, 5, 0, 1), .5, "one law"}, {normals(r, 500, 5, 50, 1), 1, "far apart"},
		{x, 0, "copies"}} {
		got, err := c.TwoSample(context.Background(), x, q.y, 1)
		if err != nil || got.N != q.y.N() || math.Abs(got.All.Value-q.want) > 4*got.All.SE {
			t.Errorf("%s: got %v of %d (%v), want %v", q.where, got.All, got.N, err, q.want)
		}
	}
}

// The nearest training point of a copy is the point itself, of others the nearest of all.
func TestNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 8))
	c := cores(t, 2)
	x := normals(r, 300, 7, 0, 1)
	y := normals(r, 20, 7, 0, 1)
	copy(y.Row(4), x.Row(123))
	got, err := c.Nearest(context.Background(), y, x)
	if err != nil || got.Index[4] != 123 || got.First[4] != 0 || got.Second[4] <= 0 {
		t.Fatalf("got %v, %v", got, err)
	}
	for i := range y.N() {
		want := sortedDistances(y.Row(i), x, -1)
		if got.Index[i] != want[0].index || got.First[i] != math.Sqrt(want[0].d2) ||
			got.Second[i] != math.Sqrt(want[1].d2) {
			t.Errorf("point %d: got %d at %v", i, got.Index[i], got.First[i])
		}
	}
	if _, err := c.Nearest(context.Background(), y, x.Slice(0, 1)); err == nil {
		t.Error("one training point has a second")
	}
}
