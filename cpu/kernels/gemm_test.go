package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// ops are the transposes: of A, then of B, N for none.
var ops = []string{"NN", "NT", "TN", "TT"}

// TestGemmTiles runs every micro-kernel with each number of rows and of columns.
func TestGemmTiles(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for m := 1; m <= maxRows+1; m++ {
			for n := 1; n <= maxCols+1; n++ {
				for _, op := range ops {
					g := product(op, m, n, 5, uint64(m*100+n))
					c0 := slices.Clone(g.C)
					e.Gemm(&g)
					checkGemm(t, &g, c0)
					for i := range m {
						if c := g.C[i*g.RowC+n]; c == c {
							t.Fatalf("%s %d×%d: row %d is written beyond its end", op, m, n, i)
						}
					}
				}
			}
		}
	})
}

// gemmEdges are sizes on both sides of where the code takes another path: the unrolled
// loop (4), tiles (12, 32), in-place B (32 tiles), blocks of k (256, 1024), slabs (4096).
var gemmEdges = []struct{ m, n, k int }{
	{1, 1, 1}, {1, 1, 3}, {1, 2, 4}, {2, 1, 7}, {3, 3, 8},
	{12, 32, 383}, {13, 33, 384}, {25, 31, 255}, {48, 64, 257}, {49, 65, 97}, {60, 17, 769},
	{13, 40, 1023}, {14, 36, 1024}, {11, 34, 1025}, {400, 33, 20},
	{7, 16, 4095}, {7, 18, 4096}, {5, 33, 4097}, {50, 3, 8193}, {2, 3, maxSlabs*slabK + 1},
	{1, 300, 64}, {2, 130, 513}, {16, 129, 130}, {300, 1, 64}, {300, 2, 128}, {257, 5, 33}, {130, 16, 2},
	{200, 96, 40}, {97, 400, 12},
}

// TestGemmEdges holds gemmEdges to the definition, in all transposes and modes.
func TestGemmEdges(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, s := range gemmEdges {
			for i, op := range ops {
				g := product(op, s.m, s.n, s.k, uint64(s.m+s.n+s.k))
				switch i % 3 {
				case 1:
					g.Bias = random(3, s.n)
				case 2:
					g.Accumulate = true
					copy(g.C, random(4, len(g.C)))
				}
				c0 := slices.Clone(g.C)
				e.Gemm(&g)
				checkGemm(t, &g, c0)
			}
		}
	})
}

// TestGemmSame: the result depends on neither the number of workers nor the level.
func TestGemmSame(t *testing.T) {
	shapes := append(slices.Clone(gemmEdges), []struct{ m, n, k int }{{120, 200, 700}, {700, 64, 64}}...)
	for _, op := range ops {
		for _, s := range shapes {
			g := product(op, s.m, s.n, s.k, 11)
			g.Bias = random(5, s.n)
			newEngine(t, Go, 1).Gemm(&g)
			want := slices.Clone(g.C)
			for _, l := range Levels() {
				for _, workers := range []int{1, 2, 5} {
					copy(g.C, poison(len(g.C)))
					newEngine(t, l, workers).Gemm(&g)
					what := fmt.Sprintf("%s %d×%d×%d %v, %d workers", op, s.m, s.n, s.k, l, workers)
					same(t, what, g.C, want)
				}
			}
		}
	}
}

// TestGemmRows: row i of the result is the same among 1, 7 or 64 rows.
func TestGemmRows(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, s := range []struct{ n, k int }{
			{1, 512}, {2, 128}, {4, 200}, {17, 33}, {64, 400}, {512, 512}, {40, 4100},
		} {
			rowsAlone(t, e, s.n, s.k)
		}
	})
}

// rowsAlone holds some rows of a product 64×n×k, computed by themselves, to what they are in it.
func rowsAlone(t *testing.T, e *Engine, n, k int) {
	t.Helper()
	g := product("NN", 64, n, k, 21)
	e.Gemm(&g)
	for _, m := range []int{1, 7} {
		for first := 0; first+m <= 64; first += 19 {
			h := g
			h.M, h.A, h.C = m, g.A[first*k:], poison(m*g.RowC)
			e.Gemm(&h)
			what := fmt.Sprintf("%d rows from %d of 64×%d×%d", m, first, n, k)
			same(t, what, h.C, g.C[first*g.RowC:][:m*g.RowC])
		}
	}
}

// TestGemmBatch covers batches, a batch that shares B, and rows of C with a gap.
func TestGemmBatch(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, s := range []struct{ q, m, n, k int }{
			{3, 49, 49, 64}, {5, 49, 64, 49}, {2, 7, 33, 4100}, {9, 1, 40, 8},
		} {
			for _, op := range ops {
				g := product(op, s.m, s.n, s.k, 31)
				g.Batch, g.BatchA, g.BatchC = s.q, s.m*s.k, s.m*g.RowC
				g.A, g.C = random(8, s.q*s.m*s.k), poison(s.q*s.m*g.RowC)
				if s.q != 5 {
					g.BatchB, g.B = s.n*s.k, random(9, s.q*s.n*s.k)
				}
				c0 := slices.Clone(g.C)
				e.Gemm(&g)
				checkGemm(t, &g, c0)
			}
		}
	})
}

