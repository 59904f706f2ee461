package sample

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
)

// Stage is one evaluation of the field for one point, and the move that follows
// from it. A point has registers s₀, s₁, …: s₀ is the point itself, the others are
// the method's memories, 0 at first. With z fresh standard normal noise
//
//	y  = Σⱼ Ask[j] sⱼ
//	f  = field(y), told T where it takes a time
//	sᵢ ← Σⱼ Set[i][j] sⱼ + Set[i][R] f + Set[i][R+1] z        for all R registers at once
//
// so Ask has R numbers and Set has R rows of R+1, or of R+2 in a method with
// noise. Stages are read only: many points may be at the same one.
//
// A method with Moments keeps a mean of f in s₁ and of f² in s₂, of each coordinate: the
// row of s₂ has f² for f, and when they have been set
//
//	s₀ ← s₀ + Rate s₁/(√s₂ + Least)
//
// the one move that is not linear, and that of Adam.
type Stage struct {
	Step int     // which step of the method this is part of, from 1
	T    float64 // the time at y; NaN in a method without a clock
	Ask  []float64
	Set  [][]float64

	Rate, Least float64
}

// String is where the stage is: step 3, t = 0.5.
func (st *Stage) String() string {
	if math.IsNaN(st.T) {
		return fmt.Sprintf("step %d", st.Step)
	}
	return fmt.Sprintf("step %d, t = %.6g,", st.Step, st.T)
}

// finite reports whether every coefficient is.
func (st *Stage) finite() bool {
	sum := math.Abs(st.Rate) + math.Abs(st.Least)
	for _, row := range append([][]float64{st.Ask}, st.Set...) {
		for _, c := range row {
			sum += math.Abs(c)
		}
	}
	return finite(sum)
}

// Method is a way to follow a field.
type Method struct {
	Name      string // as in Samplers
	Registers int    // of a point
	Order     int    // the error at the end falls at least as the step to this power; 0 with noise
	Noise     bool   // some of its paths add fresh noise: those with rows of R+2 numbers
	Clock     bool   // integrates u̇ = μu + νf over the process' time
	Error     bool   // the last register ends a step with its error, of which Next is told
	Reads     bool   // Next is told t̂ of the point, which a reader of the executor finds
	Moments   bool   // s₁ and s₂ of its 3 registers are means of f and f²: see Stage
	Part      Part   // what it follows of the field: all but Whole on an executor with a metric alone
	Adaptive  bool   // Next looks at the norms, which must be waited for at every stage

	// Pace is how many times as far as gd an update of a descent goes, once it has come
	// up to speed, on a field that does not change; nil is for 1.
	Pace func(s Spec) float64

	// Refuses reports whether coefficients of the method are not finite at the pole; nil
	// is for none.
	Refuses refusal

	// Valid reports what of p the method cannot go along; nil is for nothing.
	Valid func(s Spec, p *field.Process) error

	// Path makes the paths of a recipe: each call of what it returns is the path of
	// one point. What does not depend on the point is worked out once, in Path.
	Path func(r Recipe) func() Path
}

// refusal reports whether a method has no finite coefficients at a pole of p.
type refusal func(p *field.Process, pole field.Pole) bool

// form is what the stages of a path of m have in common, with fresh noise of that seed.
// It leaves the path at its start.
func (m Method) form(path Path, seed uint64) Form {
	path.Reset()
	st, ok := path.Next(nil)
	path.Reset()
	return Form{Registers: m.Registers, Error: m.Error, Part: m.Part, Moments: m.Moments, Seed: seed,
		Noise: ok && len(st.Set[0]) == m.Registers+2}
}

// Recipe is what a method makes paths of.
type Recipe struct {
	Spec    // with nothing left to the process
	Process *field.Process
	Times   []float64 // of a clock, from noise to data; nil without one
}

// Path gives the stages of one point, one after another.
type Path interface {
	// Next returns the next stage, or false at the end of the path. norms has what is
	// known of the last stage, ‖f‖, in a method with Error the rms of the last register, and
	// t̂ in one that Reads; it is nil before the first stage, and anywhere in a method that is not
	// Adaptive. The stage may change at the next call.
	Next(norms []float64) (*Stage, bool)
	// Err says why the path has ended where it should not; nil if it has not.
	Err() error
	// Len is how many stages the path has at most.
	Len() int
	// Reset goes back to the start, for another point.
	Reset()
}

// fixed is the path that every point takes alike.
type fixed struct {
	stages []Stage
	at     int
}

func (p *fixed) Next([]float64) (*Stage, bool) {
	if p.at == len(p.stages) {
		return nil, false
	}
	p.at++
	return &p.stages[p.at-1], true
}

func (p *fixed) Len() int { return len(p.stages) }

func (p *fixed) Err() error { return nil }

func (p *fixed) Reset() { p.at = 0 }

// alike makes fixed paths of the same stages.
func alike(stages []Stage) func() Path {
	return func() Path { return &fixed{stages: stages} }
}

// followed is a path with one more stage at its end.
type followed struct {
	Path
	last Stage
	done bool
}

func (p *followed) Next(norms []float64) (*Stage, bool) {
	st, ok := p.Path.Next(norms)
	if !ok && !p.done && p.Err() == nil {
		p.done = true
		return &p.last, true
	}
	return st, ok
}

func (p *followed) Len() int { return p.Path.Len() + 1 }

func (p *followed) Reset() {
	p.Path.Reset()
	p.done = false
}
