package cpu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/internal/amxemu/trace"
	"github.com/stillfield/stillfield/plan"
)

// testForms are the forms of bfloat16 that a test goes over: all that the machine has, the best last, or on
// the emulator, without which the others are tested, that one.
func testForms() []bf16.Form {
	forms := bf16.Forms()
	if trace.Traced() {
		return forms[len(forms)-1:]
	}
	return forms
}

// TestBFloatOneResult: three training steps in bfloat16 give the same bits in every form of one class, and
// with any number of workers.
func TestBFloatOneResult(t *testing.T) {
	want := map[bf16.Class]map[string][]float32{}
	for _, f := range bf16.Forms() {
		for _, workers := range []int{1, 2, 5} {
			g := openAt(t, Options{Workers: workers, Form: f, Poison: true}, plan.BFloat16, 3, 0)
			for range 3 {
				if err := g.Run(); err != nil {
					t.Fatal(err)
				}
			}
			got := results(t, g)
			if want[f.Class()] == nil {
				want[f.Class()] = got
			}
			same(t, fmt.Sprintf("%v, %d workers", f, workers), got, want[f.Class()])
		}
	}
}

// TestBFloatOnAMX runs the tests in bfloat16, the suite of devices among them, as if the machine had AMX,
// with a signal at every 100th tile instruction. Where the processor has AMX these tests use it
// themselves.
func TestBFloatOnAMX(t *testing.T) {
	if trace.Traced() || trace.Hardware() {
		t.Skip("the tests that it would run use AMX without it")
	}
	if testing.Short() {
		t.Skip("-short: the emulator executes some 500,000 instructions")
	}
	r := trace.Rerun(t, trace.Options{SignalEvery: 100}, "^TestBFloat")
	if r.Err != nil || r.Dot == 0 || r.Signals == 0 || r.Unwatched > 0 {
		t.Errorf("on the emulator: %v, %+v\n%s", r.Err, r.Counters, r.Output)
	}
	t.Logf("%+v", r.Counters)
}

// TestAt: a device of float32 asks for no AMX; at bf16 its name has the form, and where the system refuses
// AMX it says so.
func TestAt(t *testing.T) {
	d, err := New(Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if trace.Traced() {
		name, n := d.At(plan.Float32)+d.Order(plan.Float32), d.Refused(plan.Float32)
		before, _ := trace.Count()
		at, refused := d.At(plan.BFloat16), d.Refused(plan.BFloat16)
		after, _ := trace.Count()
		fmt.Printf("%s, %v, %d; %s, %v, %d.\n", name, n, before.Requests, at, refused, after.Requests)
		return
	}
	levels := kernels.Levels()
	best := levels[len(levels)-1]
	for _, c := range []struct {
		options trace.Options
		form    string
		why     string
	}{
		{trace.Options{}, "amx", "<nil>"},
		{trace.Options{CPUID: trace.Vendor("GenuineIntel"), Withhold: true}, best.String(),
			"AMX: the system grants its use and yet does not permit it"},
	} {
		want := fmt.Sprintf("cpu (1 workers, %v), <nil>, 0; cpu (1 workers, %v, bf16 by %s), %s, 1.",
			best, best, c.form, c.why)
		if r := trace.Rerun(t, c.options, "^TestAt$"); r.Err != nil || !strings.Contains(r.Output, want) {
			t.Errorf("want %q, got %v and\n%s", want, r.Err, r.Output)
		}
	}
}
