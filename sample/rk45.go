package sample

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

var _ = add(choice.Entry[Method]{
	Name: "rk45", Aliases: []string{"dopri5"}, Example: "rk45:tol=1e-3,steps=1000",
	Paper: "Dormand and Prince, A family of embedded Runge–Kutta formulae, J. Comput. Appl. Math. 6 (1980)",
	About: "order 5, and each point its own steps, by an estimate of their error; at most steps of them",
	Params: []choice.Param{
		{Name: "tol", Default: 1e-4, In: choice.NotBelow0,
			About: "rms error of a step as a part of √(a²+b²); 0 takes `steps` steps whatever their error"},
		end, clean},
	Make: Method{Registers: dpRegisters, Order: 5, Clock: true, Adaptive: true, Error: true,
		Refuses: ofMotion, Valid: endsOffPoles, Path: dormandPrince},
})

// The method of Dormand and Prince, order 5 with an embedded one of order 4:
//
//	kᵢ = k(t + cᵢh, u + h Σⱼ aᵢⱼ kⱼ),   u' = u + h Σ bⱼ kⱼ,   error = h Σ eⱼ kⱼ
//
// with k(t, y) = μ(t)y + ν(t)f(y). The last row of a is b, so k₇ is the first slope of
// the next step: six evaluations a step, taken or tried again.
var (
	dpC = [8]float64{2: 1. / 5, 3: 3. / 10, 4: 4. / 5, 5: 8. / 9, 6: 1, 7: 1}
	dpA = [8][]float64{
		2: {1. / 5},
		3: {3. / 40, 9. / 40},
		4: {44. / 45, -56. / 15, 32. / 9},
		5: {19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		6: {9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		7: {35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	dpE = [8]float64{1: 71. / 57600, 3: -71. / 16695, 4: 71. / 1920, 5: -17253. / 339200, 6: 22. / 525,
		7: -1. / 40}
)

// dpRegisters are those of a point: s₀ = u, sᵢ = kᵢ. The seventh stage moves u and
// leaves k₇ in s₂, the move in s₃ and the error in s₆, so that the step can still be
// taken back.
const dpRegisters = 7

// since says what the registers hold when a step begins.
type since int

const (
	started since = iota // u, and k₁ in s₁
	taken                // u, and k₁ in s₂
	refused              // u and the move in s₃ that is to be taken back, k₁ in s₁
)

// endsOffPoles refuses an end at which rk45 could not evaluate μ and ν.
func endsOffPoles(s Spec, p *field.Process) error {
	if (Recipe{Spec: s, Process: p}).poleAt(s.End) {
		return fault("end", s.End, "a time at which μ and ν of %s/%s are finite, like 0.001 "+
			"(and clean to go on to t = 0): %s evaluates them there",
			p.Schedule.Name, p.Target.Name, s.Sampler)
	}
	return nil
}

func dormandPrince(r Recipe) func() Path {
	tol := r.Params.Float("tol")
	if tol > 0 {
		return func() Path {
			w := &adaptive{r: r, tol: tol, st: dpStage()}
			w.Reset()
			return w
		}
	}
	stages := []Stage{dpStage()}
	r.first(&stages[0], r.Times[0])
	for k := range len(r.Times) - 1 {
		before := taken
		if k == 0 {
			before = started
		}
		for i := 2; i <= 7; i++ {
			st := dpStage()
			r.stage(&st, i, r.Times[k], r.Times[k+1]-r.Times[k], before)
			st.Step = k + 1
			stages = append(stages, st)
		}
	}
	return alike(stages)
}

// dpStage is room for a stage.
func dpStage() Stage {
	st := Stage{Step: 1, Ask: make([]float64, dpRegisters), Set: make([][]float64, dpRegisters)}
	for j := range st.Set {
		st.Set[j] = make([]float64, dpRegisters+1)
	}
	return st
}

// first makes st the stage that finds k₁ at t.
func (r Recipe) first(st *Stage, t float64) {
	st.stay()
	st.T = t
	r.slope(st.Set[1], st)
}

// stay makes st ask at the point and leave all registers as they are.
func (st *Stage) stay() {
	clear(st.Ask)
	st.Ask[0] = 1
	for j := range st.Set {
		clear(st.Set[j])
		st.Set[j][j] = 1
	}
}

// slope sets a row to μ(t)y + ν(t)f.
func (r Recipe) slope(row []float64, st *Stage) {
	mu := r.Process.Mu.Eval(st.T)
	for j, c := range st.Ask {
		row[j] = mu * c
	}
	row[len(st.Ask)] = r.Process.Nu.Eval(st.T)
}

// stage makes st the stage of kᵢ, i from 2 to 7, of the step from t to t + h.
func (r Recipe) stage(st *Stage, i int, t, h float64, before since) {
	st.stay()
	st.T = t + dpC[i]*h
	for j, a := range dpA[i] {
		st.Ask[j+1] = h * a
	}
	switch {
	case i == 2 && before == taken:
		st.Ask[1], st.Ask[2] = 0, st.Ask[1]
		st.Set[1][1], st.Set[1][2] = 0, 1
	case i == 2 && before == refused:
		st.Ask[3] = -1
		st.Set[0][3] = -1
	}
	if i < 7 {
		r.slope(st.Set[i], st)
		return
	}
	r.slope(st.Set[2], st)
	copy(st.Set[0], st.Ask)
	copy(st.Set[3], st.Ask)
	st.Set[3][0] = 0
	for j, k7 := range st.Set[2] {
		st.Set[6][j] = h * dpE[7] * k7
		if 1 <= j && j <= 6 {
			st.Set[6][j] += h * dpE[j]
		}
	}
}

// adaptive is the path of a point that chooses its steps. A step is taken where the
// rms of its error is at most tol √(a²+b²), the size a point has there if data have
// one of 1; the next is to have 0.9⁵ of the error that is allowed.
type adaptive struct {
	r   Recipe
	tol float64

	st    Stage
	i     int     // which slope comes next
	t, h  float64 // of the step
	tried int     // steps, this one included
	ended bool
	since since
}

func (w *adaptive) Reset() {
	*w = adaptive{r: w.r, tol: w.tol, st: w.st, i: 1, t: w.r.Start, h: (w.r.End - w.r.Start) / 50}
}

func (w *adaptive) Len() int { return 1 + 6*w.r.Steps }

// Err reports that the steps did not suffice.
func (w *adaptive) Err() error {
	if w.ended && w.t != w.r.End {
		return fmt.Errorf("steps: got %d, want more, or tol above %g: "+
			"at t = %.6g, with %.3g as the next step, of the way to %g", w.r.Steps, w.tol, w.t, -w.h, w.r.End)
	}
	return nil
}

func (w *adaptive) Next(norms []float64) (*Stage, bool) {
	if w.i == 8 {
		w.judge(norms[1])
	}
	if w.i == 2 {
		if w.ended = w.t == w.r.End || w.tried == w.r.Steps; w.ended {
			return nil, false
		}
		w.tried++
	}
	w.st.Step = max(1, w.tried)
	if w.i == 1 {
		w.r.first(&w.st, w.t)
	} else {
		w.r.stage(&w.st, w.i, w.t, w.h, w.since)
	}
	w.i++
	return &w.st, true
}

// judge takes or refuses the step whose rms error is known, and chooses the next.
func (w *adaptive) judge(rms float64) {
	t1 := w.t + w.h
	if w.h == w.r.End-w.t {
		t1 = w.r.End
	}
	allowed := w.tol * math.Hypot(w.r.Process.Schedule.A.Eval(t1), w.r.Process.Schedule.B.Eval(t1))
	grow := min(5, max(0.2, 0.9*math.Pow(allowed/rms, 1./5)))
	if rms == 0 {
		grow = 5
	}
	switch {
	case rms <= allowed && w.since == refused:
		w.t, w.since, w.h = t1, taken, w.h*min(1, grow)
	case rms <= allowed:
		w.t, w.since, w.h = t1, taken, w.h*grow
	case grow < 1: // NaN is neither
		w.since, w.h = refused, w.h*grow
	default:
		w.since, w.h = refused, w.h/2
	}
	if w.t+1.01*w.h <= w.r.End {
		w.h = w.r.End - w.t
	}
	w.i = 2
}
