package kernels

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/plan"
	"pgregory.net/rapid"
)

// newBFloatEngine makes an engine of a form, at the best level, that ends with the test.
func newBFloatEngine(t testing.TB, f bf16.Form, workers int) *Engine {
	t.Helper()
	e, err := New(Options{Workers: workers, Precision: plan.BFloat16, Form: f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// atEachForm runs f with every form of bfloat16 that this machine has, with one worker.
func atEachForm(t *testing.T, f func(t *testing.T, e *Engine)) {
	t.Helper()
	for _, form := range testForms() {
		t.Run(form.String(), func(t *testing.T) { f(t, newBFloatEngine(t, form, 1)) })
	}
}

// rounded are the numbers of x as operands of a product in bfloat16.
func rounded(x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = bf16.Float(bf16.Round(v))
	}
	return y
}

// shortened are the numbers of x as bfloat16.
func shortened(x []float32) []uint16 {
	y := make([]uint16, len(x))
	for i, v := range x {
		y[i] = bf16.Round(v)
	}
	return y
}

// bfloatEdges are sizes on both sides of where products in bfloat16 take another path: panels and steps of
// 32, thin products, tiles of 12 and 6 rows, groups of 96, blocks of 12 steps, turns of 128, slabs of 4096.
var bfloatEdges = []struct{ m, n, k int }{
	{1, 1, 1}, {3, 15, 40}, {3, 16, 15}, {5, 16, 16}, {1, 17, 31}, {2, 31, 32}, {12, 32, 33}, {13, 33, 63},
	{6, 63, 64}, {7, 64, 65}, {33, 65, 17}, {95, 40, 383}, {96, 32, 384}, {97, 33, 385}, {129, 20, 50},
	{127, 96, 129}, {20, 150, 257}, {257, 18, 768}, {10, 33, 4095}, {11, 32, 4097}, {9, 20, 8200},
	{1, 300, 64}, {150, 300, 40}, {200, 1, 50},
}

// TestBFloatGemm holds products of every transpose and mode to the definition over rounded operands.
func TestBFloatGemm(t *testing.T) {
	atEachForm(t, func(t *testing.T, e *Engine) {
		for _, s := range bfloatEdges {
			for i, op := range ops {
				g := product(op, s.m, s.n, s.k, uint64(s.m+s.n+s.k))
				switch (i + s.m) % 3 {
				case 1:
					g.Bias = random(3, s.n)
				case 2:
					g.Accumulate = true
					copy(g.C, random(4, len(g.C)))
				}
				c0 := slices.Clone(g.C)
				e.Gemm(&g)
				g.A, g.B = rounded(g.A), rounded(g.B)
				checkGemm(t, &g, c0)
				for i := range g.M {
					if c := g.C[i*g.RowC+g.N]; !g.Accumulate && c == c {
						t.Fatalf("%s %+v: row %d is written beyond its end", op, s, i)
					}
				}
			}
		}
	})
}

// bfloatSum is element (i, j) of a product, of no batch, with c0 in C before, as a class orders it.
func bfloatSum(class bf16.Class, g *Gemm, i, j int, c0 float32) float32 {
	var sum float32
	switch {
	case g.Accumulate:
		sum = c0
	case g.Bias != nil:
		sum = g.Bias[j]
	}
	steps := bf16.Steps(g.K)
	a, b := make([]uint16, 32*steps), make([]uint16, 32*steps)
	for k := range g.K {
		a[k], b[k] = bf16.Round(g.A[i*g.RowA+k*g.ColA]), bf16.Round(g.B[k*g.RowB+j*g.ColB])
	}
	count := slabs(g.K)
	parts := make([]float32, count)
	for s := range count {
		from, to := 32*splitPoint(0, steps, s, count), 32*splitPoint(0, steps, s+1, count)
		parts[s] = class.Sum(sum, a[from:to], b[from:to])
		sum = 0
	}
	sum = parts[0]
	for _, p := range parts[1:] {
		sum += p
	}
	return sum
}

// bfloatProduct is C as a class orders its sums.
func bfloatProduct(class bf16.Class, g *Gemm) []float32 {
	c := poison(len(g.C))
	for i := range g.M {
		for j := range g.N {
			c[i*g.RowC+j] = bfloatSum(class, g, i, j, 0)
		}
	}
	return c
}

// TestBFloatOrder: a product that is not thin is, to the bit, what the class of the form says, for any number
// of workers; whether an operand is float32, bfloat16 or packed does not matter.
func TestBFloatOrder(t *testing.T) {
	for _, s := range bfloatEdges {
		if thinBFloat(s.k, s.n) {
			continue
		}
		for _, op := range ops {
			g := product(op, s.m, s.n, s.k, 11)
			g.Bias = random(5, s.n)
			want := map[bf16.Class][]float32{}
			for _, f := range testForms() {
				if want[f.Class()] == nil {
					want[f.Class()] = bfloatProduct(f.Class(), &g)
				}
				for workers := 1; workers <= 3; workers++ {
					e := newBFloatEngine(t, f, workers)
					for mode := range 4 {
						h := g
						copy(h.C, poison(len(h.C)))
						if mode&1 != 0 {
							h.A, h.A16 = nil, shortened(g.A)
						}
						if mode&2 != 0 {
							h.B, h.B16 = nil, shortened(g.B)
						}
						e.Gemm(&h)
						what := fmt.Sprintf("%v %s %+v, %d workers, mode %d", f, op, s, workers, mode)
						same(t, what, h.C, want[f.Class()])
					}
				}
			}
		}
	}
}

// TestBFloatSame: forms of one class, and every number of workers, give the same bits of thin products and of
// batches.
func TestBFloatSame(t *testing.T) {
	first := map[bf16.Class][]float32{}
	rapid.Check(t, func(r *rapid.T) {
		clear(first)
		dim := func(name string) int { return rapid.IntRange(1, 50).Draw(r, name) }
		op, seed := rapid.SampledFrom(ops).Draw(r, "op"), rapid.Uint64().Draw(r, "seed")
		g := product(op, dim("m"), dim("n"), dim("k"), seed)
		g.Batch, g.BatchA, g.BatchC = 3, g.M*g.K, g.M*g.RowC
		g.A, g.C = random(seed, 3*g.M*g.K), poison(3*g.M*g.RowC)
		if rapid.Bool().Draw(r, "own B") {
			g.BatchB, g.B = g.N*g.K, random(9, 3*g.N*g.K)
		}
		for _, f := range testForms() {
			for workers := 1; workers <= 3; workers++ {
				h := g
				h.C = slices.Clone(g.C)
				e := newBFloatEngine(t, f, workers)
				e.Gemm(&h)
				e.Close()
				if first[f.Class()] == nil {
					first[f.Class()] = h.C
					h.A, h.B = rounded(g.A), rounded(g.B)
					checkGemm(t, &h, g.C)
				}
				same(t, fmt.Sprintf("%v, %d workers", f, workers), h.C, first[f.Class()])
			}
		}
	})
}

// TestBFloatRows: row i of a product is the same among 1, 7 or 64 rows.
func TestBFloatRows(t *testing.T) {
	atEachForm(t, func(t *testing.T, e *Engine) {
		for _, s := range []struct{ n, k int }{{1, 512}, {17, 33}, {64, 400}, {40, 4100}} {
			rowsAlone(t, e, s.n, s.k)
		}
	})
}

// TestBFloatAllocs: with the workspace reserved a product allocates nothing.
func TestBFloatAllocs(t *testing.T) {
	for _, workers := range []int{1, 2} {
		e := newBFloatEngine(t, bf16.Auto, workers)
		for _, s := range bfloatEdges {
			g := product("TT", s.m, s.n, s.k, 1)
			e.Reserve(e.GemmWorkspace(&g))
			if n := testing.AllocsPerRun(2, func() { e.Gemm(&g) }); n != 0 {
				t.Errorf("%d workers, %+v: %v allocations, want 0", workers, s, n)
			}
		}
	}
}
