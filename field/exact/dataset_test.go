package exact

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// A dataset's field is that of its data, at every noise level and beside the data,
// whatever the product's rounding.
func TestDatasetIsItsAtoms(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.001, 0.98))
	for dim, within := range map[int]float64{2: 1e-11, 40: 1e-11, 200: 1e-10} {
		m, points := cloud(300, dim, 150)
		for i, u := range points[:20] { // nearly on the data
			copy(u, m.Points[i])
			u[0] += 1e-6
		}
		want := make([][]float64, len(points))
		if err := mustAtoms(t, p, m).Fields(want, points, 0); err != nil {
			t.Fatal(err)
		}
		bothForms(t, func(t *testing.T) {
			d := must[*Dataset](t)(NewDataset(p, m))
			got := make([][]float64, len(points))
			if err := d.Fields(got, points, 0); err != nil {
				t.Fatal(err)
			}
			for i := range points {
				nearTo(t, fmt.Sprintf("D = %d, point %d", dim, i), got[i], want[i], within)
			}
			for i := 0; i < len(points); i += 7 { // alone, on one core, it is the same to the bit
				alone := make([][]float64, 1)
				if err := d.Fields(alone, points[i:i+1], 1); err != nil {
					t.Fatal(err)
				}
				nearTo(t, fmt.Sprintf("D = %d, point %d alone", dim, i), alone[0], got[i], 0)
			}
		})
	}
}

// The data as one crowd, as a crowd of those listed and apart are one field, where noise
// hides which of them is near; a crowd is refused where it would lose digits.
func TestDatasetCrowds(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.001, 0.98))
	m, points := cloud(500, 40, 30)
	m.Jitter = 0.1
	d := must[*Dataset](t)(NewDataset(p, m))
	crowds, scr := 0, newScratch()
	for _, u := range points {
		want := mustField(t, d.Blind, u)
		ux, weight := make([]float64, len(m.Points)), make([]float64, len(m.Points))
		for i, x := range m.Points {
			ux[i] = dot(u, x)
		}
		scr.reset()
		own, ok, err := d.together(d.seen(u, ux, d.norms, scr), weight, math.Inf(-1), scr)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float64, len(u))
		if ok {
			crowds++
			addScaled(got, own, u)
			for i, x := range m.Points {
				addScaled(got, weight[i], x)
			}
			nearTo(t, "one crowd", got, want, 1e-11)
		}
		scr.reset()
		if ok, err := d.gathered(got, u, ux, everyComponent(len(ux)), math.Inf(-1), scr); !ok || err != nil {
			t.Fatal(ok, err)
		}
		nearTo(t, "a crowd of those listed", got, want, 1e-11)
		scr.reset()
		if ok, err := d.apart(got, u, everyComponent(len(ux)), 1e9, scr); ok || err != nil {
			t.Errorf("a guess that is too high is not found out: %v, %v", ok, err)
		}
	}
	if crowds < len(points)/2 {
		t.Errorf("%d of %d points see a crowd, want most", crowds, len(points))
	}
	u := append([]float64(nil), m.Points[0]...)
	d = must[*Dataset](t)(NewDataset(p, Mixture{Points: m.Points}))
	u[0] += 1e-7
	ux := make([]float64, len(m.Points))
	for i, x := range m.Points {
		ux[i] = dot(u, x)
	}
	scr.reset()
	g, weight := d.seen(u, ux, d.norms, scr), make([]float64, len(ux))
	if _, ok, err := d.together(g, weight, math.Inf(-1), scr); ok || err != nil {
		t.Errorf("a point 1e-7 from a datum sees a crowd: %v, %v", ok, err)
	}
}

// Of many data in many dimensions few are looked at again.
func TestDatasetLooksAtFew(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98))
	m, points := cloud(2000, 100, 50)
	d := must[*Dataset](t)(NewDataset(p, m))
	seen := 0
	for _, u := range points[:25] {
		scr := newScratch()
		ux := make([]float64, len(m.Points))
		for i, x := range m.Points {
			ux[i] = dot(u, x)
		}
		list, many, _ := d.candidates(u, ux, scr)
		if many {
			seen += len(ux)
		} else if len(list) == 0 {
			t.Error("a point has no data that matter")
		}
		seen += len(list)
	}
	if share := float64(seen) / float64(25*len(m.Points)); share > 0.7 {
		t.Errorf("%.0f%% of the data are looked at again, want at most 70%%", 100*share)
	}
}

func TestDatasetErrors(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	uneven := Mixture{Points: triangle.Points, Weights: []float64{1, 2, 3}}
	if _, err := NewDataset(p, uneven); err == nil || !strings.Contains(err.Error(), "equally likely") {
		t.Errorf("got %v", err)
	}
	d := must[*Dataset](t)(NewDataset(p, triangle))
	for want, points := range map[string][][]float64{
		"point 1 has dimension 1, want 2": {probe, {1}},
		"coordinate 1 of the point":       {probe, {0, math.NaN()}},
		"not resolved between":            {triangle.Points[0]},
	} {
		err := d.Fields(make([][]float64, len(points)), points, 1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := d.Fields(nil, [][]float64{probe}, 1); err == nil || !strings.Contains(err.Error(), "want 1") {
		t.Errorf("got %v", err)
	}
}
