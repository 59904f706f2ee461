package roofline

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/plan"
)

func leaf(kind plan.Kind, name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: kind}, Name: name, Shape: shape}
}

func compiled(t testing.TB, node *plan.Node) *plan.Plan {
	t.Helper()
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: node}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// layers is a product, its SiLU as an epilogue, and a Softmax of that: n×n each.
func layers(t testing.TB, n int) *plan.Plan {
	product := &plan.Node{Op: plan.Op{Kind: plan.MatMul}, Shape: []int{n, n},
		In: []*plan.Node{leaf(plan.Input, "x", n, n), leaf(plan.State, "w", n, n)}}
	silu := &plan.Node{Op: plan.Op{Kind: plan.SiLU}, In: []*plan.Node{product}, Shape: []int{n, n}}
	softmax := plan.Op{Kind: plan.Softmax}
	return compiled(t, &plan.Node{Op: softmax, In: []*plan.Node{silu}, Shape: []int{n, n}})
}

// every step has a launch of its own.
func every(int) bool { return true }

// Without caches a step takes its FLOP or its bytes, whichever is longer.
func TestBoundsWithoutCaches(t *testing.T) {
	p := layers(t, 32)
	c := Ceilings{Products: 1e9, Vector: 2e8, Levels: []Level{{Name: "memory", Rate: 1e9}}}
	for s, got := range c.Bounds(p, every) {
		peak := c.Vector
		if p.Steps[s].Op.Kind == plan.MatMul {
			peak = c.Products
		}
		want := Bound{p.FLOPs(s) / peak, "arithmetic"}
		if b := p.Bytes(s) / 1e9; b > want.Seconds {
			want = Bound{b, "memory"}
		}
		if math.Abs(got.Seconds-want.Seconds) > 1e-12*want.Seconds || got.By != want.By {
			t.Errorf("step %d: got %v, want %v", s, got, want)
		}
	}
}

// A launch that does an epilogue too is one step: it reads and writes what both do.
func TestBoundsOfEpilogue(t *testing.T) {
	p := layers(t, 32)
	if !p.Ended(0) {
		t.Fatalf("step 0 has no epilogue:\n%v", p)
	}
	c := Ceilings{Products: 1e18, Vector: 1e18, Levels: []Level{{Name: "memory", Rate: 1}}}
	got := c.Bounds(p, func(s int) bool { return s != 1 })
	if want := p.Bytes(0) + p.Bytes(1); got[0].Seconds != want || got[1].Seconds != 0 {
		t.Errorf("got %v, want %v s for both in the first", got, want)
	}
}

// What was touched so many bytes ago comes from the first level that holds as many. The Softmax
// reads 16 KiB that were written last and leaves as many where its 32 KiB fit.
func TestBoundsByLevel(t *testing.T) {
	const n, kib = 64, 1 << 10
	for _, tt := range []struct {
		l1, l2  float64 // what they hold
		want    string  // what bounds the Softmax
		seconds float64 // at 4, 2 and 1 bytes a second
	}{
		{64 * kib, 128 * kib, "L1", 32 * kib / 4},
		{31 * kib, 33 * kib, "L1", 32 * kib / 4},        // 1/32 of what is written leaves L1: no bound
		{8 * kib, 128 * kib, "L2", (8 + 12) * kib / 2},  // half of what is read, 3/4 of what is written
		{8 * kib, 24 * kib, "L2", (8 + 12) * kib / 2},   // of which 1/4 goes to memory, in 4096 s
		{12 * kib, 15 * kib, "memory", (1 + 8.5) * kib}, // what L2 lacks: 1/16 and 17/32
		{1 * kib, 2 * kib, "memory", (14 + 15) * kib},   //
	} {
		p := layers(t, n)
		c := Ceilings{Products: 1e18, Vector: 1e18, Levels: []Level{
			{"L1", tt.l1, 4}, {"L2", tt.l2, 2}, {Name: "memory", Rate: 1}}}
		got := c.Bounds(p, every)[2]
		if got.By != tt.want || math.Abs(got.Seconds-tt.seconds) > 1e-9*tt.seconds {
			t.Errorf("L1 %v, L2 %v: got %v, want %v s by %v", tt.l1, tt.l2, got, tt.seconds, tt.want)
		}
	}
}

// Of two measurements the better one of each rate counts.
func TestRaise(t *testing.T) {
	c := Ceilings{5, 2, []Level{{"L1", 10, 7}, {"memory", 0, 1}}}
	c.Raise(&Ceilings{4, 3, []Level{{"L1", 10, 6}, {"memory", 0, 2}}})
	want := Ceilings{5, 3, []Level{{"L1", 10, 7}, {"memory", 0, 2}}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

// A larger cache or a faster level never makes a bound larger, and no bound is above that of
// memory alone.
func TestBoundsFall(t *testing.T) {
	p := layers(t, 48)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, least float64) float64 {
			return rapid.Float64Range(least, 1e6).Draw(t, name)
		}
		c := Ceilings{Products: 1e15, Vector: 1e15}
		slow := draw("memory", 1)
		mid := draw("L2", slow)
		size := draw("size", 1)
		c.Levels = []Level{{"L1", size, draw("L1", mid)}, {"L2", size + draw("more", 0), mid},
			{Name: "memory", Rate: slow}}
		better := c
		better.Levels = append([]Level{}, c.Levels...)
		better.Levels[0].Bytes += draw("larger", 0)
		better.Levels[1].Bytes = max(better.Levels[1].Bytes, better.Levels[0].Bytes)
		better.Levels[2].Rate *= rapid.Float64Range(1, 3).Draw(t, "faster")
		flat := Ceilings{Products: 1e15, Vector: 1e15, Levels: c.Levels[2:]}
		a, b, most := c.Bounds(p, every), better.Bounds(p, every), flat.Bounds(p, every)
		for s := range a {
			if b[s].Seconds > a[s].Seconds*(1+1e-12) || a[s].Seconds > most[s].Seconds*(1+1e-12) {
				t.Errorf("step %d: %v, better %v, memory alone %v", s, a[s], b[s], most[s])
			}
		}
	})
}
