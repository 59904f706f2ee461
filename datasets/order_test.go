package datasets

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// epochOf is one epoch of an order.
func epochOf(o Order, n int, epoch uint64) []int {
	at := make([]int, n)
	for k := range at {
		at[k], _ = o.At(epoch*uint64(n) + uint64(k))
	}
	return at
}

func TestOrderIsABijection(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(rt, "n")
		epoch := rapid.Uint64Range(0, math.MaxUint64/3000-1).Draw(rt, "epoch")
		o := NewOrder(rapid.Uint64().Draw(rt, "seed"), n)
		seen := make([]bool, n)
		for k := range n {
			i, e := o.At(epoch*uint64(n) + uint64(k))
			if i < 0 || i >= n || seen[i] || e != epoch {
				rt.Fatalf("position %d of epoch %d: index %d, epoch %d: outside, seen before or misdated",
					k, epoch, i, e)
			}
			seen[i] = true
		}
	})
}

// Every side of the shapes that a·b can take about n: squares, one more, one
// less, and just above a·(a−1), where b drops by one.
func TestOrderAtItsEdges(t *testing.T) {
	for side := 1; side <= 40; side++ {
		for n := max(1, side*side-side-1); n <= side*side+1; n++ {
			got := epochOf(NewOrder(uint64(side), n), n, 5)
			slices.Sort(got)
			for k, i := range got {
				if i != k {
					t.Fatalf("n = %d: sorted indices have %d at %d", n, i, k)
				}
			}
		}
	}
}

func TestOrderChanges(t *testing.T) {
	const n = 100 // 100! permutations: equal ones are no coincidence
	base := epochOf(NewOrder(1, n), n, 0)
	for name, other := range map[string][]int{
		"next epoch": epochOf(NewOrder(1, n), n, 1),
		"next seed":  epochOf(NewOrder(2, n), n, 0),
	} {
		if slices.Equal(base, other) {
			t.Errorf("%s: the same permutation", name)
		}
	}
	if !slices.Equal(base, epochOf(NewOrder(1, n), n, 0)) {
		t.Error("the same seed and epoch give another permutation")
	}
	if slices.IsSorted(base) {
		t.Error("the permutation is the identity")
	}
}

// TestOrderIsUniform counts what follows from all permutations being equally
// likely. Counts of E epochs have a binomial deviation; five of them is a
// chance of 6e-7 for each of about 200 counts, and the seed is fixed.
func TestOrderIsUniform(t *testing.T) {
	const epochs = 20000
	near := func(what string, got int, p float64) {
		t.Helper()
		want, dev := epochs*p, math.Sqrt(epochs*p*(1-p))
		if math.Abs(float64(got)-want) > 5*dev {
			t.Errorf("%s: %d of %d epochs, want %.0f ± %.0f", what, got, epochs, want, 5*dev)
		}
	}
	for n := 2; n <= 4; n++ { // each permutation
		counts := map[string]int{}
		factorial := 1
		for k := 2; k <= n; k++ {
			factorial *= k
		}
		for e := range uint64(epochs) {
			counts[fmt.Sprint(epochOf(NewOrder(3, n), n, e))]++
		}
		if len(counts) != factorial {
			t.Errorf("n = %d: %d permutations occur, want %d", n, len(counts), factorial)
		}
		for perm, c := range counts {
			near(perm, c, 1/float64(factorial))
		}
	}
	const n = 12 // each index in each place, and neighbours that stay neighbours
	var place [n][n]int
	follows := 0
	for e := range uint64(epochs) {
		at := epochOf(NewOrder(4, n), n, e)
		for k, i := range at {
			place[k][i]++
		}
		if at[0]+1 == at[1] {
			follows++
		}
	}
	for k := range n {
		for i := range n {
			near(fmt.Sprintf("index %d in place %d", i, k), place[k][i], 1./n)
		}
	}
	near("index 1 is one above index 0", follows, 1./n) // n−1 of the n(n−1) ordered pairs
}

// The rows are printed by: python3 datasets/testdata/golden.py
func TestOrderGolden(t *testing.T) {
	for _, tt := range []struct {
		seed  uint64
		n     int
		first uint64
		want  []int
	}{
		{1, 10, 0, []int{3, 0, 6, 5, 4}},
		{1, 10, 10, []int{0, 5, 2, 7, 6}},
		{2, 10, 0, []int{2, 3, 0, 4, 9}},
		{1, 60000, 1000000000000, []int{2902, 38116, 40010, 53444, 1905}},
		{3, 2147483647, 9223372036854775808,
			[]int{1380383137, 1966137392, 213765224, 1340145224, 1043123448}},
	} {
		o := NewOrder(tt.seed, tt.n)
		for k, want := range tt.want {
			if got, _ := o.At(tt.first + uint64(k)); got != want {
				t.Errorf("seed %d, n = %d, sample %d: index %d, want %d",
					tt.seed, tt.n, tt.first+uint64(k), got, want)
			}
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	o := NewOrder(1, 60000)
	s := uint64(0)
	for b.Loop() {
		o.At(s)
		s++
	}
}
