package field

import (
	"fmt"
	"strings"
	"testing"
)

func order(p *Process, quantity string, at float64) float64 {
	for _, pole := range p.Poles() {
		if pole.Quantity == quantity && pole.At == at {
			return pole.Order
		}
	}
	return 0
}

// The table of gains often quoted, ν = O(1/b) for noise and O(1/b²) for data,
// is that of b ∝ √t. The gain belongs to the schedule as much as the target.
func TestGainsBelongToTheSchedule(t *testing.T) {
	for _, tt := range []struct {
		s           Schedule
		b           float64 // b ~ t^b near the data
		noise, data float64 // order of ν at t = 0 in 1/t
	}{
		{VP(), 0.5, 0.5, 1},
		{VPSDE(0.1, 20), 0.5, 0.5, 1},
		{Linear(), 1, 0, 1},
		{EDM(), 1, 0, 1},
		{Trig(), 1, 0, 1},
		{Cosine(0.008), 0.5, 0.5, 1},
	} {
		prior := Uniform(0, 1)
		noise := order(NewProcess(tt.s, Noise(tt.s), prior), "ν", 0)
		data := order(NewProcess(tt.s, Data(tt.s), prior), "ν", 0)
		if noise != tt.noise || data != tt.data {
			t.Errorf("%s: ν has orders %v for noise, %v for data at 0; want %v, %v",
				tt.s.Name, noise, data, tt.noise, tt.data)
		}
		paper := noise/tt.b == 1 && data/tt.b == 2
		if paper != (tt.b == 0.5) {
			t.Errorf("%s: O(1/b), O(1/b²) holds: %v, want %v", tt.s.Name, paper, tt.b == 0.5)
		}
	}
	// For a = 1 noise and velocity are one target.
	s := EDM()
	if v := Velocity(s); !v.C.Equal(Noise(s).C) || !v.D.Equal(Noise(s).D) {
		t.Errorf("EDM velocity is %v, %v, want that of noise, 0, 1", v.C, v.D)
	}
	// (−1, 1) is velocity on the linear schedule only: elsewhere det = a + b.
	vp := VP()
	minus := NewProcess(vp, Target{Name: "ε−x", C: Const(-1), D: One}, Uniform(0, 1))
	near(t, "det of ε−x on VP", minus.Det.Eval(0.36), 0.8+0.6, 4*u64)
	near(t, "largest b/a of DDPM", VPSDE(0.1, 20).B.Eval(1)/VPSDE(0.1, 20).A.Eval(1), 152.2, 0.05)
}

func TestPoles(t *testing.T) {
	lin := Linear()
	for _, tt := range []struct {
		p    *Process
		want []string // quantity|at|order
	}{
		{NewProcess(lin, Velocity(lin), Uniform(0, 1)), []string{"λ|1|1", "c/a|1|1"}},
		{NewProcess(lin, Noise(lin), Uniform(0, 1)), []string{"μ|1|1", "ν|1|1"}},
		{NewProcess(lin, Data(lin), Uniform(0, 1)), []string{"λ|1|1", "c/a|1|1", "μ|0|1", "ν|0|1"}},
		{NewProcess(lin, Equilibrium(lin, TruncatedGain(.8, 4)), Uniform(0, 1)),
			[]string{"λ|1|1", "c/a|1|1", "ν|0|1"}},
		{NewProcess(VP(), Velocity(VP()), Uniform(0, 1)),
			[]string{"λ|1|1", "c/a|1|1", "c|1|0.5", "d|0|0.5"}},
		{NewProcess(EDM(), UEDM(EDM(), .5), Uniform(0, 80)), []string{"ν|0|1"}},
		// A target that stops being invertible inside the schedule: det = 1 − 4t
		// is 0 at ¼.
		{NewProcess(lin, Target{Name: "bad", C: Const(3), D: One}, Uniform(0, 1)),
			[]string{"λ|1|1", "c/a|1|1", "μ|0.25|1", "ν|0.25|1"}},
	} {
		var got []string
		for _, pole := range tt.p.Poles() {
			got = append(got, fmt.Sprintf("%s|%.6g|%g", pole.Quantity, pole.At, pole.Order))
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%v: poles %v, want %v", tt.p, got, tt.want)
		}
	}
	pole := NewProcess(lin, Velocity(lin), Uniform(0, 1)).Poles()[0]
	if got, want := pole.String(), "λ = t/(1-t) grows like |t-1|^-1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	pole = NewProcess(lin, Data(lin), Uniform(0, 1)).Poles()[3]
	if got, want := pole.String(), "ν = -1/t grows like t^-1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
