package cpu

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
)

// TestConformance runs the suite at every level, the whole of it at the fastest.
func TestConformance(t *testing.T) {
	levels := kernels.Levels()
	for i, l := range levels {
		t.Run(l.String(), func(t *testing.T) {
			plantest.Run(t, func(t *testing.T) plan.Device {
				d, err := New(Options{Workers: 1 + i, Level: l, Poison: true})
				if err != nil {
					t.Fatal(err)
				}
				return d
			}, plantest.Options{Allocs: true, Small: i < len(levels)-1,
				Join: func(g *comm.Group) (plan.Device, error) { // which sums buckets beside the steps
					return New(Options{Workers: 1 + i, Level: l, Poison: true, Group: g, Bucket: 16})
				}})
		})
	}
}

// TestBFloatConformance runs the suite in bfloat16 in every form, the whole of it in the best.
func TestBFloatConformance(t *testing.T) {
	forms := testForms()
	for i, f := range forms {
		t.Run(f.String(), func(t *testing.T) {
			plantest.Run(t, func(t *testing.T) plan.Device {
				d, err := New(Options{Workers: 1 + i%3, Form: f, Poison: true})
				if err != nil {
					t.Fatal(err)
				}
				return d
			}, plantest.Options{Allocs: true, Small: i < len(forms)-1, Precision: plan.BFloat16})
		})
	}
}

// same reports the first name and element in which got differs from want.
func same(t *testing.T, what string, got, want map[string][]float32) {
	t.Helper()
	for name, w := range want {
		for i := range w {
			if g := got[name][i]; math.Float32bits(g) != math.Float32bits(w[i]) {
				t.Errorf("%s: %s[%d] = %v, want %v", what, name, i, g, w[i])
				break
			}
		}
	}
}

// TestOneResult: three training steps give the same bits at every level and
// with any number of workers.
func TestOneResult(t *testing.T) {
	var want map[string][]float32
	for _, l := range kernels.Levels() {
		for _, workers := range []int{1, 2, 5} {
			g := open(t, Options{Workers: workers, Level: l, Poison: true}, 3, 0)
			for range 3 {
				if err := g.Run(); err != nil {
					t.Fatal(err)
				}
			}
			got := results(t, g)
			if want == nil {
				want = got
				for name, x := range got {
					for i, v := range x {
						if v-v != 0 {
							t.Fatalf("%s[%d] = %v", name, i, v)
						}
					}
				}
			}
			same(t, fmt.Sprintf("%v, %d workers", l, workers), got, want)
		}
	}
}

// TestRowsIndependent: what is computed for a sample depends on neither the batch it is in
// nor its place there.
func TestRowsIndependent(t *testing.T) {
	const n = 11 // normalisations of 8 samples and more are split into other items
	run := func(n, first int) map[string][]float32 {
		g := open(t, Options{Workers: 2}, n, first)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return results(t, g)
	}
	all := run(n, 0)
	for _, cut := range [][2]int{{0, 1}, {4, 1}, {10, 1}, {3, 5}, {2, 9}} {
		part := run(cut[1], cut[0])
		for name, x := range part {
			if strings.HasPrefix(name, "row") {
				first, width := cut[0], len(x)/cut[1]
				want := all[name][first*width : (first+cut[1])*width]
				same(t, fmt.Sprintf("samples %d to %d", first, first+cut[1]-1),
					map[string][]float32{name: x}, map[string][]float32{name: want})
			}
		}
	}
}

// TestNoAllocation: from the second run on, a run allocates nothing.
func TestNoAllocation(t *testing.T) {
	for _, workers := range []int{1, 2} {
		g := open(t, Options{Workers: workers}, 3, 0)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if a := testing.AllocsPerRun(5, func() {
			if err := g.Run(); err != nil {
				t.Error(err)
			}
		}); a != 0 {
			t.Errorf("%d workers: a run allocates %v times", workers, a)
		}
	}
}

// TestCheck: Check changes nothing, and finds the first value that is not finite.
func TestCheck(t *testing.T) {
	g := open(t, Options{Workers: 2}, 2, 0)
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	before := results(t, g)
	if bad, err := g.Check(); bad != nil || err != nil {
		t.Fatalf("Check() = %v, %v", bad, err)
	}
	same(t, "after Check", results(t, g), before)
	x := make([]float32, 2*side*side*channels)
	x[77] = float32(math.Inf(1))
	if err := g.Write("x", x); err != nil {
		t.Fatal(err)
	}
	bad, err := g.Check()
	if err != nil || bad == nil || bad.Step != -1 || bad.Value != "x" || bad.Index != 77 {
		t.Errorf("Check() = %+v, %v, want x[77]", bad, err)
	}
	// A failed step stays in the log, and the next Check does not report the log.
	x[77] = 3e38
	if err := g.Write("x", x); err != nil {
		t.Fatal(err)
	}
	before = results(t, g)
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	after := results(t, g)
	if after["log"][0] != 1 {
		t.Errorf("log[0] = %v after a step that overflows, want 1", after["log"][0])
	}
	same(t, "weights after a failed step", map[string][]float32{"theta": after["theta"], "m": after["m"]},
		map[string][]float32{"theta": before["theta"], "m": before["m"]})
	bad, err = g.Check()
	if err != nil || bad == nil || bad.Step < 0 || bad.Value == "log" {
		t.Errorf("Check() = %+v, %v, want the first step that overflows", bad, err)
	}
}

// TestErrors: what cannot be run is an error of New, Load or the program's methods.
func TestErrors(t *testing.T) {
	if _, err := New(Options{Workers: -1}); err == nil {
		t.Error("New with -1 workers: no error")
	}
	d, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := compile(t, 1)
	for _, precision := range []plan.Precision{plan.TF32} {
		q := *p
		q.Precision = precision
		_, err := d.Load(t.Context(), &q)
		if err == nil || !strings.Contains(err.Error(), precision.String()) {
			t.Errorf("Load of %v: %v", precision, err)
		}
	}
	side9 := apply(plan.Op{Kind: plan.Conv}, input("x", 1, 4, 4, 1), input("f", 9, 9, 1, 1))
	if q, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: side9}}, plan.Float32); err != nil {
		t.Error(err)
	} else if _, err := d.Load(t.Context(), q); err == nil {
		t.Error("Load of a 9×9 convolution: no error")
	}
	g, err := d.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	_, err = g.Check()
	if g.Run() == nil || err == nil || g.Write("draws", make([]float32, 3)) == nil || g.Close() != nil {
		t.Error("a closed program runs")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Load(t.Context(), p); err == nil {
		t.Error("a closed device loads")
	}
}