// TestGemmHeads is q·kᵀ of attention: tokens [batch, token, head, channel].
func TestGemmHeads(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		const batch, tokens, heads, dim = 3, 19, 4, 21
		row := heads * dim
		g := Gemm{M: tokens, N: tokens, K: dim, RowA: row, ColA: 1, RowB: 1, ColB: row, RowC: tokens,
			Batch: batch, BatchA: tokens * row, BatchB: tokens * row, BatchC: heads * tokens * tokens,
			Heads: heads, HeadA: dim, HeadB: dim, HeadC: tokens * tokens,
			A: random(1, batch*tokens*row), B: random(2, batch*tokens*row),
			C: poison(batch * heads * tokens * tokens)}
		e.Gemm(&g)
		checkGemm(t, &g, g.C)
	})
}

// TestGemmRapid holds products of drawn shapes, strides and modes to the definition.
func TestGemmRapid(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		rapid.Check(t, func(r *rapid.T) {
			dim := func(name string) int { return rapid.IntRange(1, 70).Draw(r, name) }
			op, seed := rapid.SampledFrom(ops).Draw(r, "op"), rapid.Uint64().Draw(r, "seed")
			g := product(op, dim("m"), dim("n"), dim("k"), seed)
			if rapid.Bool().Draw(r, "accumulate") {
				g.Accumulate = true
				copy(g.C, random(2, len(g.C)))
			}
			c0 := slices.Clone(g.C)
			e.Gemm(&g)
			checkGemm(t, &g, c0)
		})
	})
}

// TestGemmNonFinite: NaN and ±Inf in any operand reach exactly the elements that
// the definition says, 0·Inf included.
func TestGemmNonFinite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, s := range []struct{ m, n, k int }{{1, 1, 9}, {13, 2, 40}, {26, 35, 390}, {60, 40, 16}} {
			for _, op := range ops {
				g := product(op, s.m, s.n, s.k, 41)
				a := func(i, k int) *float32 { return &g.A[i*g.RowA+k*g.ColA] }
				b := func(k, j int) *float32 { return &g.B[k*g.RowB+j*g.ColB] }
				*a(0, 1) = inf
				*b(1, s.n-1) = 0 // 0·Inf
				*a(s.m-1, s.k-1) = nan
				*b(2, 0) = -inf
				*a(s.m/2, 2) = 0
				e.Gemm(&g)
				for i := range s.m {
					for j := range s.n {
						want, _ := refGemm(&g, 0, i, j, 0)
						got := float64(g.C[i*g.RowC+j])
						if math.IsNaN(want) != math.IsNaN(got) || math.IsInf(want, 0) && got != want {
							t.Fatalf("%s C[%d,%d]: got %v, want %v", op, i, j, got, want)
						}
					}
				}
			}
		}
	})
}

// TestGemmEmpty: no rows, no columns, and a sum of nothing.
func TestGemmEmpty(t *testing.T) {
	e := newEngine(t, Auto, 2)
	e.Gemm(&Gemm{M: 0, N: 3, K: 2})
	e.Gemm(&Gemm{M: 3, N: 0, K: 2})
	g := Gemm{M: 2, N: 2, K: 0, RowC: 3, C: poison(5), Bias: []float32{1, 2}}
	e.Gemm(&g)
	same(t, "bias", g.C, []float32{1, 2, float32(math.NaN()), 1, 2})
	g.Bias, g.Accumulate = nil, true
	e.Gemm(&g)
	same(t, "accumulate", g.C, []float32{1, 2, float32(math.NaN()), 1, 2})
	g.Accumulate = false
	e.Gemm(&g)
	same(t, "zero", g.C, []float32{0, 0, float32(math.NaN()), 0, 0})
}

// TestGemmColumnSum is the product with a row of ones, stride 0.
func TestGemmColumnSum(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		m, n := 5000, 37
		g := Gemm{M: 1, N: n, K: m, A: []float32{1}, B: random(1, m*n), RowB: n, ColB: 1,
			C: poison(n), RowC: n}
		e.Gemm(&g)
		checkGemm(t, &g, g.C)
	})
}

// TestGemmPanics: Gemm refuses a descriptor that reaches beyond its slices.
func TestGemmPanics(t *testing.T) {
	e := newEngine(t, Auto, 1)
	for name, edit := range map[string]func(g *Gemm){
		"short A":       func(g *Gemm) { g.A = g.A[1:] },
		"short B":       func(g *Gemm) { g.B = g.B[1:] },
		"short C":       func(g *Gemm) { g.C = g.C[:len(g.C)-2] },
		"short bias":    func(g *Gemm) { g.Bias = make([]float32, 3) },
		"both":          func(g *Gemm) { g.Bias, g.Accumulate = make([]float32, 4), true },
		"negative":      func(g *Gemm) { g.M = -1 },
		"stride":        func(g *Gemm) { g.RowA = -5 },
		"batch":         func(g *Gemm) { g.Batch, g.BatchC = 2, 15 },
		"same C":        func(g *Gemm) { g.Batch = 2 },
		"rows too near": func(g *Gemm) { g.RowC = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			g := product("NN", 3, 4, 5, 1)
			edit(&g)
			e.Gemm(&g)
		})
	}
}

// TestGemmAllocs: with the workspace reserved a call allocates nothing.
func TestGemmAllocs(t *testing.T) {
	for _, workers := range []int{1, 2} {
		e := newEngine(t, Auto, workers)
		for _, s := range []struct{ m, n, k int }{
			{16, 512, 512}, {100, 100, 100}, {40, 40, 9000}, {300, 2, 64},
		} {
			g := product("NT", s.m, s.n, s.k, 1)
			e.Reserve(e.GemmWorkspace(&g))
			if n := testing.AllocsPerRun(5, func() { e.Gemm(&g) }); n != 0 {
				t.Errorf("%d workers, %d×%d×%d: %v allocations, want 0", workers, s.m, s.n, s.k, n)
			}
		}
	}
}
