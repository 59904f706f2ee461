package distance

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
)

// formula is points that scripts/scores/check.py makes to the bit.
func formula(n, dim, a, b int) Points {
	p := Points{make([]float32, 0, n*dim), dim}
	for i := range n {
		for j := range dim {
			v := (i*a + j*b + i*i*(j+1)) % 1009
			p.X = append(p.X, float32(float64(v)/1009*(1+float64(j)/8)))
		}
	}
	return p
}

// everything is all numbers of two sets, by the names that scripts/scores/check.py has.
func everything(t *testing.T, c *Cores, x, y Points) map[string]float64 {
	t.Helper()
	ctx, got := context.Background(), map[string]float64{}
	must := func(name string, e Estimate, err error) {
		if err != nil {
			t.Fatal(name, err)
		}
		got[name], got[name+" ±"] = e.Value, e.SE
	}
	for name, k := range map[string]Kernel{"KID": Cubic(x.Dim), "MMD²": Radial(median(t, x, y)),
		"energy distance": Distance()} {
		e, err := c.KernelDistance(ctx, k, x, y)
		must(name, e, err)
	}
	e, err := c.KIDSubsets(ctx, x, y, 7, 50, 0)
	must("KID, subsets", e, err)
	d, l, err := c.Limit(ctx, x, y, 5, 0)
	must("Fréchet distance", d, err)
	must("Fréchet distance at N = ∞", l, err)
	e, err = c.Sliced(ctx, x, y, 20, 1, 0)
	must("sliced W1", e, err)
	e, err = c.Sliced(ctx, x, y, 20, 2, 0)
	must("sliced W2", e.Rooted(2), err)
	e, err = c.MIND(ctx, x, y, 20, 0)
	must("MIND", e, err)
	told, err := c.TwoSample(ctx, x, y, 0)
	must("1-NN accuracy", told.All, err)
	m, err := c.Manifolds(ctx, x, y, 4)
	must("precision", m.Precision, err)
	must("recall", m.Recall, nil)
	must("density", m.Density, nil)
	must("coverage", m.Coverage, nil)
	got["clipped density"], got["clipped coverage"] = m.ClippedDensity, m.ClippedCoverage
	return got
}

// Every number is numpy's and scipy's, of sets of one size and of two, to 1e-6; testdata is by
// scripts/scores/check.py --golden eval/distance/testdata/scores.json.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/scores.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]map[string]float64
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	c := cores(t, 2)
	if len(golden) == 0 {
		t.Fatal("there are no golden numbers")
	}
	for size, want := range golden {
		n, err := strconv.Atoi(size)
		if err != nil || len(want) < 19 {
			t.Fatalf("%s: %d numbers: %v", size, len(want), err)
		}
		got := everything(t, c, formula(n, 5, 7919, 104729), formula(130, 5, 6007, 1299))
		for name, w := range want {
			within := 1e-6
			if name == "Fréchet distance ±" { // which is by differences there
				within = 1e-4
			}
			if g, ok := got[name]; !ok || math.Abs(g-w) > within*max(math.Abs(w), 1e-2) {
				t.Errorf("%s: %s is %v, numpy has %v", size, name, g, w)
			}
		}
	}
}
