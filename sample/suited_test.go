package sample

import (
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// For every schedule and target there is a sampler that the process allows, told the
// time or not, and it is the one the table gives.
func TestSuited(t *testing.T) {
	used := map[string]bool{}
	for _, schedule := range field.Schedules.Names() {
		for _, target := range field.Targets.Names() {
			prior := uniform(0.001, 0.999)
			if schedule == "edm" {
				prior = uniform(0.002, 80)
			}
			p := custom(t, schedule, target, prior)
			for _, told := range []bool{false, true} {
				suit, ok := Suited(p, choice.Choice{}, told)
				if !ok {
					t.Errorf("%s/%s, told the time %t: no sampler", schedule, target, told)
					continue
				}
				used[suit.For] = true
				if m, _ := find(suit.Sampler); told && !m.Clock {
					t.Errorf("%s/%s: %s has no clock", schedule, target, suit.Sampler)
				}
			}
		}
	}
	if full := custom(t, "linear", "noise", uniform(0, 1)); true {
		suit, _ := Suited(full, choice.Choice{}, false)
		used[suit.For] = true
	}
	for _, suit := range Suits {
		if !used[suit.For] {
			t.Errorf("%s for %s is never used", suit.Sampler, suit.For)
		}
	}
	for _, tt := range []struct{ schedule, target, want string }{
		{"linear", "eqm", "gd"}, {"linear", "velocity", "euler"}, {"vp-sde", "noise", "ddim"},
		{"linear", "data", "ddim"},
		{"edm", "data", "heun"}, {"edm", "uedm", "heun"},
	} {
		prior := uniform(0.001, 0.999)
		suit, _ := Suited(custom(t, tt.schedule, tt.target, prior), choice.Choice{}, false)
		if suit.Sampler != tt.want {
			t.Errorf("%s/%s: %s, want %s", tt.schedule, tt.target, suit.Sampler, tt.want)
		}
	}
}

// What is asked of a sampler that is not named is not lost: one that takes it is chosen.
func TestSuitedTakesWhatIsAsked(t *testing.T) {
	p := custom(t, "linear", "velocity", uniform(0, 1))
	suit, ok := Suited(p, choice.Choice{Params: choice.Values{"eta": 0.01}}, false)
	if e, _ := Samplers.Find(suit.Sampler); !ok || e.Name != "gd" {
		t.Errorf("eta is given to %q", suit.Sampler)
	}
}
