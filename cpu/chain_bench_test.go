package cpu

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// chainCases are the chains that networks are made of, on n elements of 64 channels, with
// the number of arrays that each reads and writes.
func chainCases(n int) []struct {
	name   string
	root   *plan.Node
	arrays int
} {
	k := func(k plan.Kind, xs ...*plan.Node) *plan.Node { return apply(plan.Op{Kind: k, Imm: 1}, xs...) }
	x, y := input("x", n/64, 64), input("y", n/64, 64)
	expand := func(outer, inner int, name string) *plan.Node {
		op := plan.Op{Kind: plan.Expand, Outer: outer, Inner: inner, Shape: []int{n / 64, 64}}
		return apply(op, input(name, outer*inner))
	}
	row, col, pixel := expand(1, 64, "row"), expand(n/64, 1, "col"), expand(n/1024, 64, "pixel")
	s := k(plan.Sigmoid, x)
	h := k(plan.Mul, x, s)
	return []struct {
		name   string
		root   *plan.Node
		arrays int
	}{
		{"silu", k(plan.SiLU, x), 2},
		{"add", k(plan.Add, x, y), 3},
		{"silu backward", k(plan.Mul, k(plan.Mul, y, s), k(plan.Shift, k(plan.Sub, x, h))), 3},
		{"add row", k(plan.Add, x, row), 2},
		{"mul column", k(plan.Mul, x, col), 2},
		{"add pixel", k(plan.Add, x, pixel), 2},
		{"concat", apply(plan.Op{Kind: plan.Concat, Rows: n / 64, Shape: []int{n / 64, 128}}, x, y), 4},
		{"normal", apply(plan.Op{Kind: plan.Normal, Seed: 1, Purpose: 2, Shape: []int{n / 1024, 1024}},
			input("rows", n/1024, plan.DrawLen)), 1},
	}
}

// BenchmarkChain is the GB/s of what a chain must read and write, on arrays that fit the
// cache and on arrays that do not.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1 << 16, 1 << 21} {
		for _, c := range chainCases(n) {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				p, err := plan.Compile(b.Context(), []plan.Root{{Name: "z", Node: c.root}}, plan.Float32)
				if err != nil {
					b.Fatal(err)
				}
				d, err := New(Options{Workers: 1})
				if err != nil {
					b.Fatal(err)
				}
				g, err := d.Load(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(4 * n * c.arrays))
				for b.Loop() {
					if err := g.Run(); err != nil {
						b.Fatal(err)
					}
				}
				if err := g.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
