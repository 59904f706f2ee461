package cpu

import (
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// TestConverted counts a product of float32 with weights, which AdamW packs anew, and a product whose operand
// is made in bfloat16.
func TestConverted(t *testing.T) {
	const m, k, n = 24, 40, 48
	w, wide := state("w", k*n), state("wide", n, n)
	matrix := apply(plan.Op{Kind: plan.Reshape, Shape: []int{k, n}}, w)
	product := apply(plan.Op{Kind: plan.MatMul}, input("x", m, k), matrix)
	y := apply(plan.Op{Kind: plan.MatMul}, apply(plan.Op{Kind: plan.SiLU}, product), wide)
	adam := apply(plan.Op{Kind: plan.AdamW, Adam: plan.AdamWConst{Beta1: .9, Beta2: .99, Eps: 1e-8}}, w,
		state("m", k*n), state("v", k*n), state("avg", k*n), input("g", k*n), input("scale", 1),
		input("hyper", plan.HyperLen))
	const x, packed = 2 * m * k, 2 * 64 * 64 // of 2 steps of k and 2 panels
	for _, tt := range []struct {
		precision plan.Precision
		roots     []plan.Root
		want      int
	}{
		{plan.Float32, []plan.Root{{Name: "y", Node: y}, {Node: adam}}, 0},
		{plan.BFloat16, []plan.Root{{Name: "y", Node: y}}, x},
		{plan.BFloat16, []plan.Root{{Name: "y", Node: y}, {Node: adam}}, x + packed},
	} {
		p, err := plan.Compile(t.Context(), tt.roots, tt.precision)
		if err != nil {
			t.Fatal(err)
		}
		d, err := New(Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		g, err := d.load(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Converted(); got != tt.want {
			t.Errorf("%v, %d roots: got %d bytes, want %d", tt.precision, len(tt.roots), got, tt.want)
		}
		g.Close()
	}
}
