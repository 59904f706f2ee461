package sample

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// Where paths end: of a clock at its end, of a descent where its updates take it.
// On the linear schedule an update on velocity or noise takes η from t, and one on
// Equilibrium Matching ηκ(t), which in the tail is a factor 1 − 20η.
func TestArrival(t *testing.T) {
	for _, tt := range []struct {
		process string
		change  func(s *Spec)
		t       float64 // to 1 % of it, or 1e-9
		far     bool
	}{
		{"eqm", func(s *Spec) {}, 2.5e-6, false},
		{"eqm", func(s *Spec) { s.Eta = 0.0017 }, 2.1e-3, false},
		{"eqm", func(s *Spec) { s.Sampler, s.Eta = "nag", 0.0017 }, 2.2e-3, false},
		{"eqm", func(s *Spec) { s.Steps = 50 }, 1 - 49*0.003*4, true},
		{"fm", func(s *Spec) {}, 1 - 249*0.003, true},
		{"fm", func(s *Spec) { s.Steps, s.Count, s.Eta = 64, Exact, 1./64 }, 0, false},
		{"fm", func(s *Spec) { s.Sampler = "euler" }, 0, false},
		{"fm", func(s *Spec) { s.Sampler, s.End = "euler", 0.3 }, 0.3, true},
		{"edm", func(s *Spec) { s.Sampler = "heun" }, 0.002, false},
		{"edm", func(s *Spec) { s.Sampler, s.Clean = "heun", true }, 0, false},
	} {
		s := with(tt.change)
		a, err := s.Arrival(method(t, tt.process))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(a.T-tt.t) > 0.02*tt.t+1e-9 || a.Far != tt.far {
			t.Errorf("%s with %+v arrives at %+v, want t = %v, far %v", tt.process, s, a, tt.t, tt.far)
		}
	}
	// gd on noise prediction stops as early as on velocity.
	p := custom(t, "linear", "noise", uniform(0, 1))
	if a, err := Defaults().Arrival(p); err != nil || math.Abs(a.T-(1-249*0.003)) > 1e-9 || !a.Far {
		t.Errorf("gd on linear/noise arrives at %+v, %v; want t = 0.253, far", a, err)
	}
}

// A descent that does not get nearer is refused: steps so long that they jump over
// the data to as much noise on the other side.
func TestDescentThatCannotArrive(t *testing.T) {
	s := with(func(s *Spec) { s.Eta, s.Steps, s.Count = 2, 10, Exact })
	err := s.Fits(method(t, "fm"))
	if err == nil || !strings.HasPrefix(err.Error(),
		"eta: got 2, want a step that takes gd from the noise at t = 1") {
		t.Errorf("gd with η = 2 on velocity: %v", err)
	}
}

// A path's next time is found from the one before on every schedule, wherever the
// path was, up to the rounding of b, which may be the root of 1 − a².
func TestTimeNear(t *testing.T) {
	for _, m := range field.Processes.Entries {
		p := method(t, m.Name)
		hi := p.Prior.Max
		for _, from := range []float64{hi, hi / 2, hi / 1000} {
			for _, part := range []float64{1, 0.999, 0.7, 0.1, 1e-3, 1e-6} {
				noise := part * p.Schedule.B.Eval(hi)
				at := timeNear(p, from, hi, noise)
				if b := p.Schedule.B.Eval(at); math.Abs(b-noise) > 1e-12*noise+1e-16/noise || at > hi {
					t.Errorf("%s: from t = %v noise %v is at t = %v, where it is %v",
						m.Name, from, noise, at, b)
				}
			}
		}
	}
}
