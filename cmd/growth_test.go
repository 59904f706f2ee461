package cmd

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stillfield/stillfield/experiment"
)

// Every growth ascends and builds at its least and its greatest size, and every axis has the exponent
// that its memory may have.
func TestGrowths(t *testing.T) {
	for _, g := range growths() {
		if _, ok := ideals[g.axis]; !ok {
			t.Errorf("%s of %s has no exponent for its memory", g.axis, g.config)
		}
		for i, n := range g.sizes {
			if i > 0 && n <= g.sizes[i-1] {
				t.Errorf("%s of %s: %v do not ascend", g.axis, g.config, g.sizes)
			}
		}
		var cost []float64
		for _, n := range []int{g.sizes[0], g.sizes[len(g.sizes)-1]} {
			e, src, err := g.at(n)
			if err != nil {
				t.Fatalf("%s of %s, %d: %v", g.axis, g.config, n, err)
			}
			if src.Info().Shape != e.Shape || e.Config.CheckData(src.Info()) != nil {
				t.Errorf("%s of %s, %d: data are %v, want %v", g.axis, g.config, n, src.Info().Shape, e.Shape)
			}
			cost = append(cost, size(e))
		}
		if g.axis != "cores" && cost[1] <= cost[0] {
			t.Errorf("%s of %s: no larger at %v", g.axis, g.config, g.sizes)
		}
	}
}

// size is something that grows with every axis but the cores.
func size(e *experiment.Experiment) float64 {
	return float64(e.Config.Batch) * float64(e.Params.Len) * float64(e.Dim())
}

// A power law has its exponent, whatever the factor; what exceeds its ideal is marked.
func TestExponents(t *testing.T) {
	for _, tt := range []struct {
		axis         string
		time, memory float64
		want         string
	}{
		{"batch", 1, .5, "1.00 (1.00), 0.50 (1.00)"},
		{"batch", 1.1, 1, "1.10 (1.00), 1.00 (1.00)"},
		{"depth", 2, 1.2, "2.00! (1.00), 1.20! (1.00)"},
		{"width", 1, 2, "1.00 (1.00), 2.00 (2.00)"},
		{"cores", -.9, 0, "-0.90 (-1.00), 0.00 (0.00)"},
		{"cores", -.5, 0, "-0.50! (-1.00), 0.00 (0.00)"},
	} {
		var rows []grown
		for _, n := range []int{1, 2, 4, 16} {
			x := float64(n)
			rows = append(rows, grown{Axis: tt.axis, Size: n, Seconds: 3e-5 * math.Pow(x, tt.time),
				Bytes: 7 * math.Pow(x, tt.memory), FLOPs: 1e9 * x})
		}
		if got, want := exponents(rows), "   "+tt.want+"; of all "+tt.want; got != want {
			t.Errorf("%s, time %v, memory %v: got %q, want %q", tt.axis, tt.time, tt.memory, got, want)
		}
		if got := exponents(rows[:1]); got != "" {
			t.Errorf("one size: got %q", got)
		}
	}
}

// One size is measured, and the end of the context ends it.
func TestGrowthMeasures(t *testing.T) {
	g := growths()[0]
	r, err := g.measure(t.Context(), 1, 0)
	if err != nil || !(r.Seconds > 0 && r.Seconds < math.Inf(1) && r.FLOPs > 0 && r.Bytes > 4*2e6) {
		t.Errorf("got %+v, %v", r, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := benchGrowth(ended, new(bytes.Buffer), true, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: got %v, want %v", err, context.Canceled)
	}
}

// What --growth cannot go with is refused.
func TestGrowthRefuses(t *testing.T) {
	own := "bench: --growth: it has experiments of its own, want no CONFIG and no other setting"
	fails(t, []string{"bench", "--growth", "digits-eqm"}, own)
	fails(t, []string{"bench", "--growth", "--set", "batch=4"}, own)
	alone := "bench: --growth goes with --quick and --figures alone, and --quick with it"
	fails(t, []string{"bench", "--growth", "--loader"}, alone)
	fails(t, []string{"bench", "--quick"}, alone)
}
