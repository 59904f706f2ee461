package sample

import (
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// hilly is the field ∇g of g = u·f(u), where f is waves, and on the host ∇g, g and f.
func hilly(dim int) (f model.Trained, slope Eval, energy func(u []float64) float64, raw Eval) {
	f, raw = waves(dim)
	f.Energy = model.DotEnergy.Of(f.Field)
	f.Field = model.Slope(f.Energy)
	slope = func(f []float64, q Query) error {
		for i := range q.N {
			u := q.Y[i*dim : (i+1)*dim]
			for d, x := range u {
				f[i*dim+d] = math.Sin(x) + x*math.Cos(x) + 0.3*(u[(d+1)%dim]+u[(d+dim-1)%dim])
			}
		}
		return nil
	}
	energy = func(u []float64) (g float64) {
		for d, x := range u {
			g += x * (math.Sin(x) + 0.3*u[(d+1)%dim])
		}
		return g
	}
	return f, slope, energy, raw
}

// Where the field is the gradient of an energy, every method follows the gradient, and not
// what the energy is made of; and the energy of each point is that of where it ended.
func TestSamplersFollowTheSlope(t *testing.T) {
	const dim, n = 5, 7
	f, slope, energy, raw := hilly(dim)
	p := method(t, "eqm")
	for _, m := range methods() {
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Eta = m.Name, n, 4, 20, 0.03 })
		if s.Fits(p) != nil {
			continue
		}
		want, other := exactly(t, slope, p, dim, s), exactly(t, raw, p, dim, s)
		x := compiled(t, f, dim)
		got, err := Run(t.Context(), x, p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		away := 0.
		for i, x := range got.X {
			away = max(away, math.Abs(float64(x-other.X[i])))
			if gap := math.Abs(float64(x - want.X[i])); gap > 64*u32*max(1, math.Abs(float64(want.X[i]))) {
				t.Errorf("%s: x[%d] = %v, along ∇g %v", m.Name, i, x, want.X[i])
			}
		}
		if away < .01 {
			t.Errorf("%s: along f the points are within %v: the test needs more", m.Name, away)
		}
		if err := got.Energies(t.Context(), onCPU(t), f, []int{dim}, plan.Float32); err != nil {
			t.Fatal(err)
		}
		for i, g := range got.Energy {
			u := make([]float64, dim)
			for d := range u {
				u[d] = float64(got.X[i*dim+d])
			}
			if want := energy(u); math.Abs(float64(g)-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%s: the energy of point %d is %v, want %v", m.Name, i, g, want)
			}
		}
	}
}

// The energy of a point depends on neither the batch nor how many there are, and is that of
// its own class, at the time where its path ends.
func TestEnergies(t *testing.T) {
	energy := func(b *graph.Builder, in model.Inputs) graph.Node {
		n := in.U.Shape()[0]
		return b.Add(b.Column(in.U, 0), b.Add(b.Scale(10, in.Label), b.Scale(100, b.Reshape(in.T, n))))
	}
	told := model.Trained{Time: true, Label: true, Energy: energy}
	s := with(func(s *Spec) { s.Sampler, s.Label = "heun", []int{3, model.NoLabel} })
	s.End = .25
	for _, batch := range []int{1, 2, 4, 64} {
		s.Batch = batch
		r := &Result{Spec: s, Dim: 2, X: []float32{.5, 0, 1.5, 0, 2.5, 0}, NFE: []int{1, 1, 1}}
		if err := r.Energies(t.Context(), onCPU(t), told, []int{2}, plan.Float32); err != nil {
			t.Fatal(err)
		}
		if want := []float32{55.5, 16.5, 57.5}; !slices.Equal(r.Energy, want) {
			t.Errorf("%d at a time: %v, want %v", batch, r.Energy, want)
		}
	}
	f, _ := waves(2)
	p := method(t, "fm")
	if _, err := NewEnergies(t.Context(), onCPU(t), f, s, p, []int{2}, plan.Float32); err == nil {
		t.Error("a field that is the gradient of nothing has energies")
	}
}

// Energies are written beside the points, and summed up; without them nothing is said.
func TestEnergiesWritten(t *testing.T) {
	for _, want := range []*EnergyRange{{Mean: 9, Min: 3, Max: 15}, nil} {
		dir := t.TempDir()
		keptResult(t, dir, want != nil, Output{Point: []int{2}})
		f, err := safetensors.Open(filepath.Join(dir, arraysFile))
		if err != nil {
			t.Fatal(err)
		}
		var s Summary
		if err := json.Unmarshal([]byte(f.Metadata["summary"]), &s); err != nil {
			t.Fatal(err)
		}
		if (s.Energy == nil) != (want == nil) || want != nil && *s.Energy != *want {
			t.Errorf("the summary says %v, want %v", s.Energy, want)
		}
		if _, ok := f.Tensor("energy"); ok != (want != nil) {
			t.Errorf("energies are written: %t, want %t", ok, want != nil)
		}
		f.Close()
	}
}
