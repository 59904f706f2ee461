package exact

import (
	"fmt"
	"math"
	"slices"
)

// room is an error unless dst has room for as many results as there are points.
func room(what string, dst, points int) error {
	if dst != points {
		return fmt.Errorf("exact: %s: got room for %d results, want %d, one for each point", what, dst,
			points)
	}
	return nil
}

// Fields is Blind.Fields.
func (d *Dataset) Fields(dst, points [][]float64, workers int) error {
	if err := room("Fields", len(dst), len(points)); err != nil {
		return err
	}
	field := []vector{{noisePart, dataPart}}
	return d.ask("Fields", points, workers, &asked{cut: d.cut, obs: d.parts.field, about: field,
		of: func(int, averaged) []vector { return field },
		to: func(i int) [][]float64 {
			dst[i] = grown(dst[i], d.Dim())
			return dst[i : i+1]
		}})
}

// Field is Blind.Field.
func (d *Dataset) Field(u []float64) ([]float64, error) {
	dst := [][]float64{nil}
	err := d.Fields(dst, [][]float64{u}, 0)
	return dst[0], err
}

// Posteriors is Blind.Posteriors.
func (d *Dataset) Posteriors(dst []Posterior, points [][]float64, workers int) error {
	if err := room("Posteriors", len(dst), len(points)); err != nil {
		return err
	}
	both := []vector{{one, zero}, {noisePart, dataPart}}
	square := func(n *instant) float64 { return n.t * n.t }
	return d.ask("Posteriors", points, workers, &asked{cut: d.cut, about: both,
		obs: append(slices.Clone(d.parts.posterior), square),
		of: func(i int, j averaged) []vector {
			p := &dst[i]
			log, err := j.known()
			p.Origin, p.Energy, p.Mean = d.origin(err), -log, j.average(time)
			p.Var = j.average(func(n *instant) float64 { return (n.t - p.Mean) * (n.t - p.Mean) })
			p.EdgeLo = j.edge(d.Process.Prior.Min, math.Sqrt(p.Var))
			p.EdgeHi = j.edge(d.Process.Prior.Max, math.Sqrt(p.Var))
			return both
		},
		to: func(i int) [][]float64 {
			dst[i].Grad, dst[i].Field = grown(dst[i].Grad, d.Dim()), grown(dst[i].Field, d.Dim())
			return [][]float64{dst[i].Grad, dst[i].Field}
		}})
}

// At is Blind.At.
func (d *Dataset) At(u []float64) (Posterior, error) {
	dst := make([]Posterior, 1)
	err := d.Posteriors(dst, [][]float64{u}, 0)
	return dst[0], err
}

// Decompositions is Blind.Decompositions.
func (d *Dataset) Decompositions(dst []Decomposition, points [][]float64, workers int) error {
	if err := room("Decompositions", len(dst), len(points)); err != nil {
		return err
	}
	cut, err := d.decomposable("Decompositions")
	if err != nil {
		return err
	}
	return d.ask("Decompositions", points, workers, &asked{cut: cut, obs: d.parts.decomposition,
		about: []vector{{one, zero}, {lambda, zero}},
		of: func(i int, j averaged) []vector {
			_, err := j.known()
			bar := j.average(lambda)
			dst[i].Origin, dst[i].Lambda, dst[i].Drift = d.origin(err), bar, j.average(drift)
			// Both have λ̄ in them, and Σ(λ−λ̄)∇E_marg = 0, so that ∇E_t needs no centring.
			return []vector{{func(*instant) float64 { return bar }, zero},
				{func(n *instant) float64 { return n.lambda - bar }, zero}}
		},
		to: func(i int) [][]float64 {
			q := &dst[i]
			q.Natural, q.Transport = grown(q.Natural, d.Dim()), grown(q.Transport, d.Dim())
			return [][]float64{q.Natural, q.Transport}
		}})
}

// Decompose is Blind.Decompose.
func (d *Dataset) Decompose(u []float64) (Decomposition, error) {
	dst := make([]Decomposition, 1)
	err := d.Decompositions(dst, [][]float64{u}, 0)
	return dst[0], err
}

// Energy is Blind.Energy.
func (d *Dataset) Energy(u []float64) (float64, error) {
	var energy float64
	err := d.ask("Energy", [][]float64{u}, 0, &asked{cut: d.cut,
		of: func(_ int, j averaged) []vector {
			log, _ := j.known()
			energy = -log
			return nil
		},
		to: func(int) [][]float64 { return nil }})
	return energy, err
}
