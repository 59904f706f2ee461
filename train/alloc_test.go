//go:build !race

package train

import "testing"

// A step after the first allocates nothing: not in the loop, nor in the loader,
// nor on the device.
func TestStepAllocatesNothing(t *testing.T) {
	r := aRun(t, parse(t, "steps=1000", "log.every=1000", "log.checkpoint=0",
		"data=digits"))
	loader, err := r.loader(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	step := func() {
		batch, err := loader.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.take(batch); err != nil {
			t.Fatal(err)
		}
		if err := r.after(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(200, step); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}
