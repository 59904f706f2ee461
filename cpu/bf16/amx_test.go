//go:build linux && amd64

package bf16

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

// TestAMX holds the kernels by AMX to the definition, to the bit, on a processor that has it or else on the
// emulator, with a signal at every 50th tile instruction.
func TestAMX(t *testing.T) {
	if !trace.Under(t, trace.Options{SignalEvery: 50}, true) {
		return
	}
	if !slices.Contains(Forms(), AMX) {
		t.Fatalf("forms %v, want AMX: %v", Forms(), AMXRefused())
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for n, c := range blockCases() {
		o := c.make(rng, n%3 == 0)
		before := append([]float32(nil), o.c...)
		callSteps = []int{1, 20, 4096}[n%3] // one line in a call, some, all
		KernelOf(AMX).Do(&o.block)
		o.check(t, fmt.Sprintf("%+v", c), c, EvenOdd, before, n%3 == 0)
	}
	n, emulated := trace.Count()
	t.Logf("%+v", n)
	if emulated && (n.Dot == 0 || n.Signals == 0 || n.Requests != 1 || n.Unwatched > 0) {
		t.Errorf("the emulator counted %+v, want products, signals, one request and every call watched", n)
	}
}
