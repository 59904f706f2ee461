package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// training is a step of one matrix [8, 8] over a batch in so many parts of 4 rows:
// the loss and the gradient of each part are added to those of the parts before,
// and the losses are asked for when all gradients are there.
func training(parts int) []plan.Root {
	const n, d = 4, 8
	x, w := input("x", parts*n, d), state("w", d, d)
	var loss, grad *plan.Node
	for k := range parts {
		u := apply(plan.Op{Kind: plan.Narrow, Rows: 1, Off: k * n * d, Width: n * d, Shape: []int{n, d}}, x)
		s := binary(plan.MatMul, u, w)
		y := unary(plan.SiLU, s)
		miss := binary(plan.Sub, y, u)
		weighted := unary(plan.Scale, miss)
		l := apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, miss, weighted)
		g := apply(plan.Op{Kind: plan.MatMul, TransA: true}, u,
			binary(plan.Mul, weighted, unary(plan.Sigmoid, s)))
		if k == 0 {
			loss, grad = l, g
			continue
		}
		loss, grad = binary(plan.Add, loss, l), binary(plan.Add, grad, g)
		grad.Unfused = true
	}
	return []plan.Root{{Node: binary(plan.Assign, w, grad)}, {Name: "loss", Node: loss}}
}

// Twice the parts are at most twice the work, and some: of what Compile looks at
// and of what it allocates.
func TestCompileGrowsInProportion(t *testing.T) {
	for _, c := range []struct {
		what string
		work func(parts int) int
	}{
		{"looks at", func(parts int) int {
			n, err := plan.Looks(training(parts))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}},
		{"allocates", func(parts int) int {
			roots := training(parts)
			return int(testing.AllocsPerRun(1, func() {
				if _, err := plan.Compile(t.Context(), roots, plan.Float32); err != nil {
					t.Fatal(err)
				}
			}))
		}},
	} {
		if small, large := c.work(200), c.work(400); small == 0 || float64(large) > 2.5*float64(small) {
			t.Errorf("Compile %s %d for 200 parts and %d for 400, want at most 2.5 times as many", c.what,
				small, large)
		}
	}
}

// The parts share their memory: what a part needs more than the ones before is
// what its loss, asked for at the end, is made from.
func TestPartsShareTheArena(t *testing.T) {
	size := func(parts int) int {
		p, err := plan.Compile(t.Context(), training(parts), plan.Float32)
		if err != nil {
			t.Fatal(err)
		}
		return p.Arena
	}
	const late = 3 * 64 // two operands of a loss and the loss itself, of at most 64 elements each
	if a, b := size(20), size(40); b-a > 20*late {
		t.Errorf("20 parts take %d elements and 40 take %d, want at most %d more for each", a, b, late)
	}
}

// lapse is a context that ends when it has been asked so often whether it has.
type lapse struct {
	context.Context
	left int
}

func (l *lapse) Err() error {
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return nil
}

// Whenever its context ends, Compile does so with that error, and it asks at least
// once for each node, for each step it emits and for each step it places.
func TestCompileEndsWithItsContext(t *testing.T) {
	roots := training(3)
	for asked := 0; ; asked++ {
		p, err := plan.Compile(&lapse{t.Context(), asked}, roots, plan.Float32)
		if err == nil {
			if want := 2*len(p.Steps) + 30; asked < want {
				t.Errorf("a plan of %d steps asks %d times whether its context has ended, want at least %d",
					len(p.Steps), asked, want)
			}
			return
		}
		if p != nil || !errors.Is(err, context.Canceled) ||
			!strings.HasPrefix(err.Error(), "plan: Compile: ") {
			t.Fatalf("a context that ends when asked %d times: plan %v, error %v", asked, p != nil, err)
		}
	}
}
