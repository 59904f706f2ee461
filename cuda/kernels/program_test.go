package kernels

import (
	"os"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// The header that chain.cu includes is what go generate writes.
func TestChainHeader(t *testing.T) {
	b, err := os.ReadFile("chain.cuh")
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != ChainHeader() {
		t.Error("chain.cuh is stale: go generate ./cuda/kernels")
	}
}

// Every instruction of a chain has one number, and how many registers it reads is
// where its number stands among ADD and SCALE, as chain.cu asks.
func TestCodes(t *testing.T) {
	seen := map[plan.Kind]bool{}
	for n, c := range codes {
		if seen[c.kind] || code(c.kind) != n {
			t.Errorf("%s has the numbers %d and %d", c.name, n, code(c.kind))
		}
		seen[c.kind] = true
		want := 0
		if n >= code(plan.Scale) {
			want++
		}
		if n >= code(plan.Add) {
			want++
		}
		if c.kind == plan.Store {
			want = 1
		}
		if _, reads := (plan.Instr{Kind: c.kind}).Reads(); reads != want {
			t.Errorf("%s is number %d and reads %d registers, want %d", c.name, n, reads, want)
		}
	}
	for _, k := range append(plan.Kinds(), plan.Load, plan.Store) {
		if (k.Pointwise() || k == plan.Load || k == plan.Store) != seen[k] {
			t.Errorf("%v: an instruction of chains: %t, has a number: %t", k, k.Pointwise(), seen[k])
		}
	}
}
