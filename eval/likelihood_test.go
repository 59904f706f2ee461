package eval

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// densityAt are the densities of c's flow at points x of dim coordinates.
func densityAt(t *testing.T, c *Case, m likelihood, x []float64, dim int) []float64 {
	t.Helper()
	f, err := newFlow(t.Context(), c, m, make([]int32, len(x)/dim))
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	times, err := m.times(c.Checkpoint.Process)
	if err != nil {
		t.Fatal(err)
	}
	got, err := logDensities(f, c.Checkpoint.Process, times, x, dim, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// ofDim is untrained with points of R^dim and weights with which the field is smooth: a
// first layer whose bias keeps layer normalisation from what is nearly zero.
func ofDim(t *testing.T, dim int, set ...string) *Case {
	t.Helper()
	c := untrained(t, device(t), append(set, "data={name: rings}", "sample.batch=2000")...)
	e, err := experiment.New(c.Checkpoint.Config, datasets.Shape{H: 1, W: 1, C: dim})
	if err != nil {
		t.Fatal(err)
	}
	w := e.NewWeights()
	for _, p := range e.Params.List {
		size := .1
		if p.Name == "in.bias" {
			size = 2
		}
		for i := range p.Size() {
			w.Average[p.Offset+i] += float32(size * math.Sin(float64(p.Offset+i)))
		}
	}
	c.Checkpoint = &run.Checkpoint{Experiment: e, Weights: w}
	return c
}

// A flow moves the noise and loses none of it: whatever the network, blind or told the time,
// the density that it gives sums to 1, on a line and in a plane.
func TestDensitySumsToOne(t *testing.T) {
	for _, set := range [][]string{{"field=fm"}, {"field=fm", "model.clock=true"}, {"field=eqm"},
		{"field=fm", "model.energy=dot"}} {
		for _, grid := range []struct {
			dim, n int
			reach  float64
		}{{1, 401, 8}, {2, 57, 7}} {
			c := ofDim(t, grid.dim, set...)
			h := 2 * grid.reach / float64(grid.n-1)
			var x []float64
			for i := range grid.n {
				for j := range grid.n {
					u := -grid.reach + h*float64(i)
					if grid.dim == 1 {
						x = append(x, u)
						break
					}
					x = append(x, u, -grid.reach+h*float64(j))
				}
			}
			var sum, peak float64
			for _, l := range densityAt(t, c, likelihood{steps: 10, end: .05}, x, grid.dim) {
				p := math.Exp(l) * math.Pow(h, float64(grid.dim))
				sum, peak = sum+p, max(peak, p)
			}
			if math.Abs(sum-1) > 2e-3 || peak > .05 {
				t.Errorf("%v in %d dimensions: a sum of %v, %v of it in one cell", set, grid.dim, sum, peak)
			}
		}
	}
}

// Estimates of the divergence scatter about the exact one, and the more probes the less.
func TestProbes(t *testing.T) {
	c := ofDim(t, 12, "field=fm")
	const n = 40
	x := make([]float64, n*12)
	for e := range x {
		x[e] = math.Sin(7 * float64(e))
	}
	want := densityAt(t, c, likelihood{steps: 4}, x, 12)
	scatter := map[int]float64{}
	for _, probes := range []int{1, 16} {
		var miss, square float64
		for i, v := range densityAt(t, c, likelihood{steps: 4, probes: probes, seed: 3}, x, 12) {
			miss += (v - want[i]) / n
			square += (v - want[i]) * (v - want[i]) / n
		}
		if math.Abs(miss) > 4*math.Sqrt(square/n) {
			t.Errorf("%d probes: off by %v on average, they scatter by %v", probes, miss, math.Sqrt(square))
		}
		scatter[probes] = math.Sqrt(square)
	}
	if ratio := scatter[1] / scatter[16]; ratio < 2.5 || ratio > 6 {
		t.Errorf("one probe scatters by %v, 16 by %v: want about 4 times less", scatter[1], scatter[16])
	}
}

// The score of a point does not depend on how many are taken at a time, and the GPU's kernels
// give what the CPU's do, exactly or by probes, to the roundings of float32.
func TestLikelihoodOnDevices(t *testing.T) {
	gpu, err := cuda.New(emu.New(emu.Options{Major: 8}), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gpu.Close()
	host := device(t)
	for _, set := range [][]string{{"field=fm", "model.clock=true"}, {"model.energy=dot"},
		{"model.classes=10"}} {
		for _, more := range []string{"exact=64", "probes=3"} {
			metric := "likelihood:n=2,steps=2," + more
			want := scored(t, untrained(t, host, set...), metric)
			for name, c := range map[string]*Case{
				"one at a time": untrained(t, host, append(set, "sample.batch=1")...),
				"emu":           untrained(t, gpu, set...),
			} {
				for score, s := range scored(t, c, metric) {
					if w := want[score]; math.Abs(s.Value-w.Value) > 2e-4*(1+math.Abs(w.Value)) || s.N != 2 {
						t.Errorf("%v, %s, %s: %s is %v, want %v", set, metric, name, score, s.Value, w.Value)
					}
				}
			}
		}
	}
}

// Bits count the levels of the data: of 17 they are log₂ 8 less than those of the density of
// values in [−1, 1], for levels lie 1/8 apart. A score says how it was found.
func TestBits(t *testing.T) {
	all := scored(t, untrained(t, device(t), "field=fm"), "likelihood:n=3,steps=2,exact=0,seed=4")
	bits, nats := all["bits/dim"], all["ln p, nats"]
	if want := -nats.Value/(64*math.Ln2) + 3; math.Abs(bits.Value-want) > 1e-9 {
		t.Errorf("%v bits/dim of %v nats, want %v", bits.Value, nats.Value, want)
	}
	for _, part := range []string{"3 drawn of the 1797 of digits (trained on)",
		"17 levels dequantised uniformly",
		"1 Rademacher probes", "2 steps from t = 0 to 1"} {
		if !strings.Contains(bits.On, part) {
			t.Errorf("%q does not say %q", bits.On, part)
		}
	}
}

// Where half the steps change the score by more than its error it is said that they are few.
func TestFewSteps(t *testing.T) {
	c := untrained(t, device(t), "field=eqm")
	for _, tt := range []struct {
		fine, coarse []float64
		want         int
	}{{[]float64{100, 101}, []float64{100, 101}, 0}, {[]float64{100, 101}, []float64{110, 112}, 1}} {
		c.notes = nil
		likelihood{steps: 2}.scores(c, tt.fine, tt.coarse, []float64{1, .5, 0})
		if len(c.notes) != tt.want {
			t.Errorf("%v from %v: notes %q", tt.fine, tt.coarse, c.notes)
		}
	}
}
