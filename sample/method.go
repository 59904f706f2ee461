package sample

import (
	"math"

	"github.com/stillfield/stillfield/field"
)

// Stage is one evaluation of the field and what follows from it. u is the point
// and m the memory of the method, 0 at first:
//
//	y  = Look₀ u + Look₁ m
//	f  = f(y)
//	u' = U₀ u + U₁ m + U₂ f
//	m' = M₀ u + M₁ m + M₂ f
type Stage struct {
	Step int        // which step of the method, from 1
	T    float64    // the time a clock shows at y; NaN without a clock
	Look [2]float64 // of u, m
	U, M [3]float64 // of u, m, f
}

// Method is a way to follow a field: a list of stages, in which everything that
// does not depend on the point is worked out beforehand.
type Method struct {
	Name, About string
	Clock       bool // integrates u̇ = μu + νf over the process' time
	// Stages is the whole path. A clock shows the times t, from noise to data;
	// a method without one is given none.
	Stages func(s Spec, p *field.Process, t []float64) []Stage
}

// Methods is the table of samplers. Adding one is adding an entry.
var Methods = []Method{
	{"gd", "gradient descent: u ← u − η f(u)", false, descent},
	{"nag", "look-ahead descent of Equilibrium Matching: u ← u − η f(u − ημ m), m ← f", false, lookAhead},
	{"euler", "Euler's method on u̇ = μu + νf, order 1", true, euler},
	{"heun", "Heun's method on u̇ = μu + νf, order 2, two evaluations a step", true, heun},
	{"ddim", "the exact step for the datum and noise f stands for, order 1", true, ddim},
}

// Names lists the samplers there are.
func Names() []string {
	names := make([]string, len(Methods))
	for i, m := range Methods {
		names[i] = m.Name
	}
	return names
}

func find(name string) (Method, bool) {
	for _, m := range Methods {
		if m.Name == name {
			return m, true
		}
	}
	return Method{}, false
}

// finite reports whether every coefficient is.
func (st *Stage) finite() bool {
	sum := math.Abs(st.Look[0]) + math.Abs(st.Look[1])
	for i := range st.U {
		sum += math.Abs(st.U[i]) + math.Abs(st.M[i])
	}
	return finite(sum)
}
