package field

import (
	"math"
	"strings"
	"testing"
)

// The rates of the blind flow near an isolated datum, and the poles of ν at both
// ends. Table 2 of "The geometry of noise" has ν ~ 1/b for noise, 1/b² for data and 1
// for velocity, whatever the schedule: this is so for b ∝ √t alone.
func TestStability(t *testing.T) {
	lin, edm, vp := Linear(), EDM(), VP()
	prior := Uniform(0.01, 0.99)
	for _, tt := range []struct {
		s                     Schedule
		target                Target
		data, noise, feedback float64
		says                  string
	}{
		{lin, Noise(lin), 0, 1, 0, "on linear, noise keeps its errors"},
		{lin, Velocity(lin), 0, 0, 0, "on linear, velocity keeps its errors"},
		{lin, Data(lin), 1, 0, 1, "on linear, data undoes its errors"},
		{lin, Equilibrium(lin, LinearGain(1)), 1, 0, 1, "undoes"},
		{lin, Equilibrium(lin, TruncatedGain(.8, 4)), 1, 0, 1, "undoes"},
		{edm, Noise(edm), 0, 0, 0, "keeps"},
		{edm, Velocity(edm), 0, 0, 0, "keeps"},
		{edm, Data(edm), 1, 0, 1, "undoes"},
		{edm, UEDM(edm, .5), 1, 0, 1, "undoes"},
		{vp, Noise(vp), .5, 1, 0, "on vp, noise keeps its errors"},
		{vp, Data(vp), 1, .5, 1, "undoes"},
		{vp, Velocity(vp), 0, 0, -1, "on vp, velocity is unstable near the data (errors grow like b^-1)"},
		{vp, SalimansHo(vp), .5, .5, 0, "keeps"},
	} {
		s := NewProcess(tt.s, tt.target, prior).Stability()
		if s.NuData != tt.data || s.NuNoise != tt.noise || s.Feedback != tt.feedback {
			t.Errorf("%s/%s: orders %v, %v, feedback %v; want %v, %v, %v", tt.s.Name, tt.target.Name,
				s.NuData, s.NuNoise, s.Feedback, tt.data, tt.noise, tt.feedback)
		}
		if v := s.Verdict(); !strings.Contains(v, tt.says) || strings.Contains(v, "\n") {
			t.Errorf("%s/%s: verdict %q, want one line with %q", tt.s.Name, tt.target.Name, v, tt.says)
		}
	}
}

// Every process of the tables has a verdict, and its largest gain is that of its poles.
func TestStabilityOfEveryProcess(t *testing.T) {
	for _, p := range everyProcess(0, 1) {
		s := p.Stability()
		if math.IsNaN(s.Feedback) || strings.Contains(s.Verdict(), "unknown") {
			t.Errorf("%v: feedback %v: %s", p, s.Feedback, s.Verdict())
		}
		if strings.Contains(s.Verdict(), "Inf") {
			t.Errorf("%v: %q, want orders and no infinite bound", p, s.Verdict())
		}
		reached := s.NuData > 0 || s.NuNoise > 0
		if math.IsInf(s.NuLargest, 1) != reached {
			t.Errorf("%v: largest ν %v with poles of order %v, %v", p, s.NuLargest, s.NuData, s.NuNoise)
		}
	}
}

// The order of a power of t is that power, to the digit: of priors no quarter is known.
func TestOrderOfAPower(t *testing.T) {
	for _, m := range []float64{-0.9, -0.3, 0.1, 0.7, 3.14} {
		if g := growthAt(Power(m, 0, 1).Density, 0, 1); !g.known || math.Abs(g.power-m) > 1e-12 ||
			math.Abs(g.coef-(m+1)) > 1e-9*(m+1) {
			t.Errorf("t^%v: %+v, want power %v and coefficient %v", m, g, m, m+1)
		}
	}
}
