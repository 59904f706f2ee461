package plantest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// chains runs graphs that compile to chains with every kind of operand: in
// order, broadcast along rows and columns and in the middle, transposed,
// narrowed, drawn, and several outputs at once.
func chains(t *testing.T, d plan.Device, opt Options) {
	for _, s := range [][3]int{{1, 1, 1}, {2, 3, 5}, {3, 17, 16}, {5, 7, 33}, {2, 49, 64}, {3, 130, 129}} {
		n, m, c := s[0], s[1], s[2]
		if opt.Small && n*m*c > 10000 {
			continue
		}
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			p := compile(t, plan.Float32, chainRoots(n, m, c)...)
			g, ref := both(t, d, p, false)
			rows := make([]float32, plan.DrawLen*s[0])
			plan.DrawRows(rows, 41, 7)
			write(t, "rows", rows, g, ref)
			for range 2 { // states change between the runs
				run(t, g, ref)
			}
			for _, o := range p.Outputs {
				want, err := ref.Data(o.Name)
				if err != nil {
					t.Fatal(err)
				}
				near(t, o.Name, read(t, g, o.Name, len(want)), want,
					func(i int) float64 { return 256 * 0x1p-24 * (math.Abs(want[i]) + 1) })
			}
		})
	}
	t.Run("Extremes", func(t *testing.T) { extremes(t, d) })
}

// chainRoots are outputs of shape [n, m, c], or twice that, whose chains read every
// kind of operand.
func chainRoots(n, m, c int) []plan.Root {
	k := func(kind plan.Kind, xs ...*plan.Node) *plan.Node {
		return apply(plan.Op{Kind: kind, Imm: .75}, xs...)
	}
	shape := []int{n, m, c}
	x, y, rows := leaf("x", shape...), leaf("y", shape...), leaf("rows", n, plan.DrawLen)
	row, col, mid := leaf("row", c), leaf("col", n), leaf("mid", n, c)
	expand := func(v *plan.Node, o, i int) *plan.Node {
		return apply(plan.Op{Kind: plan.Expand, Outer: o, Inner: i, Shape: shape}, v)
	}
	noise := apply(plan.Op{Kind: plan.Normal, Seed: 5, Purpose: 2, Shape: shape}, rows)
	level := apply(plan.Op{Kind: plan.Uniform, Seed: 5, Purpose: 1, Shape: []int{n}}, rows)
	u := k(plan.Add, k(plan.Mul, expand(k(plan.Shift, level), n, 1), x),
		k(plan.Mul, expand(level, n, 1), noise))
	r := k(plan.Sub, noise, k(plan.Mul, x, expand(col, n, 1)))
	h := k(plan.SiLU, k(plan.Add, k(plan.Mul, u, expand(row, 1, c)), expand(mid, n, c)))
	swapped := apply(plan.Op{Kind: plan.Swap, Dims: [4]int{n, m, c, 1}, Shape: []int{n, c, m}}, h)
	turned := k(plan.Tanh, apply(plan.Op{Kind: plan.Reshape, Shape: shape}, swapped))
	wide := apply(plan.Op{Kind: plan.Concat, Rows: n * m, Shape: []int{n, m, 2 * c}},
		k(plan.Scale, turned), y)
	part := apply(plan.Op{Kind: plan.Narrow, Rows: n * m, Off: c / 2, Width: c, Shape: shape}, wide)
	up := apply(plan.Op{Kind: plan.Expand, Outer: n * m, Inner: c, Shape: []int{n, m, 2, c}}, part)
	up = apply(plan.Op{Kind: plan.Expand, Outer: n, Inner: m * 2 * c, Shape: []int{n, 2, m, 2, c}}, up)
	up = k(plan.Sigmoid, up)
	acc := state("acc", shape...)
	next := apply(plan.Op{Kind: plan.Assign}, acc, k(plan.Add, k(plan.Scale, acc), k(plan.Less, part, y)))
	flat := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{2 * n * m * c}},
		k(plan.Sub, h, part), k(plan.Max, h, y))
	return []plan.Root{{Name: "u", Node: u}, {Name: "r", Node: r}, {Name: "wide", Node: wide},
		{Name: "up", Node: up}, {Name: "next", Node: next}, {Name: "flat", Node: flat}}
}

// extremes puts zeros, subnormals, the largest numbers, infinities and NaN through
// every pointwise operator, which must treat them as float64 would.
func extremes(t *testing.T, d plan.Device) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	xs := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 1e-40, -1e-40, 88, -88, 104, -104, 200, -200,
		1e4, -1e4, 3e38, -3e38, inf, -inf, nan, 0.5}
	ys := make([]float32, len(xs))
	for i := range ys {
		ys[i] = xs[(i*7+3)%len(xs)]
	}
	for _, k := range plan.Kinds() {
		if !k.Pointwise() || k.Random() {
			continue
		}
		t.Run(k.String(), func(t *testing.T) {
			in := []*plan.Node{leaf("x", len(xs))}
			if k >= plan.Add {
				in = append(in, leaf("y", len(ys)))
			}
			op := plan.Op{Kind: k, Imm: 2, Shape: []int{len(xs)}}
			p := compile(t, plan.Float32, plan.Root{Name: "z", Node: apply(op, in...)})
			g, ref := both(t, d, p, false)
			for name, v := range map[string][]float32{"x": xs, "y": ys} {
				if _, ok := p.Port(name); ok {
					write(t, name, v, g, ref)
				}
			}
			run(t, g, ref)
			want, err := ref.Data("z")
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range read(t, g, "z", len(xs)) {
				if w := float32(want[i]); !allowed(k, xs[i], got, w) {
					t.Errorf("%v(%v, %v) = %v, want %v", k, xs[i], ys[i], got, w)
				}
			}
		})
	}
}

// allowed reports whether a device may say got where the definition of k at x, rounded
// to float32, is want: within 16 units roundoff, or 2⁻²² for sine and cosine. It may
// flush subnormal numbers, and of sines beyond 10⁴ it knows only the range.
func allowed(k plan.Kind, x, got, want float32) bool {
	g, w := float64(got), float64(want)
	off, most := math.Abs(g-w), 16*0x1p-24*math.Abs(w)
	switch wave := k == plan.Sin || k == plan.Cos; {
	case math.IsNaN(g) || math.IsNaN(w):
		return math.IsNaN(g) && math.IsNaN(w)
	case g == w: // infinities too
		return true
	case math.Abs(w) < 0x1p-125 && off < 0x1p-125:
		return true
	case wave && math.Abs(float64(x)) > 1e4 && math.Abs(g) <= 1:
		return true
	case wave:
		most += 0x1p-22
	}
	return off <= most
}
