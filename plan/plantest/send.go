package plantest

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// sends holds Send and Receive to their words, with acc ← acc + x and y = 2·acc:
// what is received is what was sent, whatever has run or been written since.
func sends(t *testing.T, d plan.Device, opt Options) {
	const n = 1000
	acc, x := state("acc", n), leaf("x", n)
	sum := apply(plan.Op{Kind: plan.Add}, acc, x)
	g := load(t, d, compile(t, plan.Float32,
		plan.Root{Name: "y", Node: apply(plan.Op{Kind: plan.Scale, Imm: 2}, sum)},
		plan.Root{Node: apply(plan.Op{Kind: plan.Assign}, acc, sum)}))
	all := func(v float32) []float32 { return slices.Repeat([]float32{v}, n) }
	got := make([]float32, n)
	receive := func(name string, want float32) {
		t.Helper()
		if err := g.Receive(name, got); err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(got, func(v float32) bool { return v != want }); i >= 0 {
			t.Errorf("%s[%d] was received as %v, want %v, which was sent", name, i, got[i], want)
		}
	}
	send := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if err := g.Send(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	refused := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}

	refused("Receive of what was never sent", g.Receive("acc", got))
	refused("Send of an unknown name", g.Send("nothing"))
	refused("Receive of an unknown name", g.Receive("nothing", nil))
	write(t, "acc", all(100), g)
	write(t, "x", all(1), g)
	send("x", "acc") // before any run: as they were written
	run(t, g)
	send("y")
	refused("a second Send", g.Send("y"))
	write(t, "x", all(10), g)
	write(t, "acc", all(1000), g)
	run(t, g, g)
	receive("y", 202)
	receive("x", 1)
	receive("acc", 100)
	refused("a second Receive", g.Receive("acc", got))

	for k := range 4 { // one run ahead, as a training loop is
		send("acc", "y")
		run(t, g)
		refused("Receive into 999 of 1000 elements", g.Receive("acc", got[1:]))
		receive("acc", float32(1020+10*k))
		receive("y", float32(2040+20*k))
	}
	if want := all(1060); !slices.Equal(read(t, g, "acc", n), want) {
		t.Errorf("Read after Receive gave %v, want %v", got[0], want[0])
	}
	if opt.Allocs {
		if a := testing.AllocsPerRun(10, func() {
			send("acc")
			run(t, g)
			if err := g.Receive("acc", got); err != nil {
				t.Fatal(err)
			}
		}); a != 0 {
			t.Errorf("a copy to the host after the first allocates %v times, want 0", a)
		}
	}
	send("y") // and never received: Close, at the end, is clean
}
