package plantest

import (
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// buffers holds a device to what plan.Program says of Buffer, with acc ← acc + x and no
// wait between runs: two buffers are filled and written in turn, and now and then a
// slice of other memory between them.
func buffers(t *testing.T, d plan.Device, opt Options) {
	const n, runs = 300, 12
	acc, x := state("acc", n), leaf("x", n)
	sum := apply(plan.Op{Kind: plan.Add}, acc, x)
	g := load(t, d, compile(t, plan.Float32, plan.Root{Name: "y", Node: sum},
		plan.Root{Node: apply(plan.Op{Kind: plan.Assign}, acc, sum)}))
	for _, name := range []string{"acc", "y", "nothing"} {
		if b, err := g.Buffer(name); err == nil {
			t.Errorf("Buffer of %q, no input: %d elements and no error", name, len(b))
		}
	}
	var turn [2][]float32
	for k := range turn {
		b, err := g.Buffer("x")
		if err != nil {
			t.Fatal(err)
		}
		if turn[k] = b; len(b) != n || b[0] != 0 || b[n-1] != 0 {
			t.Fatalf("Buffer has %d elements from %v to %v, want %d from 0 to 0", len(b), b[0], b[n-1], n)
		}
	}
	other := make([]float32, n)
	write(t, "acc", other, g)
	want := float32(0)
	step := func(b []float32, v float32) {
		for i := range b {
			b[i] = v
		}
		if err := g.Write("x", b); err != nil {
			t.Fatal(err)
		}
		run(t, g)
		want += v
	}
	for k := range runs {
		step(turn[k%2], float32(1+k))
		if k%3 == 2 {
			step(other, -.5)
		}
	}
	for i, v := range read(t, g, "acc", n) {
		if v != want {
			t.Fatalf("acc[%d] = %v at the end, want %v: a buffer was read late or not at all", i, v, want)
		}
	}
	if opt.Allocs {
		k := 0
		if a := testing.AllocsPerRun(runs, func() { step(turn[k%2], 1); k++ }); a != 0 {
			t.Errorf("a write of a buffer and a run allocate %v times, want 0", a)
		}
	}
}
