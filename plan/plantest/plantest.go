// Package plantest is the conformance suite of devices: whatever runs plans
// passes it. Every operator is run at sizes on either side of where kernels
// change path (vectors of 4 to 16, tiles of 6 to 128, blocks of 256 to 2048)
// and held to plan/reference, within a bound made from the operands.
package plantest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// Options say what a device is held to.
type Options struct {
	// Small leaves out the cases that a slow device, an emulator, has no time for.
	Small bool
	// Precision is what contractions are compiled for; the bounds follow it.
	Precision plan.Precision
	// Allocs also asserts that a run after the first, and a copy to the host after
	// the first of its name, allocate nothing.
	Allocs bool
	// Join opens a device that sums over the processes of a group; nil leaves that out. It is
	// called from a goroutine of its own for each of them.
	Join func(g *comm.Group) (plan.Device, error)
}

// Run holds the device that open makes to the whole suite.
func Run(t *testing.T, open func(t *testing.T) plan.Device, opt Options) {
	d := open(t)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("Operators", func(t *testing.T) { operators(t, d, opt) })
	t.Run("Epilogues", func(t *testing.T) { epilogues(t, d, opt) })
	t.Run("Chains", func(t *testing.T) { chains(t, d, opt) })
	t.Run("Effects", func(t *testing.T) { effects(t, d, opt) })
	t.Run("Weights", func(t *testing.T) { weights(t, d, opt) })
	t.Run("Program", func(t *testing.T) { program(t, d, opt) })
	t.Run("Buffer", func(t *testing.T) { buffers(t, d, opt) })
	t.Run("Load", func(t *testing.T) { loads(t, d, opt) })
	t.Run("Send", func(t *testing.T) { sends(t, d, opt) })
	t.Run("AllSum", func(t *testing.T) { allSums(t, opt) })
	t.Run("Storage", func(t *testing.T) { storage(t, d, opt) })
}

// leaf is an input node.
func leaf(name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: name, Shape: shape}
}

func state(name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: plan.State}, Name: name, Shape: shape}
}

// apply is op over xs; a shape that does not fit is a bug of the suite.
func apply(op plan.Op, xs ...*plan.Node) *plan.Node {
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.Shape
	}
	s, err := op.Infer(shapes...)
	if err != nil {
		panic(err)
	}
	return &plan.Node{Op: op, In: xs, Shape: s}
}

func compile(t *testing.T, p plan.Precision, roots ...plan.Root) *plan.Plan {
	t.Helper()
	q, err := plan.Compile(t.Context(), roots, p)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func load(t *testing.T, d plan.Device, p *plan.Plan) plan.Program {
	t.Helper()
	g, err := d.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// random fills x with numbers of either sign, or positive ones, away from zero.
func random(x []float32, seed uint64, positive bool) {
	rng := rand.New(rand.NewPCG(seed, 7))
	for i := range x {
		x[i] = rng.Float32() + .0625
		if !positive && rng.IntN(2) == 0 {
			x[i] = -x[i]
		}
	}
}

// write sets a named value on both programs.
func write(t *testing.T, name string, x []float32, gs ...plan.Program) {
	t.Helper()
	for _, g := range gs {
		if err := g.Write(name, x); err != nil {
			t.Fatal(err)
		}
	}
}

func run(t *testing.T, gs ...plan.Program) {
	t.Helper()
	for _, g := range gs {
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, g plan.Program, name string, n int) []float32 {
	t.Helper()
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.NaN()) // an element that is not read shows
	}
	if err := g.Read(name, x); err != nil {
		t.Fatal(err)
	}
	return x
}

// both loads p on the device and on the reference and fills the inputs of both.
func both(t *testing.T, d plan.Device, p *plan.Plan, positive bool) (plan.Program, *reference.Program) {
	t.Helper()
	g, ref := load(t, d, p), reference.Load(p)
	for _, ports := range [][]plan.Port{p.Inputs, p.States} {
		for k, q := range ports {
			x := make([]float32, p.Values[q.Value].Size)
			random(x, uint64(k), positive)
			write(t, q.Name, x, g, ref)
		}
	}
	return g, ref
}

// near reports the first element of got that is further from want than bound.
func near(t *testing.T, name string, got []float32, want []float64, bound func(i int) float64) {
	t.Helper()
	bad := 0
	for i, w := range want {
		g := float64(got[i])
		if same := g == w || math.IsNaN(g) && math.IsNaN(w); same || math.Abs(g-w) <= bound(i) {
			continue
		}
		if bad++; bad == 1 {
			t.Errorf("%s[%d] = %.9g, want %.9g ± %.2g", name, i, g, w, bound(i))
		}
	}
	if bad > 1 {
		t.Errorf("%s: %d of %d elements are wrong", name, bad, len(want))
	}
}

func bits(x []float32) string {
	h := uint64(14695981039346656037)
	for _, v := range x {
		h = (h ^ uint64(math.Float32bits(v))) * 1099511628211
	}
	return fmt.Sprintf("%016x", h)
}
