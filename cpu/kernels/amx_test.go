package kernels

import (
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

// testForms are the forms of bfloat16 that tests go over: all that the machine has. On the emulator, where
// the others are as they are without it, these are AMX and the fastest that is to give the same bits.
func testForms() []bf16.Form {
	forms := bf16.Forms()
	if !trace.Traced() {
		return forms
	}
	same := forms[0]
	for _, f := range forms {
		if f != bf16.AMX && f.Class() == bf16.AMX.Class() {
			same = f
		}
	}
	return []bf16.Form{same, bf16.AMX}
}

// TestBFloatOnAMX runs every test of products, convolutions and attention in bfloat16 as if the machine had
// AMX, with a signal at every 100th tile instruction. Where the processor has AMX these tests use it
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
