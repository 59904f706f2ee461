package exact

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// cloud is K points of R^dim and as many of them blurred by noise of each level.
func cloud(k, dim, n int) (Mixture, [][]float64) {
	r := rand.New(rand.NewPCG(3, 4))
	var m Mixture
	for range k {
		m.Points = append(m.Points, normalVector(r, dim, 1))
	}
	points := make([][]float64, n)
	for i := range points {
		t := 0.02 + 0.96*r.Float64()
		points[i] = normalVector(r, dim, t)
		addScaled(points[i], 1-t, m.Points[r.IntN(k)])
	}
	return m, points
}

// A batch has the bits of its points alone, whatever the workers, for every law.
func TestBatchIsItsPoints(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98))
	r := rand.New(rand.NewPCG(5, 6))
	for _, lc := range everyLaw {
		a := must[*Blind](t)(New(p, lc.law))
		points := make([][]float64, 20)
		for i := range points {
			points[i] = normalVector(r, a.Dim(), 0.7)
		}
		for _, workers := range []int{0, 1, 3} {
			f, q := make([][]float64, len(points)), make([]Posterior, len(points))
			if err := a.Fields(f, points, workers); err != nil {
				t.Fatal(lc.name, err)
			}
			if err := a.Posteriors(q, points, workers); err != nil {
				t.Fatal(lc.name, err)
			}
			for i, u := range points {
				want := mustAt(t, a, u)
				if !slices.Equal(f[i], mustField(t, a, u)) || !slices.Equal(q[i].Grad, want.Grad) ||
					q[i].Energy != want.Energy || q[i].Var != want.Var {
					t.Errorf("%s: point %d by %d workers is not the point alone", lc.name, i, workers)
				}
			}
		}
	}
}

func TestBatchErrors(t *testing.T) {
	s := field.Linear()
	a := mustAtoms(t, field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1)), triangle)
	points := [][]float64{probe, triangle.Points[0], {1}, probe}
	err := a.Fields(make([][]float64, 4), points, 2)
	if err == nil || !strings.HasPrefix(err.Error(), "point 1: ") {
		t.Errorf("got %v, want the error of point 1", err)
	}
	err = a.Fields(nil, points, 2)
	if err == nil || !strings.Contains(err.Error(), "room for 0 results, want 4") {
		t.Errorf("got %v", err)
	}
	if err := a.Posteriors(nil, points, 2); err == nil || !strings.Contains(err.Error(), "want 4") {
		t.Errorf("got %v", err)
	}
}

// A point costs no memory once the points before it have made what it needs.
func TestPointsAllocateNothing(t *testing.T) {
	s := field.Linear()
	m, points := cloud(50, 8, 64)
	a := mustAtoms(t, field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98)), m)
	var p Posterior
	f, scr := make([]float64, 8), newScratch()
	run := func() {
		for _, u := range points {
			if a.field(f, u, scr) != nil || a.at(&p, u, scr) != nil {
				t.Error("a point failed")
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(2, run); n > 0 {
		t.Errorf("%v allocations for %d points, want none", n, len(points))
	}
}

// BenchmarkFields is the blind field of K atoms of R^dim at points of every noise level.
func BenchmarkFields(b *testing.B) {
	s := field.Linear()
	for _, c := range []struct{ k, dim int }{{10, 2}, {1000, 64}, {10_000, 784}} {
		b.Run(fmt.Sprintf("atoms=%d/dim=%d", c.k, c.dim), func(b *testing.B) {
			m, points := cloud(c.k, c.dim, 200)
			a := mustAtoms(b, field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98)), m)
			f := make([][]float64, len(points))
			n := 0
			for b.Loop() {
				if err := a.Fields(f, points, 0); err != nil {
					b.Fatal(err)
				}
				n += len(points)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/point")
		})
	}
}
