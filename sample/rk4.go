package sample

import (
	"slices"

	"github.com/stillfield/stillfield/choice"
)

var _ = add(choice.Entry[Method]{
	Name: "rk4", Example: "rk4:steps=20", Paper: "Kutta 1901; Hairer, Nørsett and Wanner," +
		" Solving Ordinary Differential Equations I, table II.1.2",
	About:  "the classical Runge–Kutta method on u̇ = μu + νf, order 4, four evaluations a step",
	Params: []choice.Param{end, grid, clean},
	Make:   Method{Registers: 3, Order: 4, Clock: true, Refuses: ofMotion, Path: rk4},
})

// rk4 is the classical method of order 4. With k(t, y) = μ(t)y + ν(t)f(y)
//
//	k₁ = k(t, u),           k₂ = k(t + ½h, u + ½h k₁)
//	k₃ = k(t + ½h, u + ½h k₂),   k₄ = k(t + h, u + h k₃)
//	u' = u + h/6 (k₁ + 2k₂ + 2k₃ + k₄)
//
// The registers are u, the sum of the slopes so far and the last slope. It costs four
// evaluations a step, so it pays where the field is smooth and the error is to be
// small: ten steps of it against forty of euler.
//
// Where t' is a pole of μ or ν, which only the last time may be, the step is
// midpoint's, which evaluates nothing there.
func rk4(r Recipe) func() Path {
	p := r.Process
	return r.clocked(func(t, t1 float64) []Stage {
		if r.poleAt(t1) {
			return widen(r.midpointStages(t, t1), 3)
		}
		h, mid := t1-t, (t+t1)/2
		stages := make([]Stage, 4)
		for i, q := range []struct{ t, ahead, weight float64 }{
			{t, 0, 1}, {mid, h / 2, 2}, {mid, h / 2, 2}, {t1, h, 1}} {
			ask := []float64{1, 0, q.ahead}
			k := []float64{p.Mu.Eval(q.t), 0, p.Mu.Eval(q.t) * q.ahead, p.Nu.Eval(q.t)}
			u, sum := []float64{1, 0, 0, 0}, []float64{0, 1, 0, 0}
			if i == 0 {
				sum[1] = 0
			}
			for j := range k {
				sum[j] += q.weight * k[j]
			}
			if i == 3 {
				for j := range u {
					u[j] += h / 6 * sum[j]
				}
			}
			stages[i] = Stage{T: q.t, Ask: ask, Set: [][]float64{u, sum, k}}
		}
		return stages
	})
}

// widen gives stages more registers, which stay 0.
func widen(stages []Stage, registers int) []Stage {
	for i, st := range stages {
		had := len(st.Ask)
		more := make([]float64, registers-had)
		wide := Stage{Step: st.Step, T: st.T, Ask: append(append([]float64{}, st.Ask...), more...)}
		for _, row := range st.Set {
			wide.Set = append(wide.Set, slices.Concat(row[:had], more, row[had:]))
		}
		for range more {
			wide.Set = append(wide.Set, make([]float64, len(wide.Set[0])))
		}
		stages[i] = wide
	}
	return stages
}
