package plantest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// operators holds a device to the definition of every operator by itself.
func operators(t *testing.T, d plan.Device, opt Options) {
	for _, c := range cases() {
		if c.large && opt.Small {
			continue
		}
		t.Run(fmt.Sprintf("%v%v", c.op, c.in), func(t *testing.T) { operator(t, d, opt, c, false) })
		if k := c.op.Kind; (k == plan.MatMul || k == plan.Conv) && len(c.in[0]) != 3 {
			t.Run(fmt.Sprintf("%v%v+bias", c.op, c.in), func(t *testing.T) { operator(t, d, opt, c, true) })
		}
	}
}

// operator runs one case twice: the second run must give the same bits.
func operator(t *testing.T, d plan.Device, opt Options, c operatorCase, bias bool) {
	xs := make([]*plan.Node, len(c.in))
	for i, s := range c.in {
		xs[i] = leaf(fmt.Sprintf("x%d", i), s...)
	}
	y := apply(c.op, xs...)
	if bias {
		w := y.Shape[len(y.Shape)-1]
		e := apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: w, Shape: y.Shape}, leaf("bias", w))
		y = apply(plan.Op{Kind: plan.Add}, y, e)
	}
	p := compile(t, opt.Precision, plan.Root{Name: "y", Node: y})
	if bias && !p.Steps[len(p.Steps)-1].Bias {
		t.Fatal("the bias was not fused")
	}
	positive := c.op.Kind == plan.Log || c.op.Kind == plan.Sqrt
	g, ref := both(t, d, p, positive)
	if c.op.Kind.Random() {
		write(t, "x0", drawRows(c.in[0][0]), g, ref)
	}
	if c.op.Kind == plan.Gather {
		write(t, "x1", rowNumbers(c.in[0][0], c.in[1][0]), g, ref)
	}
	run(t, g, ref)
	want, err := ref.Data("y")
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, g, "y", len(want))
	near(t, "y", got, want, bound(p, ref, c.op, opt.Precision, want))
	run(t, g)
	if again := read(t, g, "y", len(want)); bits(again) != bits(got) {
		t.Errorf("the second run gave other bits")
	}
}

// drawRows are what n rows draw: samples on both sides of a carry of lo, in no
// order, each at a draw of its own, and the last row of all is drawn twice.
func drawRows(n int) []float32 {
	rows := make([]float32, 0, n*plan.DrawLen)
	for i := range n {
		k := min(i*3%7, n-2)
		row := plan.DrawRow(3<<24-2+uint64(max(k, 0)), uint32(k%3)*(1<<24-1)/2)
		rows = append(rows, row[:]...)
	}
	return rows
}

// rowNumbers are m numbers for a Gather of n rows: any row, and in every other place
// a number that is none: outside the rows, between two of them, or not finite.
func rowNumbers(n, m int) []float32 {
	rng := rand.New(rand.NewPCG(uint64(n), 11))
	inf := float32(math.Inf(1))
	odd := []float32{-1, float32(n), .75, float32(n) - .5, float32(math.NaN()), inf, -inf}
	x := make([]float32, m)
	for i := range x {
		x[i] = float32(rng.IntN(n))
		if i%2 == 1 {
			x[i] = odd[i/2%len(odd)]
		}
	}
	return x
}
