package cpu

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// A plan that no machine holds is an error of Load, not the end of the process.
func TestTooLarge(t *testing.T) {
	const n = 1 << 42 // floats of the input, and as many of the result
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: apply(plan.Op{Kind: plan.Exp}, input("x", n))}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	const want = "the plan wants 35184372088832 bytes (17592186044416 of inputs and states, 17592186044416 of temporaries), " +
		"the machine has 1048576"
	if err := fits(p, 1<<20); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	for _, machine := range []uint64{0, 8 * n} { // unknown, and exactly enough
		if err := fits(p, machine); err != nil {
			t.Errorf("a machine of %d bytes: %v", machine, err)
		}
	}
	if machineBytes() == 0 {
		t.Skip("this system does not say how much memory it has")
	}
	d, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Load(t.Context(), p); err == nil || !strings.HasPrefix(err.Error(), "cpu: Load: the plan wants 35184372088832 bytes") {
		t.Errorf("Load: %v", err)
	}
}
