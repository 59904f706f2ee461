package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// atEachLevel runs f at every level this machine has, with one worker.
func atEachLevel(t *testing.T, f func(t *testing.T, e *Engine)) {
	t.Helper()
	for _, l := range Levels() {
		t.Run(l.String(), func(t *testing.T) { f(t, newEngine(t, l, 1)) })
	}
}

// newEngine makes an engine that ends with the test.
func newEngine(t testing.TB, l Level, workers int) *Engine {
	t.Helper()
	e, err := New(Options{Workers: workers, Level: l})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// random returns n floats of size about 1, the same for the same seed.
func random(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 7))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// poison returns n NaNs: an element that is never written is seen.
func poison(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(math.NaN())
	}
	return v
}

// unit is the unit roundoff of float32.
const unit = 0x1p-24

// near holds got to want, a float64 sum of so many terms whose magnitudes add up to size.
// A float32 sum rounds once for each term, by at most unit·size, and once at its end.
func near(t *testing.T, what string, got float32, want, size float64, terms int) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= float64(terms+2)*unit*size+0x1p-149) {
		t.Fatalf("%s: got %v, want %v ± %.3g", what, got, want, float64(terms+2)*unit*size)
	}
}

// same holds got to want bit for bit; any NaN is as good as another.
func same(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		g, w := got[i], want[i]
		if math.Float32bits(g) != math.Float32bits(w) && !(g != g && w != w) {
			t.Fatalf("%s: element %d of %d: got %v (%#x), want %v (%#x)", what, i, len(want),
				g, math.Float32bits(g), w, math.Float32bits(w))
		}
	}
}

// refGemm is the definition of Gemm in float64: the sum, and the sum of sizes.
func refGemm(g *Gemm, q, i, j int, c0 float32) (sum, size float64) {
	if g.Accumulate {
		sum = float64(c0)
	} else if g.Bias != nil {
		sum = float64(g.Bias[j])
	}
	size = math.Abs(sum)
	a, b := g.offset(q, g.BatchA, g.HeadA)+i*g.RowA, g.offset(q, g.BatchB, g.HeadB)+j*g.ColB
	for k := range g.K {
		p := float64(g.A[a+k*g.ColA]) * float64(g.B[b+k*g.RowB])
		sum += p
		size += math.Abs(p)
	}
	return sum, size
}

// checkGemm holds C to the definition; c0 is what C held before.
func checkGemm(t *testing.T, g *Gemm, c0 []float32) {
	t.Helper()
	for q := range g.batch() {
		for i := range g.M {
			for j := range g.N {
				at := g.offset(q, g.BatchC, g.HeadC) + i*g.RowC + j
				sum, size := refGemm(g, q, i, j, c0[at])
				what := fmt.Sprintf("C[%d;%d,%d] of %d×%d×%d", q, i, j, g.M, g.N, g.K)
				near(t, what, g.C[at], sum, size, g.K)
			}
		}
	}
}

// product makes a descriptor with random operands: op is two letters, N or T for
// each of A and B. C is poisoned, and RowC is N+1 so that a store beyond a row shows.
func product(op string, m, n, k int, seed uint64) Gemm {
	g := Gemm{M: m, N: n, K: k, RowA: k, ColA: 1, RowB: n, ColB: 1, RowC: n + 1}
	if op[0] == 'T' {
		g.RowA, g.ColA = 1, m
	}
	if op[1] == 'T' {
		g.RowB, g.ColB = 1, k
	}
	g.A, g.B, g.C = random(seed, m*k), random(seed+1, k*n), poison(m*(n+1))
	return g
}
