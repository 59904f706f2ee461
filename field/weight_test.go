package field

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// The weight velocity makes ‖x̂ − x‖² the ‖v̂ − v‖² of the velocities that x̂ and x stand for
// at a point: its root is the factor ν between them, down to where b is the floor.
func TestVelocityWeight(t *testing.T) {
	const floor = .2
	w, _ := Weights.Find("velocity")
	for _, e := range Schedules.Entries {
		_, full, faults := Schedules.Resolve("", choice.Choice{Kind: e.Name}, nil)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		s := e.Make(full.Params)
		weight := w.Make(s, choice.Values{"floor": floor})
		nu := NewProcess(s, Data(s), Uniform(.01, .9)).Nu
		for _, at := range []float64{.01, .1, .3, .5, .9} {
			b := s.B.Eval(at)
			want := nu.Eval(at) * b / max(b, floor)
			if got := weight.Eval(at); math.Abs(got-want*want) > 1e-12*got {
				t.Errorf("%s at %v: w is %v, want %v", e.Name, at, got, want*want)
			}
		}
	}
}
