package cuda

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// Check finds a bad number among the columns a concatenation copies, and leaves
// states, outputs and the record of Clip as they were.
func TestCheck(t *testing.T) {
	const rows = 3
	a, b := leaf(plan.Input, "a", rows, 2), leaf(plan.Input, "b", rows, 5)
	acc, log := leaf(plan.State, "acc", 1), leaf(plan.State, "log", 5)
	wide := apply(t, plan.Op{Kind: plan.Concat, Rows: rows, Shape: []int{rows, 7}},
		apply(t, plan.Op{Kind: plan.Swap, Dims: [4]int{1, 2, rows, 1}, Shape: []int{rows, 2}}, a),
		apply(t, plan.Op{Kind: plan.Exp}, b))
	loss := apply(t, plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, wide, wide)
	scale := apply(t, plan.Op{Kind: plan.Clip, Max: 1}, log, loss, loss, leaf(plan.Input, "slot", 1))
	p := compile(t, plan.Float32, plan.Root{Name: "wide", Node: wide}, plan.Root{Name: "loss", Node: loss},
		plan.Root{Node: scale},
		plan.Root{Node: apply(t, plan.Op{Kind: plan.Assign}, acc,
			apply(t, plan.Op{Kind: plan.Add}, acc, loss))})
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, p)
	must(t, g.Write("a", []float32{1, 2, 3, 4, 5, 6}))
	must(t, g.Write("b", make([]float32, 15)))
	must(t, g.Write("log", []float32{1, float32(math.NaN()), 0, 0, 0})) // of a failed step before
	must(t, g.Run())
	before := state(t, g)
	if bad, err := g.Check(); bad != nil || err != nil {
		t.Fatalf("Check() = %v, %v", bad, err)
	}
	if after := state(t, g); after != before {
		t.Errorf("Check changed %s to %s", before, after)
	}
	values := make([]float32, 15)
	values[7], values[11] = 100, 200 // eˣ = ∞ at row 1, column 2 of b and later
	must(t, g.Write("b", values))
	bad, err := g.Check()
	must(t, err)
	if bad == nil || !math.IsInf(float64(bad.Got), 1) {
		t.Fatalf("Check() = %+v, want the infinity", bad)
	}
	if st := p.Steps[bad.Step]; st.Chain == nil || p.Values[st.Chain.Outs[0].Value].Name != bad.Value {
		t.Errorf("Check() = %+v, want the chain that makes it", bad)
	}
	if at := bad.Index; at != 7 && at != 1*7+2+2 {
		t.Errorf("the infinity is at %d, want 7 of b or 11 of the concatenation", at)
	}
	must(t, g.Write("b", filled(15, float32(math.NaN()))))
	if bad, err = g.Check(); err != nil || bad == nil || bad.Step != -1 || bad.Value != "b" ||
		bad.Index != 0 {
		t.Errorf("Check() = %+v, %v, want b[0]", bad, err)
	}
	must(t, g.Close())
	must(t, d.Close())
}

// state prints everything the host can read, bit for bit.
func state(t *testing.T, g *Program) string {
	t.Helper()
	var s strings.Builder
	for _, ports := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, q := range ports {
			x := make([]float32, g.plan.Values[q.Value].Size)
			must(t, g.Read(q.Name, x))
			fmt.Fprintf(&s, "%s %v; ", q.Name, x)
		}
	}
	return s.String()
}

// A trace names every launch once, in order, and says that the emulator is none
// to take the time by.
func TestTrace(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, running(t, 1000))
	must(t, g.Write("x", filled(1000, 1)))
	spans, err := g.Trace()
	must(t, err)
	var names []string
	for _, s := range spans {
		names = append(names, s.Kernel)
		if s.Kernel == "chain_f32" && (s.Grid != [3]uint32{2, 1, 1} || s.Block != [3]uint32{128, 1, 1}) {
			t.Errorf("%+v, want a grid of 2 and blocks of 128", s)
		}
	}
	if want := []string{"chain_f32", "copy", "copy"}; !slices.Equal(names, want) {
		t.Errorf("launches %v, want %v", names, want)
	}
	if l := g.Timeline(); l.Device != d.Name() || l.Stream != "main stream" ||
		!strings.Contains(l.Clock, "not the times of a GPU") {
		t.Errorf("Timeline() = %+v", l)
	}
	y := make([]float32, 1000)
	must(t, g.Read("y", y))
	if !slices.Equal(y, filled(1000, 2)) {
		t.Errorf("a traced run gave y = %v, want 2", y[0])
	}
	must(t, g.Close())
	must(t, d.Close())
}
