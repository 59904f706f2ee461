package plan_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/plan"
)

var update = flag.Bool("update", false, "write the golden files: go test ./plan -run Golden -update")

// smallStep is a training step of one layer: noise, a product with a bias, an
// activation, a loss, its gradient by hand, clip and AdamW.
func smallStep() []plan.Root {
	const n, d, c = 8, 3, 5
	x, rows, theta := input("x", n, d), input("rows", n, plan.DrawLen), state("theta", d*c+c)
	u := binary(plan.Add, x, apply(plan.Op{Kind: plan.Normal, Seed: 1, Purpose: 2, Shape: []int{n, d}}, rows))
	u.Name = "noise"
	w := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Width: d * c, Shape: []int{d, c}}, theta)
	bias := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: d * c, Width: c, Shape: []int{c}}, theta)
	z := binary(plan.Add, apply(plan.Op{Kind: plan.MatMul}, u, w),
		apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: c, Shape: []int{n, c}}, bias))
	y := unary(plan.Tanh, z)
	loss := apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, y, y)
	loss.Name = "loss"
	g := unary(plan.Scale, binary(plan.Sub, y, binary(plan.Mul, y, binary(plan.Mul, y, y))))
	grad := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{d*c + c}},
		apply(plan.Op{Kind: plan.MatMul, TransA: true}, u, g),
		apply(plan.Op{Kind: plan.Sum, Outer: 1, Inner: c, Shape: []int{c}}, g))
	grad.Name = "gradient"
	gg := apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, grad, grad)
	scale := apply(plan.Op{Kind: plan.Clip, Max: 1}, state("record", 3), loss, gg, input("slot", 1))
	m, v, a := state("m", d*c+c), state("v", d*c+c), state("average", d*c+c)
	adam := apply(plan.Op{Kind: plan.AdamW}, theta, m, v, a, grad, scale, input("hyper", plan.HyperLen))
	return []plan.Root{{Node: adam}, {Name: "loss", Node: loss}}
}

func TestGoldenPlan(t *testing.T) {
	p, err := plan.Compile(t.Context(), smallStep(), plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, p)
	const file = "testdata/step.golden"
	if *update {
		if err := os.WriteFile(file, []byte(p.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), p.String()); d != "" {
		t.Errorf("the plan differs from %s (-want +got); go test ./plan -run Golden -update writes it:\n%s",
			file, d)
	}
}

// TestSamePlan builds equal graphs and wants plans that are equal in every byte.
func TestSamePlan(t *testing.T) {
	var first *plan.Plan
	for range 20 {
		p, err := plan.Compile(t.Context(), smallStep(), plan.TF32)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = p
		}
		if d := cmp.Diff(first, p, cmp.AllowUnexported(plan.Value{})); d != "" {
			t.Fatalf("another plan of an equal graph (-first +now):\n%s", d)
		}
	}
}
