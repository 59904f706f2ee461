package exact

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/stillfield/stillfield/field"
)

// byBLAS is a Product of gonum.
func byBLAS(c, a, b []float32, m, n, k int) {
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, blas32.General{Rows: m, Cols: k, Stride: k, Data: a},
		blas32.General{Rows: n, Cols: k, Stride: k, Data: b}, 0,
		blas32.General{Rows: m, Cols: n, Stride: n, Data: c})
}

// badly is byBLAS with every product off by nearly the most that float32 allows.
func badly(c, a, b []float32, m, n, k int) {
	byBLAS(c, a, b, m, n, k)
	for i := range c {
		u, x := a[i/n*k:][:k], b[i%n*k:][:k]
		var u2, x2 float64
		for j := range u {
			u2 += float64(u[j]) * float64(u[j])
			x2 += float64(x[j]) * float64(x[j])
		}
		off := 0x1p-24 * float64(k) * math.Sqrt(u2*x2)
		c[i] += float32(off * math.Cos(float64(i)*math.Pi))
	}
}

// A dataset's field is that of its data, at every noise level and beside the data,
// whatever the product's rounding.
func TestDatasetIsItsAtoms(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.001, 0.98))
	for _, dim := range []int{2, 40} {
		m, points := cloud(300, dim, 150)
		for i, u := range points[:20] { // nearly on the data
			copy(u, m.Points[i])
			u[0] += 1e-6
		}
		want := make([][]float64, len(points))
		if err := mustAtoms(t, p, m).Fields(want, points, 0); err != nil {
			t.Fatal(err)
		}
		for name, product := range map[string]Product{"gonum": byBLAS, "badly": badly} {
			d := must[*Dataset](t)(NewDataset(p, m, product))
			got := make([][]float64, len(points))
			if err := d.Fields(got, points, 0); err != nil {
				t.Fatal(err)
			}
			for i := range points {
				nearTo(t, name, got[i], want[i], 1e-11)
			}
		}
	}
}

// Of many data in many dimensions few are looked at again.
func TestDatasetLooksAtFew(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98))
	m, points := cloud(2000, 100, 50)
	d := must[*Dataset](t)(NewDataset(p, m, byBLAS))
	seen := 0
	for _, u := range points[:25] {
		scr := newScratch()
		dots := make([]float32, len(m.Points))
		for i, x := range m.Points {
			dots[i] = float32(dot(u, x))
		}
		list, _ := d.candidates(u, dots, scr)
		if len(list) == 0 {
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
	if _, err := NewDataset(p, Mixture{Points: [][]float64{{1e60}}}, byBLAS); err == nil ||
		!strings.Contains(err.Error(), "want a float32") {
		t.Errorf("got %v", err)
	}
	d := must[*Dataset](t)(NewDataset(p, triangle, byBLAS))
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
