package plantest

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// sending is a program of acc ← acc + x, y = 2·acc, each of as many elements, all of
// one value, as got has.
type sending struct {
	t *testing.T
	plan.Program
	got []float32
}

// sends holds a device to what plan.Program says of Send and Receive: what is
// received is what was sent, whatever has run or been written since.
func sends(t *testing.T, d plan.Device, opt Options) {
	const n = 1000
	acc, x := state("acc", n), leaf("x", n)
	sum := apply(plan.Op{Kind: plan.Add}, acc, x)
	s := sending{t, load(t, d, compile(t, plan.Float32,
		plan.Root{Name: "y", Node: apply(plan.Op{Kind: plan.Scale, Imm: 2}, sum)},
		plan.Root{Node: apply(plan.Op{Kind: plan.Assign}, acc, sum)})), make([]float32, n)}
	s.refused("Receive of what was never sent", s.Receive("acc", s.got))
	s.refused("Send of an unknown name", s.Send("nothing"))
	s.refused("Receive of an unknown name", s.Receive("nothing", nil))
	s.once()
	s.ahead()
	if opt.Allocs {
		s.allocates()
	}
	s.send("y") // and never received: Close, at the end, is clean
}

// once sends values before a run and after it, and receives them after two more. It
// leaves acc at 1020 and x at 10.
func (s sending) once() {
	s.t.Helper()
	s.write("acc", 100)
	s.write("x", 1)
	s.send("x", "acc") // before any run: as they were written
	run(s.t, s.Program)
	s.send("y")
	s.refused("a second Send", s.Send("y"))
	s.write("x", 10)
	s.write("acc", 1000)
	run(s.t, s.Program, s.Program)
	s.receive("y", 202)
	s.receive("x", 1)
	s.receive("acc", 100)
	s.refused("a second Receive", s.Receive("acc", s.got))
}

// ahead receives what was sent when one more run has been started, as a training
// loop does.
func (s sending) ahead() {
	s.t.Helper()
	for k := range 4 {
		s.send("acc", "y")
		run(s.t, s.Program)
		s.refused("Receive into one element less", s.Receive("acc", s.got[1:]))
		s.receive("acc", float32(1020+10*k))
		s.receive("y", float32(2040+20*k))
	}
	want := slices.Repeat([]float32{1060}, len(s.got))
	if got := read(s.t, s.Program, "acc", len(want)); !slices.Equal(got, want) {
		s.t.Errorf("Read after Receive gave %v, want %v", got[0], want[0])
	}
}

// allocates counts the allocations of a copy to the host.
func (s sending) allocates() {
	s.t.Helper()
	if a := testing.AllocsPerRun(10, func() {
		s.send("acc")
		run(s.t, s.Program)
		if err := s.Receive("acc", s.got); err != nil {
			s.t.Fatal(err)
		}
	}); a != 0 {
		s.t.Errorf("a copy to the host after the first allocates %v times, want 0", a)
	}
}

func (s sending) write(name string, v float32) {
	s.t.Helper()
	write(s.t, name, slices.Repeat([]float32{v}, len(s.got)), s.Program)
}

func (s sending) send(names ...string) {
	s.t.Helper()
	for _, name := range names {
		if err := s.Send(name); err != nil {
			s.t.Fatal(err)
		}
	}
}

// receive wants every element of name to be v.
func (s sending) receive(name string, v float32) {
	s.t.Helper()
	if err := s.Receive(name, s.got); err != nil {
		s.t.Fatal(err)
	}
	if i := slices.IndexFunc(s.got, func(x float32) bool { return x != v }); i >= 0 {
		s.t.Errorf("%s[%d] was received as %v, want %v, which was sent", name, i, s.got[i], v)
	}
}

func (s sending) refused(what string, err error) {
	s.t.Helper()
	if err == nil {
		s.t.Errorf("%s: no error", what)
	}
}
