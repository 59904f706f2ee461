package distance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// cores are workers that end with the test.
func cores(t testing.TB, workers int) *Cores {
	t.Helper()
	c, err := NewCores(workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// median is Median.
func median(t *testing.T, x, y Points) float64 {
	t.Helper()
	m, err := Median(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// normals are n points of N(shift, spread² I) in R^dim.
func normals(r *rand.Rand, n, dim int, shift, spread float64) Points {
	p := Points{make([]float32, n*dim), dim}
	for i := range p.X {
		p.X[i] = float32(shift + spread*r.NormFloat64())
	}
	return p
}

// kernels and their definitions in float64.
func definitions(dim int, median float64) map[string]struct {
	fast Kernel
	slow func(x, y []float32) float64
} {
	type both = struct {
		fast Kernel
		slow func(x, y []float32) float64
	}
	return map[string]both{
		"cubic": {Cubic(dim), func(x, y []float32) float64 {
			var s float64
			for k := range x {
				s += float64(x[k]) * float64(y[k])
			}
			return math.Pow(s/float64(dim)+1, 3)
		}},
		"radial": {Radial(median), func(x, y []float32) (sum float64) {
			for _, ratio := range []float64{.25, .5, 1, 2, 4} {
				sum += math.Exp(-squared(x, y)/(2*ratio*median*median)) / 5
			}
			return sum
		}},
		"distance": {Distance(), func(x, y []float32) float64 { return -math.Sqrt(squared(x, y)) }},
	}
}

// slowly is the unbiased MMD² by its definition.
func slowly(k func(x, y []float32) float64, x, y Points) float64 {
	mean := func(x, y Points, same bool) float64 {
		var sum, n float64
		for i := range x.N() {
			for j := range y.N() {
				if !same || i != j {
					sum += k(x.Row(i), y.Row(j))
					n++
				}
			}
		}
		return sum / n
	}
	return mean(x, x, true) + mean(y, y, true) - 2*mean(x, y, false)
}

// Each kernel's MMD² is its definition's, to a share of the kernel's size, on either side of
// the tiles' rows and columns and of the blocks; and the same on one core and on three.
func TestKernelDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	one, three := cores(t, 1), cores(t, 3)
	for _, dim := range []int{1, 2, 31, 64} {
		for _, n := range [][2]int{{4, 4}, {5, 33}, {64, 31}, {tileRows + 1, tileColumns + 1}} {
			x, y := normals(r, n[0], dim, .3, 1), normals(r, n[1], dim, .5, 1.2)
			for name, k := range definitions(dim, median(t, x, y)) {
				t.Run(fmt.Sprintf("%s/dim=%d/n=%v", name, dim, n), func(t *testing.T) {
					got, err := three.KernelDistance(context.Background(), k.fast, x, y)
					if err != nil {
						t.Fatal(err)
					}
					want := slowly(k.slow, x, y)
					size := math.Abs(k.slow(x.Row(0), x.Row(0))) + math.Abs(k.slow(x.Row(0), y.Row(0)))
					if math.Abs(got.Value-want) > 2e-7*(1+size) {
						t.Errorf("got %v, want %v", got.Value, want)
					}
					if alone, _ := one.KernelDistance(context.Background(), k.fast, x, y); alone != got {
						t.Errorf("on one core it is %v, on three %v", alone, got)
					}
				})
			}
		}
	}
}

// Over many pairs of sets of one law the estimates are 0 on average, and 1.96 standard errors
// hold the mean at least 95 times in 100; and about so often where the laws differ.
func TestKernelDistanceErrors(t *testing.T) {
	c := cores(t, 1)
	const runs = 200
	for _, shift := range []float64{0, .6} {
		for name, k := range definitions(4, 2.8) {
			var all []Estimate
			var mean, variance, held float64
			for i := range runs {
				r := rand.New(rand.NewPCG(uint64(i), 3))
				x, y := normals(r, 120, 4, 0, 1), normals(r, 140, 4, shift, 1)
				e, err := c.KernelDistance(context.Background(), k.fast, x, y)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, e)
				mean += e.Value / runs
			}
			for _, e := range all {
				variance += (e.Value - mean) * (e.Value - mean) / (runs - 1)
				if math.Abs(e.Value-mean) < 1.96*e.SE {
					held += 1. / runs
				}
			}
			if shift == 0 && (math.Abs(mean) > 4*math.Sqrt(variance/runs) || held < .95) {
				t.Errorf("%s of one law is %v ± %v, want 0, in %v of the intervals, want at least .95", name,
					mean, math.Sqrt(variance/runs), held)
			}
			if shift > 0 && (held < .9 || held > .99) {
				t.Errorf("%s, shift %v: %v of the intervals hold the mean, want .95", name, shift, held)
			}
		}
	}
}

// The order of the points does not matter but for rounding, and a rotation not to distances.
func TestKernelDistanceSymmetries(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	c := cores(t, 2)
	x, y := normals(r, 200, 2, 0, 1), normals(r, 150, 2, .4, 1)
	median := median(t, x, y)
	angle := .7
	turned := func(p Points) Points {
		q := Points{make([]float32, len(p.X)), 2}
		for i := range p.N() {
			u, v := float64(p.X[2*i]), float64(p.X[2*i+1])
			q.X[2*i] = float32(math.Cos(angle)*u - math.Sin(angle)*v)
			q.X[2*i+1] = float32(math.Sin(angle)*u + math.Cos(angle)*v)
		}
		return q
	}
	for name, k := range definitions(2, median) {
		value := func(x, y Points) float64 {
			e, err := c.KernelDistance(context.Background(), k.fast, x, y)
			if err != nil {
				t.Fatal(err)
			}
			return e.Value
		}
		want := value(x, y)
		for what, got := range map[string]float64{
			"another order":      value(x.chosen(subset(200, 200, 1, 0)), y.chosen(subset(150, 150, 1, 1))),
			"the sets exchanged": value(y, x), "a rotation": value(turned(x), turned(y)),
		} {
			if math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: with %s it is %v, without %v", name, what, got, want)
			}
		}
	}
}

// All points as the only subset are the full estimate; subsets have no number twice, and other
// ones for another seed.
func TestKIDSubsets(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	c := cores(t, 2)
	x, y := normals(r, 300, 5, 0, 1), normals(r, 300, 5, .5, 1)
	all, err := c.KernelDistance(context.Background(), Cubic(5), x, y)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.KIDSubsets(context.Background(), x, y, 1, 300, 1)
	if err != nil || math.Abs(whole.Value-all.Value) > 1e-6 || whole.SE != 0 {
		t.Errorf("got %v, %v, want %v without an error", whole, err, all.Value)
	}
	many, err := c.KIDSubsets(context.Background(), x, y, 50, 100, 1)
	if err != nil || math.Abs(many.Value-all.Value) > 4*many.SE/math.Sqrt(50)+1e-3 || many.SE == 0 {
		t.Errorf("got %v, %v, want about %v", many, err, all.Value)
	}
	seen := map[int]bool{}
	for _, i := range subset(40, 40, 2, 7) {
		if i < 0 || i >= 40 || seen[i] {
			t.Fatalf("a subset of 40 of 40 has %d twice or out of range", i)
		}
		seen[i] = true
	}
	if a, b := subset(40, 5, 1, 0), subset(40, 5, 2, 0); fmt.Sprint(a) == fmt.Sprint(b) {
		t.Errorf("seeds 1 and 2 have one subset, %v", a)
	}
}

func TestRefusals(t *testing.T) {
	c := cores(t, 1)
	r := rand.New(rand.NewPCG(2, 1))
	good := normals(r, 10, 3, 0, 1)
	bad := normals(r, 10, 3, 0, 1)
	bad.X[7] = float32(math.NaN())
	same := Points{make([]float32, 30), 3}
	for want, pair := range map[string][2]Points{
		"distance: KID: got 3 real and 10 generated vectors, want at least 4 of each": {
			good.Slice(0, 3), good},
		"distance: KID: coordinate 1 of generated vector 2 is NaN, want finite numbers": {good, bad},
		"distance: KID: got vectors of 3 and of 5 coordinates, want the same number of at least 1": {good,
			normals(r, 10, 5, 0, 1)},
		"distance: KID: got 10 real and 10 generated vectors that are all one vector: these features tell " +
			"nothing apart": {same, same},
	} {
		_, err := c.KernelDistance(context.Background(), Cubic(3), pair[0], pair[1])
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.KernelDistance(ended, Cubic(3), good, good); err != context.Canceled {
		t.Errorf("got %v, want that the context has ended", err)
	}
}
