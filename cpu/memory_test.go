package cpu

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/plan"
)

// TestTooLarge: a plan that no machine holds is an error of Load, where an allocation would
// end the process.
func TestTooLarge(t *testing.T) {
	const n = 1 << 42 // floats of the input, and as many of the result
	y := apply(plan.Op{Kind: plan.Exp}, input("x", n))
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: y}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := memory.Least(); !ok {
		t.Skip("this system does not say how much memory it has")
	}
	d, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Load(t.Context(), p)
	const prefix = "cpu: Load: the plan: want 35184372088832 bytes, "
	const suffix = " (17592186044416 of inputs and states, 17592186044416 of temporaries): " +
		"a smaller batch or a larger accumulate takes less"
	if err == nil || !strings.HasPrefix(err.Error(), prefix) || !strings.HasSuffix(err.Error(), suffix) {
		t.Errorf("Load: %v", err)
	}
}
