package exact

import (
	"fmt"
	"math"
)

// turnStep is the step of Turns' difference quotient, in units of the noise at the point.
const turnStep = 1e-4

// Turns sets odd[i] to ‖(J − Jᵀ)v‖² and even[i] to ‖(J + Jᵀ)v‖² of the Jacobian J of f* at
// points[i], for v = directions[i], where noise is the deviation of the noise on the points. The
// antisymmetric part is that of the curl law, in which terms along u ∧ u are left out, so
// that it is finite where a is 0,
//
//	J − Jᵀ = f* ∧ ∇E_marg + u ∧ E[c D_t/b² | u],   p ∧ q = p qᵀ − q pᵀ
//
// for data without jitter, and J v a central difference quotient: even is right to about 1e-6.
func (d *Dataset) Turns(odd, even []float64, points, directions [][]float64, noise float64,
	workers int) error {
	n := len(points)
	if len(odd) != n || len(even) != n || len(directions) != n {
		return fmt.Errorf("exact: Turns: got %d, %d results and %d directions, want %d, one for each point",
			len(odd), len(even), len(directions), n)
	}
	if d.points.Jitter != 0 {
		return fmt.Errorf("exact: Turns: got data blurred by %g, want data without jitter", d.points.Jitter)
	}
	var sides [2][][]float64
	step := turnStep * noise
	for s, sign := range []float64{-1, 1} {
		at := make([][]float64, n)
		for i, u := range points {
			at[i] = append([]float64(nil), u...)
			addScaled(at[i], sign*step, directions[i])
		}
		sides[s] = make([][]float64, n)
		if err := d.Fields(sides[s], at, workers); err != nil {
			return err
		}
	}
	dim := d.Dim()
	parts := make([][3][]float64, n)
	drifting := func(n *instant) float64 { return n.c / (n.b * n.b) }
	three := []vector{{noisePart, dataPart}, {one, zero}, {zero, drifting}}
	err := d.ask("Turns", points, workers, &asked{cut: d.cut, obs: d.parts.jacobian, about: three,
		of: func(int, averaged) []vector { return three },
		to: func(i int) [][]float64 {
			for v := range parts[i] {
				parts[i][v] = grown(parts[i][v], dim)
			}
			return parts[i][:]
		}})
	if err != nil {
		return err
	}
	for i, u := range points {
		v, f, e, m := directions[i], parts[i][0], parts[i][1], parts[i][2]
		fv, ev, mv, uv := dot(f, v), dot(e, v), dot(m, v), dot(u, v)
		odd[i], even[i] = 0, 0
		for k := range u {
			turned := f[k]*ev - e[k]*fv + u[k]*mv - m[k]*uv
			along := (sides[1][i][k] - sides[0][i][k]) / (2 * step)
			odd[i] += turned * turned
			even[i] += (2*along - turned) * (2*along - turned)
		}
		if s := odd[i] + even[i]; math.IsNaN(s) || math.IsInf(s, 0) {
			return fmt.Errorf("exact: Turns: point %d: got %v and %v, want finite numbers", i, odd[i],
				even[i])
		}
	}
	return nil
}
