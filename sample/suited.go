package sample

import (
	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// Suit is a sampler that is used where none is asked for.
type Suit struct {
	Sampler string
	Usual   choice.Values // its parameters, where they are not its own defaults
	For     string        // the processes, in words
	Why     string
	suits   func(p *field.Process) bool
}

// Suits says which sampler suits a process: the first that is for it, that its
// schedule allows, that takes what is asked and, for a field that is told the time, has a
// clock.
var Suits = []Suit{
	{"gd", nil, "targets that vanish at the data (eqm, eqm-linear, eqm-piecewise)",
		"descent comes to rest at the data by itself, at no time it would have to be told", vanishes},
	{"heun", choice.Values{"steps": 17, "clean": true}, "data and uedm on edm",
		"EDM's own sampler, 35 evaluations: its paths are almost straight at low noise", withoutEnd},
	{"euler", choice.Values{"steps": 100}, "velocity on linear",
		"u̇ = f: nothing multiplies the errors of a blind field, and its paths are nearly straight",
		plainMotion},
	{"ddim", choice.Values{"steps": 100}, "every other process",
		"each step is exact for the datum f stands for, with none of the stiffness of ν", always},
	{"gd", nil, "noise and velocity that start where there is no data in u",
		"f, told t, says nothing of the datum at a = 0; descent starts without it", always},
}

func always(*field.Process) bool { return true }

func vanishes(p *field.Process) bool { return p.Target.C.Eval(0) == 0 && p.Target.D.Eval(0) == 0 }

func withoutEnd(p *field.Process) bool {
	return p.Schedule.Endless() && p.Target.Name != "noise" && p.Target.Name != "velocity"
}

func plainMotion(p *field.Process) bool {
	for _, t := range []float64{.2, .5, .8} {
		if p.Mu.Eval(t) != 0 || p.Nu.Eval(t) != 1 {
			return false
		}
	}
	return true
}

// Suited is the sampler for p where said names none, if there is one. told is whether the
// field is told the time.
func Suited(p *field.Process, said choice.Choice, told bool) (Suit, bool) {
	for _, suit := range Suits {
		e, _ := Samplers.Find(suit.Sampler)
		if !suit.suits(p) || told && !e.Make.Clock {
			continue
		}
		c := said.Clone()
		c.Kind = suit.Sampler
		_, full, faults := Samplers.Resolve("", c, suit.Usual)
		if len(faults) > 0 {
			continue
		}
		var s Spec
		s.Fill(full)
		if s.Fits(p) == nil {
			return suit, true
		}
	}
	return Suit{}, false
}
