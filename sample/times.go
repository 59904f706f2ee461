package sample

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// resolve fills in what s leaves to the process: the start and, with a clock,
// the end and the grid. Its errors are those only the process can show.
func (s Spec) resolve(m Method, p *field.Process) (Spec, error) {
	lo, hi := p.Prior.Min, p.Prior.Max
	if s.Start == 0 {
		s.Start = hi
	}
	if !(lo < s.Start && s.Start <= hi) {
		return s, fault("start", s.Start, "a time in (%v, %v], the range %s/%s is trained on", lo, hi,
			p.Schedule.Name, p.Target.Name)
	}
	if !m.Clock {
		return s, m.valid(s, p)
	}
	if s.End == 0 {
		s.End = lo
	}
	if !(lo <= s.End && s.End < s.Start) {
		return s, fault("end", s.End, "a time in [%v, %v), from the first %s/%s is trained on to start", lo,
			s.Start, p.Schedule.Name, p.Target.Name)
	}
	if s.Clean && s.End == 0 {
		return s, fault("clean", true, "false: the path ends at t = 0 already")
	}
	if s.Grid == Auto {
		s.Grid = Uniform
		if p.Schedule.Endless() {
			s.Grid = Karras
		}
	}
	return s, m.valid(s, p)
}

func (m Method) valid(s Spec, p *field.Process) error {
	if m.Valid == nil {
		return nil
	}
	return m.Valid(s, p)
}

// Clock is the grid of times that s goes through on p, from noise to data, with what s
// leaves to the process filled in. Its errors are those that only the process can show; a
// pole of μ or ν at the last time is none.
func (s Spec) Clock(p *field.Process) ([]float64, error) {
	m, ok := find(s.Sampler)
	if !ok || !m.Clock {
		return nil, fault("sampler", s.Sampler, "one with a clock")
	}
	s, err := s.resolve(m, p)
	if err != nil {
		return nil, err
	}
	return s.times(m, p)
}

// pointsToNoise refuses a process whose field, told t, does not point from data to
// noise: that is where λ > 0.
func pointsToNoise(s Spec, p *field.Process) error {
	if lambda := p.Lambda.Eval((p.Prior.Min + s.Start) / 2); !(lambda > 0) {
		return fault("sampler", s.Sampler, "one with a clock: %s follows −f, and the field of %s/%s"+
			" points to the data", s.Sampler, p.Schedule.Name, p.Target.Name)
	}
	return nil
}

// fault is a fault of s that the process shows.
func fault(key string, got any, want string, args ...any) error {
	return &choice.Fault{Path: key, Got: choice.Show(got), Want: fmt.Sprintf(want, args...)}
}

// interval prints the times that a path runs through.
func interval(start, end float64) choice.Other {
	return choice.Other(fmt.Sprintf("the interval from %v to %v", start, end))
}

// poleIn finds a pole in [lo, hi] of those that a method refuses.
func poleIn(p *field.Process, refuses refusal, lo, hi float64) (field.Pole, bool) {
	for _, pole := range p.Poles() {
		if refuses != nil && lo <= pole.At && pole.At <= hi && refuses(p, pole) {
			return pole, true
		}
	}
	return field.Pole{}, false
}

// before names a start from which m's path meets no pole, a twentieth nearer the data, where there
// is one; otherwise nothing.
func (s Spec) before(m Method, p *field.Process) string {
	start := 0.95 * s.Start
	if _, on := poleIn(p, m.Refuses, math.Nextafter(s.End, s.Start), start); on {
		return ""
	}
	return fmt.Sprintf("; start %.3g is before it", start)
}

// rho is the exponent of Karras' grid.
const rho = 7

// times is the grid of m from start to end, both included. The interval may end on
// a pole of what m uses, for nothing is evaluated there, and may touch no other.
func (s Spec) times(m Method, p *field.Process) ([]float64, error) {
	if pole, ok := poleIn(p, m.Refuses, math.Nextafter(s.End, s.Start), s.Start); ok {
		return nil, fault("start", interval(s.Start, s.End),
			"one that does not start on or cross a pole: %v%s", pole, s.before(m, p))
	}
	t := make([]float64, s.Steps+1)
	for k := range t {
		w := float64(k) / float64(s.Steps)
		switch s.Grid {
		case Karras:
			t0, t1 := math.Pow(s.Start, 1./rho), math.Pow(s.End, 1./rho)
			t[k] = math.Pow(t0+w*(t1-t0), rho)
		default:
			t[k] = s.Start + w*(s.End-s.Start)
		}
	}
	t[0], t[s.Steps] = s.Start, s.End
	return t, nil
}
