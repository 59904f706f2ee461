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
			d.ruled = len(m.Points) / 2
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

// wanted asks for the field, once, into got.
func (d *Dataset) wanted(got []float64) *asked {
	field := []vector{{noisePart, dataPart}}
	return &asked{cut: d.cut, obs: d.parts.field, about: field,
		of: func(int, averaged) []vector { return field },
		to: func(int) [][]float64 { return [][]float64{got} }}
}

// asRow is u as a block of points has it.
func (d *Dataset) asRow(u []float64) *row {
	r := &row{u: u, ux: make([]float64, len(d.norms)), weight: [][]float64{make([]float64, len(d.norms))},
		own: make([]float64, 1)}
	for i, x := range d.points.Points {
		r.ux[i] = dot(u, x)
	}
	return r
}

// finish adds to got what r has left to be added.
func (d *Dataset) finish(got []float64, r *row) {
	if !r.many {
		return
	}
	clear(got)
	addScaled(got, r.own[0], r.u)
	for i, x := range d.points.Points {
		addScaled(got, r.weight[0][i], x)
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
		for i, list := range [][]int32{nil, everyComponent(len(m.Points)), nil} {
			scr.reset()
			d.ruled = 1000 * (i % 2) // a Gauss rule, and panels
			got, r := make([]float64, len(u)), d.asRow(u)
			ok, err := d.crowd(d.wanted(got), 0, r, d.seen(u, r.ux, d.norms, scr), list, math.Inf(-1), scr)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				crowds++
				d.finish(got, r)
				nearTo(t, "a crowd", got, want, 1e-11)
			}
		}
		scr.reset()
		if ok, err := d.apart(d.wanted(make([]float64, len(u))), 0, u, everyComponent(len(m.Points)), 1e9,
			scr); ok || err != nil {
			t.Errorf("a guess that is too high is not found out: %v, %v", ok, err)
		}
		scr.reset()
		r := d.asRow(u)
		g := d.seen(u, r.ux, d.norms, scr)
		if ok, err := d.crowd(d.wanted(nil), 0, r, g, nil, 1e9, scr); ok || err != nil {
			t.Errorf("a crowd with a guess that is too high is not found out: %v, %v", ok, err)
		}
	}
	if crowds < len(points) {
		t.Errorf("%d of %d crowds are seen, want most", crowds, 2*len(points))
	}
	u := append([]float64(nil), m.Points[0]...)
	d = must[*Dataset](t)(NewDataset(p, Mixture{Points: m.Points}))
	u[0] += 1e-7
	scr.reset()
	r := d.asRow(u)
	g := d.seen(u, r.ux, d.norms, scr)
	if ok, err := d.crowd(d.wanted(nil), 0, r, g, nil, math.Inf(-1), scr); ok || err != nil {
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
		list, many, _ := d.seen(u, ux, d.norms, scr).candidates(d.cut, scr)
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
