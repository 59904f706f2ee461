package cuda

import (
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// block is h + W₂ silu(W₁ h + b), with a long sum that is cut into slices, and
// the gradient's wish for the sum under the silu if kept.
func block(t *testing.T, prec plan.Precision, kept bool) *plan.Plan {
	const n, c, w = 3, 36, 1100
	h := apply(t, plan.Op{Kind: plan.Softmax}, leaf(plan.Input, "x", n, c))
	bias := apply(t, plan.Op{Kind: plan.Expand, Outer: 1, Inner: w, Shape: []int{n, w}},
		leaf(plan.Input, "b", w))
	z := apply(t, plan.Op{Kind: plan.Add}, apply(t, plan.Op{Kind: plan.MatMul}, h,
		leaf(plan.Input, "w1", c, w)), bias)
	y := apply(t, plan.Op{Kind: plan.Add}, h, apply(t, plan.Op{Kind: plan.MatMul},
		apply(t, plan.Op{Kind: plan.SiLU}, z), leaf(plan.Input, "w2", w, c)))
	roots := []plan.Root{{Name: "y", Node: y}}
	if kept {
		roots = append(roots, plan.Root{Name: "z", Node: z})
	}
	return compile(t, prec, roots...)
}

// apart is p with every epilogue a chain of its own.
func apart(p *plan.Plan) *plan.Plan {
	q := *p
	q.Steps = slices.Clone(p.Steps)
	for s := range q.Steps {
		q.Steps[s].Epilogue = plan.NoEpilogue
	}
	return &q
}

// An epilogue is one launch less and not one bit different.
func TestEpilogueBits(t *testing.T) {
	for _, prec := range []plan.Precision{plan.Float32, plan.TF32, plan.BFloat16} {
		for _, kept := range []bool{false, true} {
			p := block(t, prec, kept)
			var got [2]string
			var launches [2]int
			for k, q := range []*plan.Plan{p, apart(p)} {
				d := open(t, emu.New(emu.Options{}))
				g := load(t, d, q)
				for i, in := range q.Inputs {
					x := make([]float32, q.Values[in.Value].Size)
					for j := range x {
						x[j] = float32(math.Sin(float64(7*i + 3*j)))
					}
					must(t, g.Write(in.Name, x))
				}
				must(t, g.Run())
				got[k], launches[k] = state(t, g), len(g.launches)
				if bad, err := g.Check(); bad != nil || err != nil {
					t.Errorf("Check() = %v, %v", bad, err)
				}
				must(t, g.Close())
				must(t, d.Close())
			}
			if got[0] != got[1] {
				t.Errorf("%v, kept %v: as epilogues %s\nas chains %s", prec, kept, got[0], got[1])
			}
			if launches[0] != launches[1]-2 {
				t.Errorf("%v: %d launches with two epilogues, %d without", prec, launches[0], launches[1])
			}
		}
	}
}

// Check finds the infinity of a sum that is not stored in what its epilogue
// makes of it.
func TestCheckEpilogue(t *testing.T) {
	p := block(t, plan.Float32, false)
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, p)
	for _, in := range p.Inputs {
		must(t, g.Write(in.Name, filled(p.Values[in.Value].Size, 3e38)))
	}
	must(t, g.Write("x", make([]float32, 3*36)))
	must(t, g.Run())
	bad, err := g.Check()
	must(t, err)
	if bad == nil || p.Steps[bad.Step].Epilogue != plan.SiLUOf || !math.IsInf(float64(bad.Got), 1) {
		t.Errorf("Check() = %+v, want the infinity that silu makes of one", bad)
	}
	must(t, g.Close())
	must(t, d.Close())
}
